"""Trains the multi-style network; resumes from its checkpoint.

Two phases in one run. First an autoencoder on pixels alone, because feature losses teach
reconstruction very slowly; then the perceptual losses, single styles and mixtures.

    python -m pastiche_training.train --data DIR --into DIR --encoder encoder.pt
    torchrun --nproc-per-node 2 -m pastiche_training.train …       one thread each, on a CPU; or one process a GPU
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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F

from .checkpoint import (
    ExponentialAverage,
    content_balance_of,
    flags_of,
    load_checkpoint,
    load_trained,
    save_checkpoint,
)
from .content_balance import ContentBalance
from .content_crops import ContentCrops
from .data import photographs, pictures, random_crop, to_tensor
from .export import exported_weights
from .forms import FORMS, optimiser_of
from .grain import with_grain
from .motion import between, random_motion
from .network import STYLE_DIM, StyleEncoder
from .perceptual_loss import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    LossNetwork,
    StyleStatistics,
    chroma_variation,
    gram_errors,
    local_content_distances,
    repetition,
    tone_errors,
    total_variation,
)
from .target_statistics import TargetStatistics, target_images

REPETITION_PERIODS = (8, 16, 24)
"""Of the cells that the decoder may print the same mark into, px."""


def start_from(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Gives a network the weights of one of its form or of an earlier form without some of its
    residual blocks or its detail path: what is new adds nothing at first. Throws RuntimeError for
    weights of anything else."""
    known = network.state_dict()
    new = {name.rsplit(".conv", 1)[0] for name in known.keys() - weights.keys() if ".conv" in name}
    for name in new:
        network.get_submodule(name).begin_as_identity()
    fresh = {k: v for k, v in network.state_dict().items() if k.startswith((*new, "skips."))}
    network.load_state_dict(fresh | weights)


def schedule(step: int, total: int, peak: float) -> float:
    """Learning rate: a short warm-up, constant for three fifths, then a cosine down to a
    fiftieth."""
    if step < 100:
        return peak * (step + 1) / 100
    progress = max(0.0, (step / total - 0.6) / 0.4)
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


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


@dataclass
class RandomStyle:
    """What the pictures of a batch are painted in: style numbers [N,3] and their shares [N,3], their
    style vectors [N,128,1,1], and the statistics that they stand for."""

    numbers: np.ndarray
    shares: Tensor
    vectors: Tensor
    target: StyleStatistics


def halves(activations: dict[str, Tensor], rng: np.random.Generator) -> list[dict[str, Tensor]]:
    """Both halves, left and right or upper and lower, of activations [N,C,H,W]: a style is to be
    everywhere in a picture, not somewhere."""
    across = int(rng.integers(2, 4))
    pairs = {layer: values.chunk(2, dim=across) for layer, values in activations.items()}
    return [{layer: pair[side] for layer, pair in pairs.items()} for side in (0, 1)]


