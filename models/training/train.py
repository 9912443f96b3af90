"""Trains the multi-style network; resumes from its checkpoint.

Two phases in one run. First an autoencoder on pixels alone, because feature losses teach
reconstruction very slowly; then the perceptual losses, single styles and mixtures.

    python train.py --data DIR --into DIR --encoder encoder.pt
    torchrun --nproc-per-node 2 train.py …       one thread each, on a CPU; or one process a GPU
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F

from checkpoint import ExponentialAverage, load_checkpoint, save_checkpoint
from data import named_styles, photographs, random_crop
from network import STYLE_DIM, PasticheNetwork, StyleEncoder, style_space_id
from perceptual_loss import (
    LossNetwork,
    StyleStatistics,
    content_errors,
    gram_errors,
    moment_errors,
    total_variation,
)


def schedule(step: int, total: int, peak: float) -> float:
    """Learning rate: a short warm-up, constant for two fifths, then a cosine down to a
    fiftieth."""
    if step < 100:
        return peak * (step + 1) / 100
    progress = max(0.0, (step / total - 0.4) / 0.6)
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def ramp(pair: tuple[float, float], progress: float) -> float:
    """Geometric way from the first to the second value as progress goes from 0 to 1."""
    first, last = pair
    return first * (last / first) ** min(1.0, progress)


def crop_side(progress: float, sides: list[int]) -> int:
    """Small crops for the first three quarters of training, larger ones after."""
    if progress < 0.75 or len(sides) == 1:
        return sides[0]
    later = sides[1:]
    return later[min(len(later) - 1, int((progress - 0.75) / 0.25 * len(later)))]


def random_mixtures(
    batch: int, styles: int, mixed_share: float, rng: np.random.Generator
) -> Tensor:
    """Weights [batch,styles] that sum to 1: single styles, or mixtures of two or three."""
    weights = torch.zeros(batch, styles)
    for row in weights:
        count = int(rng.integers(2, 4)) if rng.random() < mixed_share else 1
        chosen = rng.choice(styles, min(count, styles), replace=False)
        row[chosen] = torch.from_numpy(rng.dirichlet(np.ones(len(chosen)))).float()
    return weights


class Trainer:
    """One process of the training run: its network, data and optimiser."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.rank = int(os.environ.get("RANK", 0))
        self.distributed = int(os.environ.get("WORLD_SIZE", 1)) > 1
        if torch.cuda.is_available():
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        else:
            self.device = torch.device("cpu")
        if self.distributed:
            backend = "nccl" if self.device.type == "cuda" else "gloo"
            # Generous, so that a paused run (SIGSTOP) survives its pause.
            dist.init_process_group(backend, timeout=datetime.timedelta(hours=12))
        torch.manual_seed(0)
        self.network = PasticheNetwork().to(self.device)
        self.network.to(memory_format=torch.channels_last)
        self.average = ExponentialAverage(self.network, arguments.ema)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=arguments.lr)
        self.step = 0
        self.encoder = StyleEncoder().eval()
        self.encoder.load_state_dict(torch.load(arguments.encoder, weights_only=True))
        self.checkpoint_file = arguments.into / "checkpoint.pt"
        if self.checkpoint_file.exists():
            self.step = load_checkpoint(
                self.checkpoint_file, self.network, self.average, self.encoder, self.optimiser
            )
        self.rng = np.random.default_rng([self.rank, self.step])
        self.model: nn.Module = self.network
        if self.distributed:
            self.model = nn.parallel.DistributedDataParallel(self.network)
        self.photographs = photographs(arguments.data, held_out=False)
        self.load_styles()

    def load_styles(self) -> None:
        """Style vectors and target statistics of every named style, computed once."""
        on_cpu = self.device.type == "cpu"
        loss_dtype = torch.bfloat16 if on_cpu else torch.float32
        self.loss_network = LossNetwork.load(self.arguments.data, loss_dtype).to(self.device)
        images = named_styles(self.arguments.data)
        with torch.no_grad():
            self.vectors = torch.cat([self.encoder(i) for i in images.values()]).to(self.device)
            self.targets = StyleStatistics.stack(
                [StyleStatistics.of(self.loss_network(i.to(self.device))) for i in images.values()]
            )

    def crops(self, side: int) -> Tensor:
        chosen = self.rng.integers(len(self.photographs), size=self.arguments.batch)
        crops = [random_crop(self.photographs[i], side, self.rng) for i in chosen]
        batch = torch.cat(crops).to(self.device)
        return batch.contiguous(memory_format=torch.channels_last)

    def autocast(self) -> contextlib.AbstractContextManager[None]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.arguments.bf16)

    def pixel_step(self) -> dict[str, Tensor]:
        """Reconstruction of the photograph, whatever the style vector."""
        content = self.crops(128)
        style = torch.randn(len(content), STYLE_DIM, 1, 1, device=self.device)
        with self.autocast():
            pastiche = self.model(content, style)
        loss = F.l1_loss(pastiche.float(), content)
        return {"loss": loss, "pixels": loss}

    def perceptual_step(self, progress: float) -> dict[str, Tensor]:
        """Content of the photograph, style of a random mixture."""
        a = self.arguments
        content = self.crops(crop_side(progress, a.sides))
        weights = random_mixtures(
            len(content), len(self.vectors), a.mixed_share, self.rng
        ).to(self.device)
        style = (weights @ self.vectors)[:, :, None, None]
        with self.autocast():
            pastiche = self.model(content, style)
        pastiche = pastiche.float()
        with torch.no_grad():
            content_target = self.loss_network(content)
        activations = self.loss_network(pastiche)
        target = self.targets.mixture(weights)
        statistics = StyleStatistics.of(activations)
        gram = gram_errors(statistics, target).mean(dim=1)
        moments = moment_errors(statistics, target).mean(dim=1)
        layer_weights = torch.tensor(
            [ramp(pair, progress) for pair in zip(a.style_start, a.style_end)], device=self.device
        )
        content_error = content_errors(activations, content_target).mean()
        style_loss = (layer_weights * (gram + a.moments * moments)).sum()
        variation = total_variation(pastiche)
        loss = content_error + style_loss + a.variation * variation
        return {
            "loss": loss,
            "content": content_error,
            "gram1": gram[0],
            "gram2": gram[1],
            "gram3": gram[2],
            "tv": variation,
        }

    def losses(self) -> Iterator[dict[str, Tensor]]:
        a = self.arguments
        while self.step < a.pixel_steps + a.steps:
            if self.step < a.pixel_steps:
                rate = schedule(self.step, 10**9, a.lr)
                terms = self.pixel_step()
            else:
                done = self.step - a.pixel_steps
                rate = schedule(done, a.steps, a.lr)
                terms = self.perceptual_step(done / a.steps)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            yield terms

    def run(self) -> None:
        running: dict[str, float] = {}
        started = time.monotonic()
        last_saved, last_logged = started, self.step
        for terms in self.losses():
            self.optimiser.zero_grad(set_to_none=True)
            terms["loss"].backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            self.average.update(self.network, self.step)
            self.step += 1
            for name, value in terms.items():
                known = running.get(name, value.item())
                running[name] = known + 0.02 * (value.item() - known)
            if self.rank:
                continue
            if self.step - last_logged >= self.arguments.log_every:
                self.log(running, time.monotonic() - started)
                running, last_logged = {}, self.step
            if time.monotonic() - last_saved > self.arguments.save_every:
                self.save()
                last_saved = time.monotonic()
        if not self.rank:
            self.save()

    def log(self, running: dict[str, float], seconds: float) -> None:
        line = {"step": self.step, "seconds": round(seconds)}
        line |= {name: round(value, 4) for name, value in running.items()}
        print(json.dumps(line), flush=True)
        with (self.arguments.into / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def save(self) -> None:
        save_checkpoint(
            self.checkpoint_file,
            self.network, self.average, self.encoder, self.optimiser, self.step,
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True, help="folder of checkpoint and log")
    parser.add_argument("--encoder", type=Path, required=True, help="from pretrain_encoder.py")
    parser.add_argument("--pixel-steps", type=int, default=1400)
    parser.add_argument("--steps", type=int, default=16000, help="perceptual steps in all")
    parser.add_argument("--batch", type=int, default=2, help="per process")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 192], help="crops, px")
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--mixed-share", type=float, default=0.3)
    parser.add_argument("--style-start", type=float, nargs=3, default=[1.5, 0.6, 0.06])
    parser.add_argument("--style-end", type=float, nargs=3, default=[1.5, 1.0, 0.4])
    parser.add_argument("--moments", type=float, default=0.3)
    parser.add_argument("--variation", type=float, default=0.5)
    parser.add_argument("--bf16", action="store_true", help="autocast for the network itself")
    parser.add_argument("--log-every", type=int, default=100)
    parser.add_argument("--save-every", type=float, default=180, help="seconds")
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    Trainer(arguments).run()


if __name__ == "__main__":
    main()
