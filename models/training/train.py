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

from checkpoint import ExponentialAverage, load_checkpoint, load_trained, save_checkpoint
from data import photographs, pictures, random_crop, to_tensor
from export import exported_weights
from forms import FORMS, optimiser_of
from grain import with_grain
from motion import between, random_motion
from network import STYLE_DIM, StyleEncoder
from perceptual_loss import (
    TRAINING_LAYERS,
    LossNetwork,
    Relu4Student,
    StyleStatistics,
    chroma_variation,
    content_errors,
    gram_errors,
    moment_errors,
    repetition,
    tone_errors,
    total_variation,
)
from target_statistics import TargetStatistics, target_images


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
    batch: int, named: list[int], styles: int, a: argparse.Namespace, rng: np.random.Generator
) -> tuple[np.ndarray, Tensor]:
    """What to paint in: image numbers [batch,3] and their weights [batch,3], which sum to 1.
    Single styles, or mixtures of two or three; of the named ones or, by the paintings' share, of
    all `styles`."""
    numbers = np.zeros((batch, 3), int)
    weights = torch.zeros(batch, 3)
    for row in range(batch):
        for place in range(3):
            any_style = rng.random() < a.paintings_share
            numbers[row, place] = rng.integers(styles) if any_style else rng.choice(named)
        count = int(rng.choice([2, 2, 3])) if rng.random() < a.mixed_share else 1
        weights[row, :count] = torch.from_numpy(rng.dirichlet(np.ones(count))).float()
    return numbers, weights