class Trainer:
    """One process of the training run: its network, data and optimiser."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.rank = int(os.environ.get("RANK", 0))
        self.distributed = int(os.environ.get("WORLD_SIZE", 1)) > 1
        if torch.cuda.is_available():
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(self.device)
        else:
            self.device = torch.device("cpu")
        if self.distributed:
            backend = "nccl" if self.device.type == "cuda" else "gloo"
            # Generous, so that a paused run (SIGSTOP) survives its pause.
            dist.init_process_group(backend, timeout=datetime.timedelta(hours=12))
        torch.manual_seed(0)
        self.network = FORMS[arguments.form]().to(self.device)
        if arguments.from_export:
            start_from(self.network, exported_weights(arguments.from_export))
        self.network.to(memory_format=torch.channels_last)
        self.average = ExponentialAverage(self.network, arguments.ema)
        world = int(os.environ.get("WORLD_SIZE", 1))
        self.optimiser = optimiser_of(self.network, arguments.lr, arguments.batch * world)
        self.step = 0
        teacher = load_trained(arguments.teacher) if arguments.teacher else None
        self.teacher: nn.Module | None = teacher and teacher.network.to(self.device)
        self.encoder = teacher.encoder if teacher else StyleEncoder().eval()
        self.checkpoint_file = arguments.into / "checkpoint.pt"
        if not self.checkpoint_file.exists():
            if not teacher:
                self.encoder.load_state_dict(torch.load(arguments.encoder, weights_only=True))
        else:
            self.step = load_checkpoint(
                self.checkpoint_file, self.network, self.average, self.encoder, self.optimiser
            )
        if self.teacher:
            self.teacher.to(memory_format=torch.channels_last)
        self.rng = np.random.default_rng([self.rank, self.step])
        self.model: nn.Module = self.network
        if self.distributed:
            self.model = nn.parallel.DistributedDataParallel(
                self.network, device_ids=[self.device] if self.device.type == "cuda" else None
            )
        # Equal weights in every process, but not equal noise.
        torch.manual_seed(self.step * 1000 + self.rank)
        self.photographs = photographs(arguments.data, held_out=False)
        self.load_styles()

    def load_styles(self) -> None:
        """Style vectors and target statistics of every painting, computed once."""
        data = self.arguments.data
        # On a GPU autocast would convert the frozen weights at every step.
        on_cpu = self.device.type == "cpu"
        loss_dtype = torch.bfloat16 if on_cpu and self.arguments.bf16 else torch.float32
        self.loss_network = LossNetwork.load(data, loss_dtype).to(self.device)
        images = target_images(data)
        ids = self.arguments.only or [path.stem for path in pictures(data / "styles")]
        self.named = [list(images).index(id) for id in ids]
        if not self.rank:
            exact = LossNetwork.load(data, layers=STYLE_LAYERS)
            TargetStatistics.prepare(self.arguments.statistics, images, exact)
        if self.distributed:
            dist.barrier()
        self.targets = TargetStatistics(self.arguments.statistics)
        a = self.arguments
        self.balance = ContentBalance(self.named, a.content, a.content_distance, a.content_pace)
        if a.content_pace and self.checkpoint_file.exists():
            self.balance.logarithms = content_balance_of(self.checkpoint_file)
        for pair in a.content_of:
            style, weight = pair.split("=")
            self.balance.set(self.named[ids.index(style)], float(weight))
        with torch.no_grad():
            vectors = [self.encoder(to_tensor(image)) for image in images.values()]
        self.vectors = torch.cat(vectors)
        self.content_layers = CONTENT_LAYERS if a.near_content else CONTENT_LAYERS[-1:]
        self.content_crops = ContentCrops(
            self.photographs, a.crops, a.side, self.rng, self.loss_network, self.content_layers
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

    def random_style(self, batch: int) -> RandomStyle:
        """A random mixture for each picture of a batch."""
        numbers, shares = random_mixtures(
            batch, self.named, len(self.targets), self.arguments, self.rng
        )
        vectors = torch.einsum("nk,nkd->nd", shares, self.vectors[numbers])
        target = self.targets.mixture(numbers, shares).each(lambda v: v.to(self.device))
        return RandomStyle(numbers, shares, vectors[:, :, None, None].to(self.device), target)

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
        content = self.crops(self.arguments.side)
        _, terms = self.paint(content, self.random_style(len(content)).vectors)
        return {"loss": sum(terms.values()), **terms}

    def perceptual_step(self) -> dict[str, Tensor]:
        """Content of the photograph, style of a random mixture, or of two by regions."""
        a = self.arguments
        content, content_target = self.content_crops.batch(a.batch, self.device)
        style = self.random_style(len(content))
        vectors = style.vectors
        content_weights = self.balance.weights(style.numbers, style.shares)
        regions: list[tuple[StyleStatistics, Tensor | None]] = [(style.target, None)]
        if self.rng.random() < a.regions_share:
            other = self.random_style(len(content))
            mask = random_mask(len(content), content.shape[2] // 8, self.rng).to(self.device)
            vectors = vectors * mask + other.vectors * (1 - mask)
            others = self.balance.weights(other.numbers, other.shares)
            content_weights = (content_weights * others).sqrt()
            # The soft border belongs to neither.
            regions = [
                (style.target, (2 * mask - 1).clamp_min(0)),
                (other.target, (1 - 2 * mask).clamp_min(0)),
            ]
        grainy = with_grain(content, self.rng.uniform(0, a.grain, len(content)), self.rng)
        pastiche, terms = self.paint(grainy, vectors)
        activations = self.loss_network(pastiche)
        distances = {
            layer: local_content_distances(activations[layer].float(), content_target[layer])
            for layer in self.content_layers
        }
        # Squared: else a network that leaves one half of a picture a photograph and gives the other up
        # has as small a loss as one that paints all of it.
        errors = {
            layer: distance.square().mean(dim=(1, 2)) for layer, distance in distances.items()
        }
        deepest = distances[CONTENT_LAYERS[-1]].mean(dim=(1, 2))
        if len(regions) == 1:
            self.balance.learn(style.numbers, style.shares, deepest)
        weighted = content_weights.to(self.device) * errors[CONTENT_LAYERS[-1]]
        terms["content"] = weighted.mean()
        if a.near_content:
            terms["near content"] = a.near_content * errors[CONTENT_LAYERS[0]].mean()
        parts = [(activations, *region) for region in regions]
        if len(regions) == 1 and self.rng.random() < a.halves_share:
            parts = [(half, style.target, None) for half in halves(activations, self.rng)]
        for part, region_target, region in parts:
            statistics = StyleStatistics.of(part, region=region)
            gram = gram_errors(statistics, region_target).mean(dim=1) / len(parts)
            for layer, weight, error in zip(STYLE_LAYERS, a.style, gram):
                terms[layer] = terms.get(layer, 0) + weight * error
        terms["variation"] = a.variation * total_variation(pastiche)
        terms["chroma variation"] = a.chroma_variation * chroma_variation(pastiche)
        terms["tone"] = a.tone * tone_errors(pastiche, content).mean()
        repeated = [repetition(pastiche, period) for period in REPETITION_PERIODS]
        terms["repetition"] = a.repetition * torch.stack(repeated).mean()
        return {"loss": sum(terms.values()), "distance": deepest.mean(), **terms}

    def losses(self) -> Iterator[dict[str, Tensor]]:
        a = self.arguments
        before = a.pixel_steps + a.imitation_steps
        while self.step < before + a.steps:
            if self.step < before:
                rate = schedule(self.step, 10**9, a.lr)
                terms = self.pixel_step() if self.step < a.pixel_steps else self.imitation_step()
            else:
                done = self.step - before
                rate = schedule(done - a.phase_from, a.steps - a.phase_from, a.lr)
                terms = self.perceptual_step()
            for group in self.optimiser.param_groups:
                group["lr"] = rate * group["pace"]
            yield terms

    def run(self) -> None:
        sums: dict[str, Tensor] = {}
        self.first_step = self.step
        started = time.monotonic()
        last_saved, last_logged = started, self.step
        for terms in self.losses():
            self.optimiser.zero_grad(set_to_none=True)
            terms["loss"].backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimiser.step()
            self.average.update(self.network, self.step)
            self.step += 1
            if self.distributed:
                dist.all_reduce(self.balance.logarithms)
                self.balance.logarithms /= dist.get_world_size()
            if self.rank:
                continue
            # Read when a line is written: a GPU would be waited for at every step.
            sums |= {name: sums.get(name, 0) + value.detach() for name, value in terms.items()}
            if (count := self.step - last_logged) >= self.arguments.log_every:
                means = {name: value.item() / count for name, value in sums.items()}
                self.log(means, time.monotonic() - started)
                sums.clear()
                last_logged = self.step
            if time.monotonic() - last_saved > self.arguments.save_every:
                self.save()
                last_saved = time.monotonic()
        if not self.rank:
            self.save()
        if self.distributed:
            dist.destroy_process_group()

    def log(self, means: dict[str, float], seconds: float) -> None:
        """Weighted terms of the loss, averaged since the last line, and the time that is left."""
        a = self.arguments
        done = self.step - self.first_step
        remaining = a.pixel_steps + a.imitation_steps + a.steps - self.step
        left = datetime.timedelta(seconds=round(seconds / max(1, done) * remaining))
        line = {"step": self.step, "seconds": round(seconds), "left": str(left)}
        line |= {name: round(value, 4) for name, value in means.items()}
        print(json.dumps(line), flush=True)
        with (self.arguments.into / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def save(self) -> None:
        save_checkpoint(
            self.checkpoint_file,
            self.network, self.average, self.encoder, self.optimiser, self.step,
            self.balance.logarithms,
            {name: value for name, value in vars(self.arguments).items() if name not in OF_A_MACHINE},
        )  # fmt: skip


OF_A_MACHINE = ("data", "into", "encoder", "statistics", "from_export", "teacher", "bf16")
"""Flags that say where a run is, not what it does."""


def with_known_flags(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line's flags and, for a run that goes on, its checkpoint's for those that are
    not given: a run changes on purpose only. Says what was changed."""
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    file = arguments.into / "checkpoint.pt"
    if not file.exists():
        return arguments
    known = {name: value for name, value in flags_of(file).items() if name in arguments}
    parser.set_defaults(**known)
    arguments = parser.parse_args()
    for name, value in known.items():
        if getattr(arguments, name, value) != value:
            print(
                f"--{name.replace('_', '-')}: {value} before, {getattr(arguments, name)} from now on"
            )
    return arguments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True, help="folder of checkpoint and log")
    parser.add_argument("--encoder", type=Path,
                        help="from pretrain_encoder.py; a checkpoint and a teacher have their own")  # fmt: skip
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
                        help="of the paintings; computed where missing")  # fmt: skip
    parser.add_argument("--pixel-steps", type=int, default=1400)
    parser.add_argument("--steps", type=int, default=100_000, help="perceptual steps in all")
    parser.add_argument("--batch", type=int, default=2, help="per process")
    parser.add_argument("--side", type=int, default=256, help="of the crops, px")
    parser.add_argument("--crops", type=int, default=1500,
                        help="per process; their content targets are kept in memory")  # fmt: skip
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--phase-from", type=int, default=0,
                        help="first step of the rate's schedule: the checkpoint's own, for a new phase")  # fmt: skip
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--mixed-share", type=float, default=0.4)
    parser.add_argument("--paintings-share", type=float, default=0.3,
                        help="of the styles that are not named ones")  # fmt: skip
    parser.add_argument("--regions-share", type=float, default=0.15, help="of steps with a map")
    parser.add_argument("--halves-share", type=float, default=0.5,
                        help="of steps whose Gram matrices are each half's own")  # fmt: skip
    parser.add_argument("--content", type=float, default=7.0,
                        help="weight of content at relu4_2, to begin with")  # fmt: skip
    parser.add_argument("--content-of", nargs="*", default=[], metavar="ID=WEIGHT",
                        help="of single styles, in its place")  # fmt: skip
    parser.add_argument("--content-distance", type=float, default=0.42,
                        help="at relu4_2, 0..1: what the content weight of every style is to reach")  # fmt: skip
    parser.add_argument("--content-pace", type=float, default=0.0,
                        help="how fast those weights change; 0: they stay equal")  # fmt: skip
    parser.add_argument("--near-content", type=float, default=0.0,
                        help="weight of content at relu2_2")  # fmt: skip
    parser.add_argument("--style", type=float, nargs=4, default=[0.4, 1.0, 3.5, 5.0],
                        help="weights of the style layers, relu1_1 to relu4_1")  # fmt: skip
    parser.add_argument("--tone", type=float, default=0.3, help="weight of light and dark")
    parser.add_argument("--variation", type=float, default=0.3)
    parser.add_argument("--chroma-variation", type=float, default=3.0)
    parser.add_argument("--repetition", type=float, default=3.0)
    parser.add_argument("--grain", type=float, default=0.03,
                        help="of the photographs, at most, 0..1")  # fmt: skip
    parser.add_argument(
        "--bf16", action="store_true", help="bfloat16; on a CPU only where it has avx512_bf16"
    )
    parser.add_argument("--log-every", type=int, default=100)
    parser.add_argument("--save-every", type=float, default=180, help="seconds")
    Trainer(with_known_flags(parser)).run()


if __name__ == "__main__":
    main()
