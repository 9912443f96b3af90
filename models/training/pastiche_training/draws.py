"""All that is left to chance in a step of training: drawn, with the photographs read, beside it.

A step's draw follows from its number and its process's, so it is the same whoever draws it, and a
run that goes on draws what it would have drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .config import TrainingConfig
from .data import load_image, random_crop
from .grain import grain
from .motion import random_motion

Item = TypeVar("Item")

PIXEL_SIDE = 128
"""Of the crops of the pixel steps, px."""


@dataclass(frozen=True)
class Draw:
    """Tensors that are moved together; for a GPU pinned, and moved without waiting."""

    def each(self, change: Callable[[Tensor], Tensor]) -> Self:
        """With every tensor changed."""
        changed: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Tensor):
                changed[field.name] = change(value)
            elif isinstance(value, Draw):
                changed[field.name] = value.each(change)
        return replace(self, **changed)

    def pin_memory(self) -> Self:
        return self.each(lambda value: value.pin_memory())

    def to(self, device: torch.device) -> Self:
        return self.each(lambda value: value.to(device, non_blocking=True))


@dataclass(frozen=True)
class Mixtures(Draw):
    """What pictures are painted in: style numbers [N,3] and their shares [N,3], which sum to 1."""

    numbers: Tensor
    shares: Tensor


@dataclass(frozen=True)
class NextFrame(Draw):
    """What comes after: motion [N,2,3], and the deviation of its noise, 0..1."""

    motion: Tensor
    noise: float


@dataclass(frozen=True)
class SecondStyle(Draw):
    """Other styles, where the mask [N,1,side/8,side/8] is 0."""

    styles: Mixtures
    mask: Tensor


@dataclass(frozen=True)
class PixelDraw(Draw):
    """Crops of photographs, bytes [N,3,H,W]."""

    photographs: Tensor


@dataclass(frozen=True)
class ImitationDraw(Draw):
    """Crops of photographs, bytes [N,3,H,W], and what they are painted in."""

    photographs: Tensor
    styles: Mixtures
    following: NextFrame | None


@dataclass(frozen=True)
class PerceptualDraw(Draw):
    """Which of the process's crops are painted: their numbers, and as a tensor [N]."""

    numbers: tuple[int, ...]
    crops: Tensor
    styles: Mixtures
    second: SecondStyle | None
    grain: Tensor
    """[N,1,H,W]."""
    following: NextFrame | None
    halves_along: int | None
    """Dimension that the activations are halved along, where each half is to have the style."""


def random_mixtures(
    batch: int, named: Sequence[int], styles: int, config: TrainingConfig, rng: np.random.Generator
) -> Mixtures:
    """Single styles, or mixtures of two or three; of the named ones or, by the paintings' share, of
    all `styles`."""
    numbers = np.zeros((batch, 3), int)
    shares = torch.zeros(batch, 3)
    for row in range(batch):
        for place in range(3):
            any_style = rng.random() < config.paintings_share
            numbers[row, place] = rng.integers(styles) if any_style else rng.choice(named)
        count = int(rng.choice([2, 2, 3])) if rng.random() < config.mixed_share else 1
        shares[row, :count] = torch.from_numpy(rng.dirichlet(np.ones(count))).float()
    return Mixtures(torch.from_numpy(numbers), shares)


def random_mask(batch: int, side: int, rng: np.random.Generator) -> Tensor:
    """Soft masks [batch,1,side,side], 0..1: a straight border at any angle, through or beside the
    middle, bent by a wave; hard or soft."""
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    masks = []
    for _ in range(batch):
        angle, phase, offset = rng.uniform(0, 2 * math.pi, 2).tolist() + [rng.uniform(-0.4, 0.4)]
        along = x * math.sin(angle) - y * math.cos(angle)
        across = x * math.cos(angle) + y * math.sin(angle) + offset
        bent = across + 0.25 * rng.random() * torch.sin(along * 4 + phase)
        masks.append(torch.sigmoid(bent * rng.choice([4, 12, 60])))
    return torch.stack(masks)[:, None].float()


def random_bytes(image: np.ndarray, side: int, rng: np.random.Generator) -> Tensor:
    """A random crop as bytes [1,3,side,side]."""
    return random_crop(image, side, rng).mul(255).round().byte()


def from_bytes(crops: Tensor) -> Tensor:
    """Bytes [N,3,H,W] as pictures, 0..1, in channels-last memory."""
    return (crops.float() / 255).contiguous(memory_format=torch.channels_last)


class StepDraws(Dataset[Draw]):
    """The draw of every step of one process."""

    def __init__(
        self,
        config: TrainingConfig,
        photographs: Sequence[Path],
        named: Sequence[int],
        styles: int,
        rank: int,
    ) -> None:
        """`photographs` are those of this process alone; `named` the numbers of the named ones of
        all `styles`."""
        self.config, self.photographs, self.rank = config, photographs, rank
        self.named, self.styles = list(named), styles

    def __len__(self) -> int:
        return self.config.last_step

    def __getitem__(self, step: int) -> Draw:
        rng = np.random.default_rng([self.rank, step])
        phase, _ = self.config.phase(step)
        if phase == "pixels":
            return PixelDraw(self.cropped(PIXEL_SIDE, rng))
        if phase == "imitation":
            photographs = self.cropped(self.config.side, rng)
            return ImitationDraw(photographs, self.mixtures(rng), self.next_frame(rng))
        return self.perceptual(rng)

    def perceptual(self, rng: np.random.Generator) -> PerceptualDraw:
        config, side = self.config, self.config.side
        numbers = rng.integers(config.crops, size=config.batch)
        second = None
        if rng.random() < config.regions_share:
            second = SecondStyle(self.mixtures(rng), random_mask(config.batch, side // 8, rng))
        halved = second is None and rng.random() < config.halves_share
        deviations = rng.uniform(0, config.grain, config.batch)
        return PerceptualDraw(
            tuple(numbers.tolist()),
            torch.from_numpy(numbers),
            self.mixtures(rng),
            second,
            torch.cat([grain(side, side, deviation, rng) for deviation in deviations]),
            self.next_frame(rng),
            int(rng.integers(2, 4)) if halved else None,
        )

    def cropped(self, side: int, rng: np.random.Generator) -> Tensor:
        chosen = rng.integers(len(self.photographs), size=self.config.batch)
        images = [load_image(self.photographs[number]) for number in chosen]
        return torch.cat([random_bytes(image, side, rng) for image in images])

    def mixtures(self, rng: np.random.Generator) -> Mixtures:
        return random_mixtures(self.config.batch, self.named, self.styles, self.config, rng)

    def next_frame(self, rng: np.random.Generator) -> NextFrame | None:
        if not self.config.temporal:
            return None
        return NextFrame(random_motion(self.config.batch, rng), float(rng.uniform(0, 0.04)))


def read_ahead(
    dataset: Dataset[Item], numbers: Iterable[int], workers: int, device: torch.device
) -> DataLoader[Item]:
    """The items of these numbers, in order, made by so many processes while others are used; without
    any, when they are asked for. Pinned for a GPU."""
    return DataLoader(
        dataset,
        batch_size=None,
        sampler=numbers,
        num_workers=workers,
        pin_memory=device.type == "cuda",
    )