def random_mask(batch: int, side: int, rng: np.random.Generator) -> Tensor:
    """Soft masks [batch,1,side,side], 0..1: a straight border at any angle, through or beside the
    middle, bent by a wave; hard or soft."""
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    masks = []
    for _ in range(batch):
        angle, phase, offset = rng.uniform(0, 2 * math.pi, 2).tolist() + [rng.uniform(-0.4, 0.4)]
        along = x * math.sin(angle) - y * math.cos(angle)
        across = x * math.cos(angle) + y * math.sin(angle) + offset
        bent = across + 0.25 * rng.random() * torch.sin(along * 4 + phase)
        masks.append(torch.sigmoid(bent * rng.choice([4, 12, 60])))
    return torch.stack(masks)[:, None].float()


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
        self.network = FORMS[arguments.form]().to(self.device)
        if arguments.from_export:
            self.network.load_state_dict(exported_weights(arguments.from_export))
        self.network.to(memory_format=torch.channels_last)
        self.average = ExponentialAverage(self.network, arguments.ema)
        self.optimiser = optimiser_of(self.network, arguments.lr)
        self.step = 0
        self.encoder = StyleEncoder().eval()
        self.encoder.load_state_dict(torch.load(arguments.encoder, weights_only=True))
        self.checkpoint_file = arguments.into / "checkpoint.pt"
        if self.checkpoint_file.exists():
            self.step = load_checkpoint(
                self.checkpoint_file, self.network, self.average, self.encoder, self.optimiser
            )
        self.teacher: nn.Module | None = None
        if arguments.teacher:
            self.teacher = load_trained(arguments.teacher).network.to(self.device)
            self.teacher.to(memory_format=torch.channels_last)
        self.rng = np.random.default_rng([self.rank, self.step])
        self.model: nn.Module = self.network
        if self.distributed:
            self.model = nn.parallel.DistributedDataParallel(self.network)
        self.photographs = photographs(arguments.data, held_out=False)
        self.load_styles()

    def load_styles(self) -> None:
        """Style vectors and target statistics of every painting, computed once."""
        data = self.arguments.data
        # On a GPU autocast would convert the frozen weights at every step.
        on_cpu = self.device.type == "cpu"
        loss_dtype = torch.bfloat16 if on_cpu and self.arguments.bf16 else torch.float32
        self.loss_network = LossNetwork.load(data, loss_dtype).to(self.device)
        self.student = Relu4Student.load(data).to(self.device)
        images = target_images(data)
        ids = self.arguments.only or [path.stem for path in pictures(data / "styles")]
        self.named = [list(images).index(id) for id in ids]
        self.targets = TargetStatistics(self.arguments.statistics)
        if len(self.targets) != len(images):
            raise ValueError(f"{self.arguments.statistics} is not of these paintings")
        with torch.no_grad():
            vectors = [self.encoder(to_tensor(image)) for image in images.values()]
        self.vectors = torch.cat(vectors)

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

    def activations(self, image: Tensor) -> dict[str, Tensor]:
        return self.loss_network(image) | self.student(image)

    def random_style(self, batch: int) -> tuple[Tensor, StyleStatistics]:
        """Style vectors [batch,128,1,1] of random mixtures, and the statistics they stand for."""
        numbers, weights = random_mixtures(
            batch, self.named, len(self.targets), self.arguments, self.rng
        )
        vectors = torch.einsum("nk,nkd->nd", weights, self.vectors[numbers])
        target = self.targets.mixture(numbers, weights).to(self.device)
        return vectors[:, :, None, None].to(self.device), target

    def paint(self, content: Tensor, style: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The pastiche [N,3,H,W], and the terms of the loss that need no loss network, those that
        are asked for: imitation of the teacher and, if the next frame is painted too, the
        difference of the two pastiches where the same thing is seen (after Ruder et al. 2016)."""
        a, terms = self.arguments, {}
        motion = random_motion(len(content), self.rng).to(self.device) if a.temporal else None
        frames, styles = content, style
        if motion is not None:
            following = between(content, motion)
            noise = torch.randn_like(following) * float(self.rng.uniform(0, 0.04))
            frames = torch.cat([content, (following + noise).clamp(0, 1)])
            styles = torch.cat([style, style])
        with self.autocast():
            painted = self.model(frames, styles).float()
        pastiche = painted[: len(content)]
        if motion is not None:
            seen = between(torch.ones_like(pastiche[:, :1]), motion)
            # Not squared: edges that have moved a little would outweigh all that flickers.
            change = (between(pastiche, motion) - painted[len(content) :]).abs()
            terms["temporal"] = a.temporal * (change * seen).mean()
        if self.teacher and a.imitation:
            with torch.no_grad(), self.autocast():
                taught = self.teacher(content, style).float()
            terms["imitation"] = a.imitation * F.l1_loss(pastiche, taught)
        return pastiche, terms

    def imitation_step(self) -> dict[str, Tensor]:
        """The teacher's pastiche and a steady picture, without the loss network: fast."""
        content = self.crops(self.arguments.sides[0])
        _, terms = self.paint(content, self.random_style(len(content))[0])
        return {"loss": sum(terms.values()), **terms}

    def perceptual_step(self, progress: float) -> dict[str, Tensor]:
        """Content of the photograph, style of a random mixture, or of two by regions."""
        a = self.arguments
        content = self.crops(crop_side(progress, a.sides))
        style, target = self.random_style(len(content))
        regions: list[tuple[StyleStatistics, Tensor | None]] = [(target, None)]
        if self.rng.random() < a.regions_share:
            other, other_target = self.random_style(len(content))
            mask = random_mask(len(content), content.shape[2] // 8, self.rng).to(self.device)
            style = style * mask + other * (1 - mask)
            # The soft border belongs to neither.
            regions = [
                (target, (2 * mask - 1).clamp_min(0)),
                (other_target, (1 - 2 * mask).clamp_min(0)),
            ]
        grainy = with_grain(content, self.rng.uniform(0, a.grain, len(content)), self.rng)
        pastiche, terms = self.paint(grainy, style)
        with torch.no_grad():
            content_target = self.loss_network(content)
        activations = self.activations(pastiche)
        layer_weights = torch.tensor(
            [ramp(pair, progress) for pair in zip(a.style_start, a.style_end)], device=self.device
        )
        gram = torch.zeros(len(TRAINING_LAYERS), device=self.device)
        style_loss = torch.zeros((), device=self.device)
        for region_target, region in regions:
            statistics = StyleStatistics.of(activations, TRAINING_LAYERS, region)
            errors = gram_errors(statistics, region_target).mean(dim=1) / len(regions)
            moments = moment_errors(statistics, region_target).mean(dim=1) / len(regions)
            style_loss = style_loss + (layer_weights * (errors + a.moments * moments)).sum()
            gram = gram + errors.detach()
        content_error = content_errors(activations, content_target, a.content).mean()
        variation, repeated = total_variation(pastiche), repetition(pastiche)
        colours = chroma_variation(pastiche)
        loss = content_error + style_loss + a.variation * variation + a.repetition * repeated
        tones = tone_errors(pastiche, content).mean()
        loss = loss + a.chroma_variation * colours + a.tone * tones
        return {
            "loss": loss + sum(terms.values()),
            "content": content_error,
            **{layer: error for layer, error in zip(TRAINING_LAYERS, gram)},
            "tv": variation,
            "chroma_tv": colours,
            "tone": tones,
            "repetition": repeated,
            **terms,
        }

    def losses(self) -> Iterator[dict[str, Tensor]]:
        a = self.arguments
        before = a.pixel_steps + a.imitation_steps
        while self.step < before + a.steps:
            if self.step < before:
                rate = schedule(self.step, 10**9, a.lr)
                terms = self.pixel_step() if self.step < a.pixel_steps else self.imitation_step()
            else:
                done = self.step - before
                rate = schedule(done, a.steps, a.lr)
                terms = self.perceptual_step(done / a.steps)
            for group in self.optimiser.param_groups:
                group["lr"] = rate * group["pace"]
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
    parser.add_argument("--from-export", type=Path,
                        help="exported network whose weights a new run begins with")  # fmt: skip
    parser.add_argument("--form", choices=list(FORMS), default="full")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these of the named styles")
    parser.add_argument("--teacher", type=Path, help="checkpoint of a network to be imitated")
    parser.add_argument("--imitation", type=float, default=2.0, help="weight of that")
    parser.add_argument("--imitation-steps", type=int, default=0,
                        help="by imitation alone, before the perceptual steps")  # fmt: skip
    parser.add_argument("--temporal", type=float, default=0.0, help="weight of steadiness")
    parser.add_argument("--statistics", type=Path, required=True,
                        help="of the paintings, from pretrain_encoder.py")  # fmt: skip
    parser.add_argument("--pixel-steps", type=int, default=1400)
    parser.add_argument("--steps", type=int, default=16000, help="perceptual steps in all")
    parser.add_argument("--batch", type=int, default=2, help="per process")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 192], help="crops, px")
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--mixed-share", type=float, default=0.4)
    parser.add_argument("--paintings-share", type=float, default=0.3,
                        help="of the styles that are not named ones")  # fmt: skip
    parser.add_argument("--regions-share", type=float, default=0.15, help="of steps with a map")
    parser.add_argument("--content", type=float, nargs=2, default=[0.0, 1.0],
                        help="weights of the content layers, relu2_2 and relu3_3")  # fmt: skip
    parser.add_argument("--tone", type=float, default=1.0, help="weight of light and dark")
    parser.add_argument("--style-start", type=float, nargs=4, default=[1.5, 0.6, 0.06, 0.06])
    parser.add_argument("--style-end", type=float, nargs=4, default=[1.5, 2.0, 3.0, 1.5])
    parser.add_argument("--moments", type=float, default=0.3)
    parser.add_argument("--variation", type=float, default=0.5)
    parser.add_argument("--chroma-variation", type=float, default=4.0)
    parser.add_argument("--repetition", type=float, default=1.5)
    parser.add_argument("--grain", type=float, default=0.03,
                        help="of the photographs, at most, 0..1")  # fmt: skip
    parser.add_argument("--bf16", action="store_true", help="bfloat16; on a CPU only where it has avx512_bf16")
    parser.add_argument("--log-every", type=int, default=100)
    parser.add_argument("--save-every", type=float, default=180, help="seconds")
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    Trainer(arguments).run()


if __name__ == "__main__":
    main()
