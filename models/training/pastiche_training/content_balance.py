"""How much content weighs in every style: found while training, so that photographs stay as legible
in all of them.

At equal weights a painting full of marks drowns the photograph and a calm one leaves it as it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .draws import Mixtures

MIN_WEIGHT, MAX_WEIGHT = 1.0, 40.0


class ContentBalance:
    """A content weight for each named style, and one for all other paintings. It rises as long as
    the style's pastiches are further from their photographs than `distance` (0..1, cosine), and
    falls while they are nearer: a multiplier in the sense of Lagrange."""

    def __init__(
        self,
        named: Sequence[int],
        styles: int,
        weight: float,
        distance: float,
        pace: float,
        device: torch.device,
    ) -> None:
        """`named`: numbers of the named ones of all `styles`, one more than once where it is painted
        more often; `weight` is what all begin with; by `pace` its logarithm changes for a distance
        that is off by 1."""
        places = torch.full((styles,), len(named))
        for place, number in enumerate(named):
            places[number] = place
        self.places = places.to(device)
        self.logarithms = torch.full((len(named) + 1,), math.log(weight), device=device)
        self.distance, self.pace = distance, pace

    def set(self, number: int, weight: float) -> None:
        """Gives a named style a weight of its own, to begin with."""
        self.logarithms[self.places[number]] = math.log(weight)

    def weights(self, styles: Mixtures) -> Tensor:
        """Content weights [N] of mixtures."""
        return (self.logarithms[self.places[styles.numbers]] * styles.shares).sum(dim=1).exp()

    def learn(self, styles: Mixtures, distances: Tensor) -> None:
        """From content distances [N] of pastiches in these mixtures: single styles alone count."""
        alone = styles.shares[:, 0] == 1
        change = self.pace * (distances.detach() - self.distance) * alone
        self.logarithms.index_add_(0, self.places[styles.numbers[:, 0]], change)
        self.logarithms.clamp_(math.log(MIN_WEIGHT), math.log(MAX_WEIGHT))
