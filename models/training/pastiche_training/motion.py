"""Small known motion between two frames: translation, zoom and rotation, as of a hand-held
camera."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def affine(shift: tuple[float, float], zoom: float, turn: float) -> Tensor:
    """[2,3]: shift in shares of half the picture (x, y), zoom factor, turn in radians."""
    cosine, sine = np.cos(turn) / zoom, np.sin(turn) / zoom
    return torch.tensor([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]], dtype=torch.float32)


def random_motion(batch: int, rng: np.random.Generator) -> Tensor:
    """Motions [batch,2,3]: shifts up to 6 % of the side, zoom up to 4 %, turns up to 2°; a quarter
    of them are still."""
    motions = []
    for _ in range(batch):
        amount = 0.0 if rng.random() < 0.25 else 1.0
        shift = tuple((amount * rng.uniform(-0.12, 0.12, 2)).tolist())
        zoom = float(np.exp(amount * rng.uniform(-0.04, 0.04)))
        motions.append(affine(shift, zoom, float(amount * rng.uniform(-0.035, 0.035))))
    return torch.stack(motions)


def between(image: Tensor, motion: Tensor) -> Tensor:
    """Image [N,C,H,W] as it is seen after the motion [N,2,3]; black where nothing was seen."""
    grid = F.affine_grid(motion, list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, mode="bilinear", align_corners=False)
