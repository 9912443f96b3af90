"""Moves a trained network into the style space of another style encoder.

Scale, shift and the fusion layer's style half are linear in the style vector, so a least-squares
fit over all paintings finds the matrices that do with the new vectors what the old ones did with
theirs: named styles hardly change, and nothing has to be learnt anew.

    python -m pastiche_training.change_encoder --data DIR --checkpoint old.pt --encoder encoder.pt --out new.pt
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from .checkpoint import Checkpoint
from .data import pictures, to_tensor
from .forms import network_of, optimiser_of
from .network import StyleEncoder
from .target_statistics import style_files

STYLE_LINEAR = ("style_half.weight", "scale.weight", "shift.weight")
NAMED_WEIGHT = 100.0
"""How much a named style counts in the fit, beside one of the many paintings."""


def transfer_map(old: Tensor, new: Tensor, weights: Tensor, ridge: float = 1e-3) -> Tensor:
    """The matrix A [D,D] for which new @ A is nearest to old, both [M,D], rows weighted [M]."""
    weighted = new * weights[:, None]
    square = weighted.T @ new
    square += ridge * square.diagonal().mean() * torch.eye(len(square))
    solved: Tensor = torch.linalg.solve(square, weighted.T @ old)
    return solved


def moved_state(state: Mapping[str, Tensor], matrix: Tensor) -> dict[str, Tensor]:
    """The network's weights with every layer that is linear in the style vector rewritten."""
    moved = dict(state)
    for name, weight in state.items():
        if name.endswith(STYLE_LINEAR):
            moved[name] = (weight[:, :, 0, 0] @ matrix.T)[:, :, None, None]
    return moved


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, required=True, help="the new one")
    parser.add_argument("--out", type=Path, required=True)
    a = parser.parse_args()

    known = Checkpoint.read(a.checkpoint)
    new_encoder, old_encoder = StyleEncoder().eval(), StyleEncoder().eval()
    new_encoder.load_state_dict(torch.load(a.encoder, weights_only=True))
    old_encoder.load_state_dict(known.encoder)
    images = [to_tensor(painting.load()) for painting in style_files(a.data).values()]
    old, new = (torch.cat([e(i) for i in images]) for e in (old_encoder, new_encoder))
    weights = torch.ones(len(images))
    named = len(pictures(a.data / "styles"))
    weights[:named] = NAMED_WEIGHT
    matrix = transfer_map(old, new, weights)
    error = (new @ matrix - old).square().mean(dim=1) / old.square().mean(dim=1)
    print(f"relative error: named {error[:named].mean():.4f}, others {error[named:].mean():.4f}")

    network = network_of(moved_state(known.network, matrix))
    # The moments of the moved weights mean nothing in the new space.
    optimiser = optimiser_of(network, 0, 1)
    Checkpoint(
        known.progress, known.config, known.content_balance, network.state_dict(),
        moved_state(known.average, matrix), new_encoder.state_dict(), optimiser.state_dict(),
    ).write(a.out)  # fmt: skip


if __name__ == "__main__":
    main()
