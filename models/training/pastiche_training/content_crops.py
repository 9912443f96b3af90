"""Crops of the training photographs whose content targets are computed once.

The loss network's pass over the photograph is a third of its work in a step. A fixed set of crops
lets it be kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .data import random_crop
from .perceptual_loss import LossNetwork


def squeezed(features: Tensor) -> tuple[Tensor, Tensor]:
    """Activations [N,C,H,W] ≥ 0 as bytes and the factor [] that gives them back: their square
    roots, since most of them are small."""
    largest = features.max().clamp_min(1e-6)
    return (features / largest).sqrt().mul(255).round().byte(), largest


def unsqueezed(values: Tensor, largest: Tensor) -> Tensor:
    """What `squeezed` was given, to within half of a 255th of its root."""
    return (values.float() / 255).square() * largest


class ContentCrops:
    """`count` random crops of `side` pixels, and what the loss network makes of them, computed at
    first need. A crop takes 2.7 MB of memory at 256 px with relu2_2 and relu4_2."""

    def __init__(
        self,
        photographs: Sequence[np.ndarray],
        count: int,
        side: int,
        rng: np.random.Generator,
        network: LossNetwork,
        layers: Sequence[str],
    ) -> None:
        chosen = rng.integers(len(photographs), size=count)
        self.crops = [
            random_crop(photographs[i], side, rng).mul(255).round().byte() for i in chosen
        ]
        self.known: list[dict[str, tuple[Tensor, Tensor]] | None] = [None] * count
        self.network, self.layers, self.rng = network, tuple(layers), rng

    def batch(self, size: int, device: torch.device) -> tuple[Tensor, dict[str, Tensor]]:
        """Random crops [size,3,side,side], 0..1, and their activations by layer."""
        numbers = self.rng.integers(len(self.crops), size=size).tolist()
        content = torch.cat([self.crops[i] for i in numbers]).to(device).float() / 255
        content = content.contiguous(memory_format=torch.channels_last)
        for place, number in enumerate(numbers):
            if self.known[number] is None:
                with torch.no_grad():
                    activations = self.network(content[place : place + 1])
                self.known[number] = {k: squeezed(activations[k].float()) for k in self.layers}
        targets = {
            layer: torch.cat([unsqueezed(*self.known[number][layer]) for number in numbers])
            for layer in self.layers
        }
        return content, targets
