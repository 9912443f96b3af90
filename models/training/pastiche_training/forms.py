"""The networks that can be trained and exported, by name, and how their weights are moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from .ancestors import JohnsonNetwork, ReferenceNetwork
from .network import LIVE, PasticheNetwork

FORMS: Mapping[str, Callable[[], nn.Module]] = {
    "full": PasticheNetwork,
    "live": lambda: PasticheNetwork(LIVE),
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


SQUARES_HALF_LIFE = 3000
"""Pictures after which Adam's mean of squared gradients has forgotten half. Counted in pictures:
the fewer a step has, the noisier its gradient."""


def optimiser_of(network: nn.Module, rate: float, batch: int) -> torch.optim.Adam:
    """Adam for steps of `batch` pictures, whose groups have a `pace` that the learning rate is to
    be multiplied by.

    Adam moves every weight as far, however noisy its gradient, and what a style vector makes of a
    channel is the sum of 128 of them: at full pace the modulations that are not normalised gained
    more noise than they learnt.
    """
    modulation = re.compile(r"(fusion|decoder\.\d)\.(scale|shift)\.")
    groups: dict[float, list[nn.Parameter]] = {1.0: [], 0.25: []}
    for name, parameter in network.named_parameters():
        groups[0.25 if modulation.match(name) else 1.0].append(parameter)
    return torch.optim.Adam(
        [{"params": members, "pace": pace} for pace, members in groups.items() if members],
        lr=rate,
        betas=(0.9, 0.5 ** (batch / SQUARES_HALF_LIFE)),
    )
