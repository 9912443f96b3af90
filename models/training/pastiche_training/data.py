"""Pictures from a folder laid out as models/training/README.md describes.

`content/` photographs, `styles/` the named paintings (file name = style id), `paintings/` many
paintings, `loss/` the loss network's weights.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
HELD_OUT_SHARE = 0.05
STYLE_SIDE = 512
"""Short side in pixels at which a named painting's statistics are taken; it sets the size of the
strokes, in pixels of the pastiche."""


def pictures(folder: Path) -> list[Path]:
    """Picture files of a folder by name. Throws FileNotFoundError where there are none."""
    found = sorted(p for p in folder.glob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise FileNotFoundError(f"no pictures in {folder}: --data must name a training folder")
    return found


def name_hash(path: Path) -> float:
    """A number in 0..1 that is fixed by the file's name."""
    digest = hashlib.sha256(path.stem.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def is_held_out(path: Path) -> bool:
    """Whether training must never see this picture: a fixed 5 % by the hash of its name."""
    return name_hash(path) < HELD_OUT_SHARE


def held_out(folder: Path, count: int | None = None) -> list[Path]:
    """The held-out pictures of a folder, at most `count`, in an order that mixes its sources."""
    return sorted(filter(is_held_out, pictures(folder)), key=name_hash)[:count]


def load_image(path: Path, short_side: int | None = None) -> np.ndarray:
    """RGB picture uint8 [H,W,3], scaled down to a short side of at most `short_side` pixels."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if short_side and min(image.size) > short_side:
        scale = short_side / min(image.size)
        width, height = (max(1, round(n * scale)) for n in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(image)


def to_tensor(image: np.ndarray) -> Tensor:
    """uint8 [H,W,3] to float [1,3,H,W], 0..1."""
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255


def centre_crop(image: np.ndarray, side: int) -> Tensor:
    """The middle square of a picture, scaled to side×side pixels: float [1,3,side,side]."""
    height, width = image.shape[:2]
    square = min(height, width)
    top, left = (height - square) // 2, (width - square) // 2
    tensor = to_tensor(image[top : top + square, left : left + square])
    return F.interpolate(tensor, (side, side), mode="bilinear", antialias=True).clamp(0, 1)


def random_crop(image: np.ndarray, side: int, rng: np.random.Generator) -> Tensor:
    """A random square, at least `side` pixels where there are that many, mirrored half the time:
    float [1,3,side,side]."""
    height, width = image.shape[:2]
    largest = min(height, width)
    square = int(rng.integers(min(side, largest), largest + 1))
    top = int(rng.integers(0, height - square + 1))
    left = int(rng.integers(0, width - square + 1))
    window = image[top : top + square, left : left + square]
    if rng.random() < 0.5:
        window = window[:, ::-1]
    tensor = to_tensor(window)
    if square == side:
        return tensor
    return F.interpolate(tensor, (side, side), mode="bilinear", antialias=True).clamp(0, 1)


def photographs(data: Path, held_out: bool) -> list[np.ndarray]:
    """The training photographs, or the held-out ones, decoded."""
    return [load_image(p) for p in pictures(data / "content") if is_held_out(p) == held_out]


def named_styles(data: Path, side: int = STYLE_SIDE) -> dict[str, Tensor]:
    """Style id to style image [1,3,H,W] with a short side of at most `side` pixels."""
    return {p.stem: to_tensor(load_image(p, side)) for p in pictures(data / "styles")}
