"""Checkpoints: everything a run needs to go on, in one file of at most 20 MB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from .forms import network_of
from .network import StyleEncoder, style_space_id


class ExponentialAverage:
    """Exponential moving average of a network's weights: what is evaluated and exported."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {k: v.detach().clone() for k, v in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Moves towards the network's weights, faster in the first steps."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)


def halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights as half floats: an export rounds them so, and a step of training moves them further."""
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def compact(moments: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What Adam knows of one weight, without its momentum, which is of ten steps only, and with the
    mean of squares as bfloat16: it is an average of noise."""
    return {"step": moments["step"], "exp_avg_sq": moments["exp_avg_sq"].bfloat16()}


def save_checkpoint(
    file: Path,
    network: nn.Module,
    average: ExponentialAverage,
    encoder: StyleEncoder,
    optimiser: torch.optim.Optimizer,
    step: int,
    content_balance: Tensor,
    flags: Mapping[str, object],
) -> None:
    """Writes the file and replaces the old one in one move. `content_balance` are the logarithms of
    a ContentBalance, `flags` those of the run."""
    state = optimiser.state_dict()
    state["state"] = {key: compact(moments) for key, moments in state["state"].items()}
    partial = file.with_suffix(".partial")
    torch.save(
        {
            "step": step,
            "content_balance": content_balance,
            "flags": dict(flags),
            "style_space": style_space_id(encoder.state_dict()),
            "network": halved(network.state_dict()),
            "average": halved(average.state),
            "encoder": encoder.state_dict(),
            "optimiser": state,
        },
        partial,
    )
    partial.replace(file)


def load_checkpoint(
    file: Path,
    network: nn.Module,
    average: ExponentialAverage,
    encoder: StyleEncoder,
    optimiser: torch.optim.Optimizer,
) -> int:
    """Restores everything and returns the step. Throws where file and network differ in form."""
    state = torch.load(file, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    average.state = {
        k: v.to(next(network.parameters())) if v.is_floating_point() else v
        for k, v in state["average"].items()
    }
    encoder.load_state_dict(state["encoder"])
    for moments in state["optimiser"]["state"].values():
        moments["exp_avg"] = torch.zeros_like(moments["exp_avg_sq"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"]


def flags_of(file: Path) -> dict[str, object]:
    """The flags of the run that wrote a checkpoint."""
    return torch.load(file, map_location="cpu", weights_only=True)["flags"]


def content_balance_of(file: Path) -> Tensor:
    """The logarithms of the ContentBalance of the run that wrote a checkpoint."""
    return torch.load(file, map_location="cpu", weights_only=True)["content_balance"]


@dataclass
class Trained:
    """What a checkpoint is worth outside of training, in evaluation mode on the CPU."""

    network: nn.Module
    encoder: StyleEncoder
    style_space: str
    step: int


def load_trained(file: Path) -> Trained:
    """The averaged network and its style encoder; the network's form is read off its weights.

    Throws ValueError where the checkpoint's encoder is not the one whose id it carries.
    """
    state = torch.load(file, map_location="cpu", weights_only=True)
    if style_space_id(state["encoder"]) != state["style_space"]:
        raise ValueError(f"{file}: its style encoder is not that of {state['style_space']}")
    encoder = StyleEncoder()
    encoder.load_state_dict(state["encoder"])
    network = network_of({k: v.float() for k, v in state["average"].items()})
    return Trained(network, encoder.eval(), state["style_space"], state["step"])
