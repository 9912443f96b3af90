"""Teaches the style encoder to tell paintings apart before any pastiche is made.

The target of a painting is the leading 128 principal components of its VGG-16 style statistics
(logarithms of channel means and deviations at three layers), so that paintings with similar marks
and colours get similar style vectors. Afterwards the encoder's features are whitened over all
training paintings.

    python -m pastiche_training.pretrain_encoder --data DIR --out encoder.pt
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .data import pictures, to_tensor
from .network import STYLE_DIM, StyleEncoder
from .perceptual_loss import STYLE_LAYERS, LossNetwork
from .progress import with_time_left
from .target_statistics import TargetStatistics, style_files


def style_signatures(targets: TargetStatistics) -> Tensor:
    """Logarithms of the channels' means and deviations of M paintings: [M,1920]."""
    statistics = targets.read(torch.arange(len(targets)))
    parts = [*statistics.mean.values(), *statistics.deviation.values()]
    return torch.cat(parts, dim=1).clamp_min(0).add(1e-2).log()


def principal_components(signatures: Tensor) -> Tensor:
    """Signatures [M,1920] to targets [M,128]: principal components, each scaled by the fourth root
    of its variance so that the small ones count without drowning the large ones."""
    centred = (signatures - signatures.mean(0)) / signatures.std(0).clamp_min(1e-3)
    _, singular, basis = torch.linalg.svd(centred, full_matrices=False)
    deviation = singular[:STYLE_DIM] / len(signatures) ** 0.5
    scaled: Tensor = centred @ basis[:STYLE_DIM].T / deviation.sqrt()
    return scaled


def window(image: np.ndarray, side: int, rng: np.random.Generator) -> Tensor:
    """A random square of a painting at its own scale, mirrored half the time: [1,3,side,side].
    Not rescaled, because the size of the marks is part of the style."""
    top, left = (int(rng.integers(0, max(1, n - side + 1))) for n in image.shape[:2])
    square = image[top : top + side, left : left + side]
    return to_tensor(square[:, ::-1] if rng.random() < 0.5 else square)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--statistics", type=Path, required=True,
                        help="of the paintings; computed where missing")  # fmt: skip
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--bf16", action="store_true",
                        help="loss network in bfloat16; on a CPU only where it has avx512_bf16")  # fmt: skip
    arguments = parser.parse_args()

    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    paintings = list(style_files(arguments.data).values())
    images = [painting.load() for painting in paintings]
    dtype = torch.bfloat16 if arguments.bf16 else torch.float32
    network = LossNetwork.load(arguments.data, dtype, STYLE_LAYERS)
    start = time.monotonic()
    statistics = TargetStatistics.prepare(arguments.statistics, paintings, network)
    targets = principal_components(style_signatures(statistics))
    print(f"signatures of {len(images)} paintings in {time.monotonic() - start:.0f} s", flush=True)

    encoder = StyleEncoder()
    optimiser = torch.optim.Adam(encoder.parameters(), lr=2e-3)
    odds = np.ones(len(images))
    odds[: len(pictures(arguments.data / "styles"))] = 8
    odds /= odds.sum()
    start, step, running = time.monotonic(), 0, 0.0
    while (elapsed := (time.monotonic() - start) / 60) < arguments.minutes:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - 0.95 * elapsed / arguments.minutes)
        chosen = rng.choice(len(images), arguments.batch, p=odds)
        batch = torch.cat([window(images[i], 224, rng) for i in chosen])
        loss = F.mse_loss(encoder.embed(batch), targets[chosen])
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        running += (loss.item() - running) * max(0.02, 1 / (step + 1))
        if step % 100 == 0:
            share = running / targets.var().item()
            left = arguments.minutes - elapsed
            print(
                f"step {step}  unexplained variance {share:.3f}, {left:.1f} minutes left",
                flush=True,
            )
        step += 1

    encoder.eval()
    with torch.no_grad():
        seen = with_time_left(images, len(images), "paintings to whiten over")
        features = torch.cat([encoder.embed(to_tensor(image)) for image in seen])
        encoder.fit_whitening(features)
    torch.save(encoder.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
