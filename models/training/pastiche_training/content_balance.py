"""How much content weighs in every style: found while training, so that photographs stay as legible
in all of them.

At equal weights a painting full of marks drowns the photograph and a calm one leaves it as it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

MIN_WEIGHT, MAX_WEIGHT = 1.0, 40.0


class ContentBalance:
    """A content weight for each named style, and one for all other paintings. It rises as long as
    the style's pastiches are further from their photographs than `distance` (0..1, cosine), and
    falls while they are nearer: a multiplier in the sense of Lagrange."""

    def __init__(self, named: Sequence[int], weight: float, distance: float, pace: float) -> None:
        """`named`: numbers of the named styles; `weight` is what all begin with; by `pace` its
        logarithm changes for a distance that is off by 1."""
        self.place = {number: place for place, number in enumerate(named)}
        self.logarithms = torch.full((len(named) + 1,), math.log(weight))
        self.distance, self.pace = distance, pace

    def set(self, number: int, weight: float) -> None:
        """Gives a named style a weight of its own, to begin with."""
        self.logarithms[self.place[number]] = math.log(weight)

    def places(self, numbers: np.ndarray) -> Tensor:
        """Style numbers of any shape to the places of their weights."""
        others = len(self.place)
        found = [self.place.get(int(number), others) for number in numbers.flat]
        return torch.tensor(found).view(numbers.shape)

    def weights(self, numbers: np.ndarray, shares: Tensor) -> Tensor:
        """Content weights [N] of mixtures: style numbers [N,K] and their shares [N,K]."""
        return (self.logarithms[self.places(numbers)] * shares).sum(dim=1).exp()

    def learn(self, numbers: np.ndarray, shares: Tensor, distances: Tensor) -> None:
        """From content distances [N] of pastiches in these mixtures: single styles alone count."""
        for place, share, distance in zip(self.places(numbers)[:, 0], shares, distances):
            if share[0] == 1:
                self.logarithms[place] += self.pace * (distance.item() - self.distance)
        self.logarithms.clamp_(math.log(MIN_WEIGHT), math.log(MAX_WEIGHT))
