"""Faces that are found again: what a detector sees in a photograph and still sees in its pastiche."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from torch import Tensor

CASCADE = Path(cv2.__file__).parent / "data/haarcascade_frontalface_default.xml"
MIN_SIDE = 60
"""Of a face that counts, px."""
MIN_OVERLAP = 0.4
"""Of two boxes that are the same face: intersection over union."""


@dataclass(frozen=True)
class Box:
    """In pixels, from the top left corner."""

    left: int
    top: int
    width: int
    height: int

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        across = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        down = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        shared = max(0, across) * max(0, down)
        return shared / (self.width * self.height + other.width * other.height - shared)


def faces(picture: Tensor) -> list[Box]:
    """The faces of a picture [1,3,H,W], 0..1, by OpenCV's frontal Haar cascade (Viola & Jones
    2001)."""
    pixels = (picture[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255).round().astype(np.uint8)
    found = cv2.CascadeClassifier(str(CASCADE)).detectMultiScale(
        cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 1.1, 4, minSize=(MIN_SIDE, MIN_SIDE)
    )
    return [Box(*map(int, box)) for box in found]


def found_again(known: list[Box], pastiche: Tensor) -> int:
    """How many of a photograph's faces its pastiche [1,3,H,W] still has in the same place."""
    seen = faces(pastiche)
    return sum(any(face.overlap(box) >= MIN_OVERLAP for box in seen) for face in known)
