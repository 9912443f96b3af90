"""Style statistics of every painting that training may ask for, computed once and kept in a file.

Training draws targets at random from well over a thousand paintings; a pass of the loss network
for each would cost as much as the step itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .data import STYLE_SIDE, is_held_out, load_image, pictures, to_tensor
from .draws import Mixtures
from .perceptual_loss import (
    STYLE_LAYERS,
    LossNetwork,
    StyleStatistics,
    channels_of,
)
from .processes import ALONE, Processes

PAINTING_SIDE = 256
"""Short side in pixels, at most, of the many paintings: they are not much larger."""
CHANNELS = {layer: channels_of(layer) for layer in STYLE_LAYERS}
WIDTH = sum(c * c + c for c in CHANNELS.values())


@dataclass(frozen=True)
class StyleFile:
    """A painting, and the short side in pixels, at most, that it is read at."""

    path: Path
    side: int

    def load(self) -> np.ndarray:
        """uint8 [H,W,3]."""
        return load_image(self.path, self.side)


def style_files(data: Path) -> dict[str, StyleFile]:
    """Paintings by name: the named styles first, then the others that are not held out."""
    named = {p.stem: StyleFile(p, STYLE_SIDE) for p in pictures(data / "styles")}
    paintings = {
        p.stem: StyleFile(p, PAINTING_SIDE)
        for p in pictures(data / "paintings")
        if not is_held_out(p)
    }
    return named | paintings


def statistics_row(statistics: StyleStatistics) -> np.ndarray:
    """Gram matrices and means of one image as one row of WIDTH numbers."""
    parts = [*statistics.gram.values(), *statistics.mean.values()]
    return torch.cat([part[0].flatten() for part in parts]).cpu().float().numpy()


@torch.no_grad()
def compute_statistics(
    file: Path, paintings: Sequence[StyleFile], network: LossNetwork, processes: Processes
) -> None:
    """Writes a row for each painting; every process computes its share."""
    partial = file.with_suffix(".partial")
    shape = (len(paintings), WIDTH)
    if processes.is_first:
        np.memmap(partial, np.float32, "w+", shape=shape).flush()
    processes.wait()
    rows = np.memmap(partial, np.float32, "r+", shape=shape)
    for number in processes.own_share(len(paintings), "statistics of paintings"):
        image = to_tensor(paintings[number].load()).to(processes.device)
        rows[number] = statistics_row(StyleStatistics.of(network(image)))
    rows.flush()
    processes.wait()
    if processes.is_first:
        partial.replace(file)
    processes.wait()


class TargetStatistics:
    """Rows of statistics by number: read from a file as they are asked for on a CPU, all held in a
    GPU's memory."""

    def __init__(self, file: Path, device: torch.device = ALONE.device) -> None:
        """Throws FileNotFoundError where the file is missing."""
        # Copied on write, which never happens: PyTorch has no tensors that can't be written.
        rows = np.memmap(file, np.float32, "c").reshape(-1, WIDTH)
        self.rows = torch.from_numpy(rows).to(device)

    @classmethod
    def prepare(
        cls,
        file: Path,
        paintings: Sequence[StyleFile],
        network: LossNetwork,
        processes: Processes = ALONE,
    ) -> TargetStatistics:
        """Computes and writes what is not there yet. Throws ValueError for a file of other
        paintings."""
        if processes.sum(torch.tensor(float(not file.exists()))) > 0:
            compute_statistics(file, paintings, network, processes)
        targets = cls(file, processes.device)
        if (count := len(targets)) != len(paintings):
            raise ValueError(f"{file} is of {count} paintings, not {len(paintings)}: delete")
        return targets

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, numbers: Tensor) -> StyleStatistics:
        """Statistics of the paintings [M], on their device."""
        rows = self.rows[numbers]
        gram, mean, start = {}, {}, 0
        for layer, channels in CHANNELS.items():
            gram[layer] = rows[:, start : start + channels**2].view(-1, channels, channels)
            start += channels**2
        for layer, channels in CHANNELS.items():
            mean[layer] = rows[:, start : start + channels]
            start += channels
        return StyleStatistics(gram, mean)

    def mixture(self, styles: Mixtures) -> StyleStatistics:
        """Targets of mixtures of N pictures."""
        numbers, shares = styles.numbers, styles.shares
        return self.read(numbers.flatten()).each(
            lambda v: torch.einsum("nk,nk...->n...", shares, v.view(*numbers.shape, *v.shape[1:]))
        )
