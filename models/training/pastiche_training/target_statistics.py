"""Style statistics of every painting that training may ask for, computed once and kept in a file.

Training draws targets at random from well over a thousand paintings; a pass of the loss network
for each would cost as much as the step itself.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .data import STYLE_SIDE, is_held_out, load_image, pictures, to_tensor
from .perceptual_loss import (
    STYLE_LAYERS,
    LossNetwork,
    StyleStatistics,
    channels_of,
)

PAINTING_SIDE = 256
"""Short side in pixels, at most, of the many paintings: they are not much larger."""
CHANNELS = {layer: channels_of(layer) for layer in STYLE_LAYERS}


def target_images(data: Path) -> dict[str, np.ndarray]:
    """Style images uint8 [H,W,3] by name: the named styles first, then the paintings that are not
    held out."""
    named = {p.stem: load_image(p, STYLE_SIDE) for p in pictures(data / "styles")}
    paintings = {
        p.stem: load_image(p, PAINTING_SIDE)
        for p in pictures(data / "paintings")
        if not is_held_out(p)
    }
    return named | paintings


def statistics_row(statistics: StyleStatistics) -> np.ndarray:
    """Gram matrices and means of one image as one row of numbers."""
    parts = [*statistics.gram.values(), *statistics.mean.values()]
    return torch.cat([part[0].flatten() for part in parts]).numpy()


class TargetStatistics:
    """Rows of statistics by number, read from a file as they are asked for."""

    def __init__(self, file: Path) -> None:
        """Throws FileNotFoundError where the file is missing."""
        width = sum(c * c + c for c in CHANNELS.values())
        self.rows = np.memmap(file, np.float32, "r").reshape(-1, width)

    @classmethod
    @torch.no_grad()
    def prepare(
        cls, file: Path, images: dict[str, np.ndarray], network: LossNetwork
    ) -> TargetStatistics:
        """Computes and writes what is not there yet."""
        if not file.exists():
            partial = file.with_suffix(".partial")
            with partial.open("wb") as out:
                for image in images.values():
                    statistics = StyleStatistics.of(network(to_tensor(image)))
                    statistics_row(statistics).astype(np.float32).tofile(out)
            partial.replace(file)
        targets = cls(file)
        if len(targets.rows) != len(images):
            raise ValueError(f"{file} is of {len(targets.rows)} images, not {len(images)}: delete")
        return targets

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, numbers: np.ndarray) -> StyleStatistics:
        """Statistics of these images, [len(numbers),…]."""
        rows = torch.from_numpy(self.rows[numbers])
        gram, mean, start = {}, {}, 0
        for layer, channels in CHANNELS.items():
            gram[layer] = rows[:, start : start + channels**2].view(-1, channels, channels)
            start += channels**2
        for layer, channels in CHANNELS.items():
            mean[layer] = rows[:, start : start + channels]
            start += channels
        return StyleStatistics(gram, mean)

    def mixture(self, numbers: np.ndarray, weights: Tensor) -> StyleStatistics:
        """Targets of mixtures: image numbers [M,K] and their weights [M,K] give statistics of M."""
        return self.read(numbers.reshape(-1)).each(
            lambda v: torch.einsum("mk,mk...->m...", weights, v.view(*numbers.shape, *v.shape[1:]))
        )
