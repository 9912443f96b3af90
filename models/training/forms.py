"""The networks that can be trained and exported, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from ancestors import JohnsonNetwork, ReferenceNetwork
from network import LIVE_CHANNELS, PasticheNetwork

FORMS: Mapping[str, Callable[[], nn.Module]] = {
    "full": PasticheNetwork,
    "live": lambda: PasticheNetwork(LIVE_CHANNELS),
    "johnson": JohnsonNetwork,
    "reference": ReferenceNetwork,
}


def network_of(state: Mapping[str, Tensor]) -> nn.Module:
    """The network, in evaluation mode, whose weights these are: its form is read off them. Throws
    RuntimeError or KeyError where they are nobody's."""
    if "blocks.0.norm1.scale.weight" in state:
        return PasticheNetwork.from_state(state)
    network = JohnsonNetwork() if "layers.0.weight" in state else ReferenceNetwork()
    network.load_state_dict(state)
    return network.eval()
