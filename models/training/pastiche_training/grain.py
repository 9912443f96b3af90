"""Grain: faint noise that photographs are given before they are painted.

A flat area gives the network nothing to hang a stroke on, and what it paints there can only repeat
from cell to cell. Grain breaks the evenness (Ulyanov et al. 2016 feed noise for the same reason);
the engine gives every still picture the same (src/engine/worker/grain.ts).
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

OCTAVES = (1, 4, 16)
"""Sizes of the grains in pixels; every octave has the same deviation."""

STILL_DEVIATION = 255 * 0.02
"""Of each octave of the grain that the engine gives, in 1/255, before it is smoothed."""
STILL_SIDE = 256
"""Side of the engine's tile of grain, which repeats, px."""


def grain(height: int, width: int, deviation: float, rng: np.random.Generator) -> Tensor:
    """[1,1,height,width]; the same for red, green and blue."""
    total = torch.zeros(1, 1, height, width)
    for size in OCTAVES:
        rows, columns = -(-height // size) + 1, -(-width // size) + 1
        knots = torch.from_numpy(rng.standard_normal((1, 1, rows, columns), np.float32))
        if size > 1:
            knots = F.interpolate(knots, scale_factor=size, mode="bilinear")
        total += knots[:, :, :height, :width] * deviation
    return total


def uniform_numbers(count: int, state: int) -> tuple[np.ndarray, int]:
    """Numbers of deviation 1 from the generator of Numerical Recipes, and its next state."""
    numbers = np.empty(count)
    for i in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        numbers[i] = np.sqrt(3) * (state / 2**31 - 1)
    return numbers, state


@functools.cache
def still_tile() -> np.ndarray:
    """The engine's tile of grain: int8 [STILL_SIDE,STILL_SIDE], in 1/255."""
    total, state = np.zeros((STILL_SIDE, STILL_SIDE)), 1
    for size in OCTAVES:
        side = STILL_SIDE // size
        numbers, state = uniform_numbers(side * side, state)
        knots = numbers.reshape(side, side)
        place = np.arange(STILL_SIDE)
        near, far, way = place // size, (place // size + 1) % side, (place % size) / size

        def across(rows: np.ndarray) -> np.ndarray:
            return rows[:, near] * (1 - way) + rows[:, far] * way

        down = way[:, None]
        total += across(knots[near]) * (1 - down) + across(knots[far]) * down
    return np.floor(STILL_DEVIATION * total + 0.5).astype(np.int8)


def still_grain(height: int, width: int) -> np.ndarray:
    """What the engine adds to a still picture's bytes: int8 [height,width]."""
    rows, columns = -(-height // STILL_SIDE), -(-width // STILL_SIDE)
    return np.tile(still_tile(), (rows, columns))[:height, :width]


def with_still_grain(image: Tensor) -> Tensor:
    """Image [1,3,H,W], 0..1, as the engine has it painted."""
    grain = torch.from_numpy(still_grain(*image.shape[2:])).to(image)
    return (image + grain / 255).clamp(0, 1)
