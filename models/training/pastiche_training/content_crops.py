"""Crops of the training photographs whose content targets are computed once.

The loss network's pass over the photograph is a third of its work in a step. A fixed set of crops
lets it be kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from .data import load_image
from .draws import from_bytes, random_bytes
from .perceptual_loss import LossNetwork


def squeezed(features: Tensor) -> tuple[Tensor, Tensor]:
    """Activations [N,C,H,W] ≥ 0 as bytes [N,H,W,C] and the factors [N,1,1,1] that give them back:
    their square roots, since most of them are small."""
    largest = features.amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-6)
    values = (features / largest).sqrt().mul(255).round().byte()
    return values.permute(0, 2, 3, 1).contiguous(), largest


def unsqueezed(values: Tensor, largest: Tensor) -> Tensor:
    """What `squeezed` was given, to within half of a 255th of its root."""
    return (values.permute(0, 3, 1, 2).float() / 255).square() * largest


class RandomCrops(Dataset[Tensor]):
    """`count` random crops of `side` pixels: an item is those of one photograph, bytes
    [crops,3,side,side], so that each is read once, and the others never."""

    def __init__(
        self, photographs: Sequence[Path], count: int, side: int, seed: Sequence[int]
    ) -> None:
        chosen = np.random.default_rng(seed).integers(len(photographs), size=count)
        numbers, counts = np.unique(chosen, return_counts=True)
        self.chosen = [(photographs[i], int(k)) for i, k in zip(numbers, counts)]
        self.side, self.seed = side, list(seed)

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, number: int) -> Tensor:
        path, count = self.chosen[number]
        rng = np.random.default_rng([*self.seed, number])
        image = load_image(path)
        return torch.cat([random_bytes(image, self.side, rng) for _ in range(count)])


class ContentCrops:
    """Crops, bytes [M,3,H,W], and what the loss network makes of them, computed at first need, on
    the crops' device. A crop takes 2.7 MB of its memory at 256 px with relu2_2 and relu4_2."""

    def __init__(self, crops: Tensor, network: LossNetwork, layers: Sequence[str]) -> None:
        self.crops, self.network, self.layers = crops, network, tuple(layers)
        self.known: set[int] = set()
        self.values: dict[str, Tensor] = {}
        self.largest: dict[str, Tensor] = {}

    def batch(self, numbers: Sequence[int], index: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Crops [N,3,H,W], 0..1, and their activations by layer. The numbers are given twice, as
        `index` [N] on the device, where reading them would be waiting."""
        content = from_bytes(self.crops[index])
        for place, number in enumerate(numbers):
            if number not in self.known:
                self.compute(index[place : place + 1], content[place : place + 1])
                self.known.add(number)
        targets = {
            layer: unsqueezed(self.values[layer][index], self.largest[layer][index])
            for layer in self.layers
        }
        return content, targets

    @torch.no_grad()
    def compute(self, index: Tensor, content: Tensor) -> None:
        activations = self.network(content)
        for layer in self.layers:
            values, largest = squeezed(activations[layer].float())
            if layer not in self.values:
                count = len(self.crops)
                self.values[layer] = values.new_empty((count, *values.shape[1:]))
                self.largest[layer] = largest.new_empty((count, *largest.shape[1:]))
            self.values[layer][index] = values
            self.largest[layer][index] = largest
