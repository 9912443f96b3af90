"""Teaches the style encoder to tell paintings apart before any pastiche is made.

The target of a painting is the leading 128 principal components of its VGG-16 style statistics
(logarithms of channel means and deviations at three layers), so that paintings with similar marks
and colours get similar style vectors. Afterwards the encoder's features are whitened over all
training paintings.

    python pretrain_encoder.py --data DIR --out encoder.pt
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from data import is_held_out, load_image, pictures, random_crop, to_tensor
from network import STYLE_DIM, StyleEncoder
from perceptual_loss import LossNetwork, StyleStatistics

SIDE = 192


def style_signature(loss_network: LossNetwork, image: Tensor) -> Tensor:
    """Logarithms of the channels' means and deviations: image [1,3,H,W] to [896]."""
    statistics = StyleStatistics.of(loss_network(image))
    parts = [*statistics.mean.values(), *statistics.deviation.values()]
    return torch.cat([p[0] for p in parts]).add(1e-2).log()


def principal_components(signatures: Tensor) -> Tensor:
    """Signatures [M,896] to targets [M,128]: principal components, each scaled by the fourth root
    of its variance so that the small ones count without drowning the large ones."""
    centred = (signatures - signatures.mean(0)) / signatures.std(0).clamp_min(1e-3)
    _, singular, basis = torch.linalg.svd(centred, full_matrices=False)
    deviation = singular[:STYLE_DIM] / len(signatures) ** 0.5
    return centred @ basis[:STYLE_DIM].T / deviation.sqrt()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--batch", type=int, default=12)
    arguments = parser.parse_args()

    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    paths = [p for p in pictures(arguments.data / "paintings") if not is_held_out(p)]
    paths += pictures(arguments.data / "styles")
    images = [load_image(p, 256) for p in paths]
    loss_network = LossNetwork.load(arguments.data, torch.bfloat16)
    start = time.monotonic()
    cache = arguments.out.with_suffix(".signatures.pt")
    if not cache.exists():
        with torch.no_grad():
            signatures = [
                style_signature(loss_network, to_tensor(load_image(p, SIDE))) for p in paths
            ]
        torch.save(torch.stack(signatures), cache)
    targets = principal_components(torch.load(cache, weights_only=True))
    print(f"signatures of {len(paths)} paintings in {time.monotonic() - start:.0f} s", flush=True)

    encoder = StyleEncoder()
    optimiser = torch.optim.Adam(encoder.parameters(), lr=2e-3)
    named = len(pictures(arguments.data / "styles"))
    odds = np.ones(len(paths))
    odds[-named:] = 5
    odds /= odds.sum()
    start, step, running = time.monotonic(), 0, 0.0
    while (elapsed := (time.monotonic() - start) / 60) < arguments.minutes:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - 0.95 * elapsed / arguments.minutes)
        chosen = rng.choice(len(paths), arguments.batch, p=odds)
        batch = torch.cat([random_crop(images[i], 224, rng) for i in chosen])
        loss = F.mse_loss(encoder.embed(batch), targets[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        running += (loss.item() - running) * max(0.02, 1 / (step + 1))
        if step % 100 == 0:
            share = running / targets.var().item()
            print(f"step {step}  unexplained variance {share:.3f}", flush=True)
        step += 1

    encoder.eval()
    with torch.no_grad():
        features = torch.cat([encoder.embed(to_tensor(image)) for image in images])
        encoder.fit_whitening(features)
    torch.save(encoder.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
