"""Checkpoints: everything a run needs to go on, in one file of at most 20 MB."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .config import TrainingConfig, spelled
from .forms import network_of
from .network import StyleEncoder, style_space_id

State = Mapping[str, Tensor]


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


@dataclass(frozen=True)
class Progress:
    """How far a run is: its steps, the pictures that it has seen and the seconds that it took, of all
    processes together. Pictures and seconds count from step `counted_from` on: older checkpoints
    have the step alone."""

    step: int = 0
    pictures: int = 0
    seconds: float = 0.0
    counted_from: int = 0


def halved(state: State) -> dict[str, Tensor]:
    """Weights as half floats: an export rounds them so, and a step of training moves them further."""
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def compact(moments: State) -> dict[str, Tensor]:
    """What Adam knows of one weight, without its momentum, which is of ten steps only, and with the
    mean of squares as bfloat16: it is an average of noise."""
    return {"step": moments["step"], "exp_avg_sq": moments["exp_avg_sq"].bfloat16()}


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run. `content_balance` are the logarithms of a ContentBalance; `average` is what
    is exported."""

    progress: Progress
    config: TrainingConfig
    content_balance: Tensor
    network: State
    average: State
    encoder: State
    optimiser: dict[str, Any]

    @classmethod
    def read(cls, file: Path) -> Checkpoint:
        """Throws ValueError where its style encoder is not the one whose id it carries, or a flag is
        of another type."""
        state = torch.load(file, map_location="cpu", weights_only=True)
        if style_space_id(state["encoder"]) != state["style_space"]:
            raise ValueError(f"{file}: its style encoder is not that of {state['style_space']}")
        step = state["step"]
        return cls(
            Progress(
                step,
                state.get("pictures", 0),
                state.get("seconds", 0.0),
                state.get("counted_from", step),
            ),
            TrainingConfig.of_flags(state["flags"]),
            state["content_balance"],
            state["network"],
            state["average"],
            state["encoder"],
            state["optimiser"],
        )

    @property
    def style_space(self) -> str:
        return style_space_id(self.encoder)

    def write(self, file: Path) -> None:
        """Replaces the old file in one move; weights are rounded."""
        moments = self.optimiser["state"].items()
        partial = file.with_suffix(".partial")
        torch.save(
            {
                **vars(self.progress),
                "flags": self.config.flags(),
                "content_balance": self.content_balance.cpu(),
                "style_space": self.style_space,
                "network": halved(self.network),
                "average": halved(self.average),
                "encoder": dict(self.encoder),
                "optimiser": {"state": {key: compact(values) for key, values in moments}},
            },
            partial,
        )
        partial.replace(file)

    def restore(
        self, network: nn.Module, average: ExponentialAverage, optimiser: torch.optim.Optimizer
    ) -> None:
        """Gives all three the weights and moments that are kept; rates and decays stay those of the
        optimiser, which may be of another number of processes. Throws RuntimeError where the network
        is of another form."""
        network.load_state_dict(self.network)
        average.state = {
            k: v.to(next(network.parameters())) if v.is_floating_point() else v
            for k, v in self.average.items()
        }
        known = {
            key: {**moments, "exp_avg": torch.zeros_like(moments["exp_avg_sq"])}
            for key, moments in self.optimiser["state"].items()
        }
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": known, "param_groups": groups})

    def described(self) -> str:
        """What it is of and how far it is, then all flags, one a line."""
        progress = self.progress
        spent = datetime.timedelta(seconds=round(progress.seconds))
        seen = f"{progress.pictures:,} pictures seen in {spent}"
        if progress.counted_from:
            seen += f" since step {progress.counted_from:,}; those before were not counted"
        flags = (
            f"--{name.replace('_', '-')} {spelled(value)}"
            for name, value in self.config.flags().items()
            if value != ()
        )
        return "\n".join(
            [
                f"style space {self.style_space}",
                f"step {progress.step:,} of {self.config.last_step:,}",
                seen,
                *flags,
            ]
        )


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
    known = Checkpoint.read(file)
    encoder = StyleEncoder()
    encoder.load_state_dict(known.encoder)
    network = network_of({k: v.float() for k, v in known.average.items()})
    return Trained(network, encoder.eval(), known.style_space, known.progress.step)
