"""Trains the multi-style network; resumes from its checkpoint.

Two phases in one run. First an autoencoder on pixels alone, because feature losses teach
reconstruction very slowly; then the perceptual losses, single styles and mixtures.

    python -m pastiche_training.train --data DIR --into DIR --encoder encoder.pt
    torchrun --nproc-per-node 2 -m pastiche_training.train …       one thread each, on a CPU; or one process a GPU
    python -m pastiche_training.train --show checkpoint.pt         its flags, and how far it is
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .checkpoint import Checkpoint, ExponentialAverage, Progress, load_trained
from .config import (
    Places,
    TrainingConfig,
    add_config_flags,
    add_place_flags,
    changes,
    given_flags,
    places_of,
)
from .content_balance import ContentBalance
from .content_crops import ContentCrops, RandomCrops
from .data import is_held_out, pictures, to_tensor
from .draws import (
    Draw,
    ImitationDraw,
    Mixtures,
    NextFrame,
    PerceptualDraw,
    PixelDraw,
    StepDraws,
    from_bytes,
    read_ahead,
)
from .export import exported_weights
from .forms import FORMS, optimiser_of
from .motion import between
from .network import STYLE_DIM, ResidualBlock, StyleEncoder, channels_last
from .perceptual_loss import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    LossNetwork,
    StyleStatistics,
    chroma_variation,
    excess_variation,
    gram_errors,
    local_content_distances,
    repetition,
    tone_errors,
    total_variation,
)
from .processes import ALONE, Processes
from .progress import Pace, with_time_left
from .target_statistics import TargetStatistics, style_files

REPETITION_PERIODS = (8, 16, 24)
"""Of the cells that the decoder may print the same mark into, px."""

WORKERS_OF_A_GPU = 4
"""Processes that read pictures ahead for it. A CPU has enough to do with the step."""

Terms = dict[str, Tensor]
"""Weighted terms of a loss, and others that are logged, by name."""


def start_from(network: nn.Module, weights: dict[str, Tensor]) -> None:
    """Gives a network the weights of one of its form or of an earlier form without some of its
    residual blocks or its detail path: what is new adds nothing at first. Throws RuntimeError for
    weights of anything else."""
    known = network.state_dict()
    new = {name.rsplit(".conv", 1)[0] for name in known.keys() - weights.keys() if ".conv" in name}
    for name in new:
        block = network.get_submodule(name)
        if not isinstance(block, ResidualBlock):
            raise RuntimeError(f"the weights lack {name}")
        block.begin_as_identity()
    fresh = {k: v for k, v in network.state_dict().items() if k.startswith((*new, "skips."))}
    network.load_state_dict(fresh | weights)


def schedule(step: int, total: int, peak: float) -> float:
    """Learning rate: a short warm-up, constant for three fifths, then a cosine down to a
    fiftieth."""
    if step < 100:
        return peak * (step + 1) / 100
    progress = max(0.0, (step / total - 0.6) / 0.4)
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def halves(activations: Terms, along: int) -> list[Terms]:
    """Both halves of activations [N,C,H,W] along a dimension, upper and lower or left and right: a
    style is to be everywhere in a picture, not somewhere."""
    pairs = {layer: values.chunk(2, dim=along) for layer, values in activations.items()}
    return [{layer: pair[side] for layer, pair in pairs.items()} for side in (0, 1)]


def total(terms: Terms) -> Tensor:
    return torch.stack(list(terms.values())).sum()


class Trainer:
    """One process of the training run: its network, data and optimiser.

    Nothing in a step waits for a GPU: what is left to chance is drawn and sent ahead (draws.py), and
    all else that a step needs is on the device.
    """

    def __init__(
        self,
        config: TrainingConfig,
        places: Places,
        known: Checkpoint | None = None,
        processes: Processes = ALONE,
    ) -> None:
        """`known` is the checkpoint that the run goes on from. Throws ValueError where there are fewer
        photographs than processes, or for a style that is none of the named ones."""
        self.config, self.places, self.processes = config, places, processes
        self.device = processes.device
        ahead = WORKERS_OF_A_GPU if self.device.type == "cuda" else 0
        self.workers = ahead if places.workers is None else places.workers
        torch.manual_seed(0)
        self.network = FORMS[config.form]().to(self.device)
        if places.from_export:
            start_from(self.network, exported_weights(places.from_export))
        channels_last(self.network)
        self.average = ExponentialAverage(self.network, config.ema)
        self.optimiser = optimiser_of(self.network, config.lr, config.batch * processes.count)
        teacher = load_trained(places.teacher) if places.teacher else None
        self.teacher = teacher.network.to(self.device) if teacher else None
        if self.teacher:
            channels_last(self.teacher)
        self.encoder = teacher.encoder if teacher else StyleEncoder().eval()
        self.began = Progress()
        if known:
            self.began = known.progress
            known.restore(self.network, self.average, self.optimiser)
            self.encoder.load_state_dict(known.encoder)
        elif not teacher:
            if not places.encoder:
                raise ValueError("a new run needs --encoder, or a --teacher that has its own")
            self.encoder.load_state_dict(torch.load(places.encoder, weights_only=True))
        self.step = self.began.step
        self.model = processes.together(self.network)
        # Equal weights in every process, but not equal noise.
        torch.manual_seed(self.step * 1000 + processes.rank)
        training = [p for p in pictures(places.data / "content") if not is_held_out(p)]
        if (count := len(training)) < processes.count:
            raise ValueError(f"{count} photographs are too few for {processes.count} processes")
        self.photographs = processes.share(training)
        self.load_styles()
        if known and config.content_pace:
            self.balance.logarithms = known.content_balance.to(self.device)
        for style, weight in config.content_weights().items():
            self.balance.set(self.named[self.ids.index(style)], weight)
        for style, weight in config.flat_weights().items():
            self.flat_weights[self.named[self.ids.index(style)]] = weight

    def load_styles(self) -> None:
        """Style vectors and target statistics of every painting, computed once, by all processes
        together."""
        config, data = self.config, self.places.data
        # On a GPU autocast would convert the frozen weights at every step.
        on_cpu = self.device.type == "cpu"
        loss_dtype = torch.bfloat16 if on_cpu and self.places.bf16 else torch.float32
        self.loss_network = LossNetwork.load(data, loss_dtype).to(self.device)
        files = style_files(data)
        paintings = list(files.values())
        self.ids = list(config.only) or [path.stem for path in pictures(data / "styles")]
        self.named = [list(files).index(id) for id in self.ids]
        exact = self.loss_network
        if loss_dtype != torch.float32:
            exact = LossNetwork.load(data, layers=STYLE_LAYERS).to(self.device)
        self.targets = TargetStatistics.prepare(
            self.places.statistics, paintings, exact, self.processes
        )
        self.balance = ContentBalance(
            self.named, len(paintings), config.content, config.content_distance,
            config.content_pace, self.device,
        )  # fmt: skip
        self.flat_weights = torch.zeros(len(paintings), device=self.device)
        vectors = torch.zeros(len(paintings), STYLE_DIM)
        with torch.no_grad():
            for number in self.processes.own_share(len(paintings), "style vectors"):
                vectors[number] = self.encoder(to_tensor(paintings[number].load()))[0]
        self.vectors = self.processes.sum(vectors)
        self.content_layers = CONTENT_LAYERS if config.near_content else CONTENT_LAYERS[-1:]

    @cached_property
    def content_crops(self) -> ContentCrops:
        """Cut when the first perceptual step needs them: others than those of the run before."""
        config = self.config
        seed = self.processes.rank, self.began.step
        crops = RandomCrops(self.photographs, config.crops, config.side, seed)
        loader = read_ahead(crops, range(len(crops)), self.workers, ALONE.device)
        cut = list(with_time_left(loader, len(crops), "photographs"))
        return ContentCrops(torch.cat(cut).to(self.device), self.loss_network, self.content_layers)

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.places.bf16)

    def pixel_step(self, draw: PixelDraw) -> Terms:
        """Reconstruction of the photograph, whatever the style vector."""
        content = from_bytes(draw.photographs)
        style = torch.randn(len(content), STYLE_DIM, 1, 1, device=self.device)
        with self.autocast():
            pastiche = self.model(content, style)
        loss = F.l1_loss(pastiche.float(), content)
        return {"loss": loss, "pixels": loss}

    def style_input(self, styles: Mixtures) -> Tensor:
        """Style vectors [N,128,1,1] of mixtures."""
        vectors = torch.einsum("nk,nkd->nd", styles.shares, self.vectors[styles.numbers])
        return vectors[:, :, None, None]

    def paint(
        self, content: Tensor, style: Tensor, following: NextFrame | None
    ) -> tuple[Tensor, Terms]:
        """The pastiche [N,3,H,W], and the terms of the loss that need no loss network, those that
        are asked for: imitation of the teacher and, if the next frame is painted too, the
        difference of the two pastiches where the same thing is seen (after Ruder et al. 2016)."""
        config = self.config
        terms: Terms = {}
        frames, styles = content, style
        if following:
            moved = between(content, following.motion)
            noise = torch.randn_like(moved) * following.noise
            frames = torch.cat([content, (moved + noise).clamp(0, 1)])
            styles = torch.cat([style, style])
        with self.autocast():
            painted = self.model(frames, styles).float()
        pastiche = painted[: len(content)]
        if following:
            seen = between(torch.ones_like(pastiche[:, :1]), following.motion)
            # Not squared: edges that have moved a little would outweigh all that flickers.
            change = (between(pastiche, following.motion) - painted[len(content) :]).abs()
            terms["temporal"] = config.temporal * (change * seen).mean()
        if self.teacher and config.imitation:
            with torch.no_grad(), self.autocast():
                taught = self.teacher(content, style).float()
            terms["imitation"] = config.imitation * F.l1_loss(pastiche, taught)
        return pastiche, terms

    def imitation_step(self, draw: ImitationDraw) -> Terms:
        """The teacher's pastiche and a steady picture, without the loss network: fast."""
        content = from_bytes(draw.photographs)
        _, terms = self.paint(content, self.style_input(draw.styles), draw.following)
        return {"loss": total(terms), **terms}

    def perceptual_step(self, draw: PerceptualDraw) -> Terms:
        """Content of the photograph, style of a random mixture, or of two by regions."""
        config = self.config
        content, content_target = self.content_crops.batch(draw.numbers, draw.crops)
        vectors = self.style_input(draw.styles)
        target = self.targets.mixture(draw.styles)
        content_weights = self.balance.weights(draw.styles)
        regions: list[tuple[StyleStatistics, Tensor | None]] = [(target, None)]
        if draw.second:
            other, mask = draw.second.styles, draw.second.mask
            vectors = vectors * mask + self.style_input(other) * (1 - mask)
            content_weights = (content_weights * self.balance.weights(other)).sqrt()
            # The soft border belongs to neither.
            regions = [
                (target, (2 * mask - 1).clamp_min(0)),
                (self.targets.mixture(other), (1 - 2 * mask).clamp_min(0)),
            ]
        pastiche, terms = self.paint((content + draw.grain).clamp(0, 1), vectors, draw.following)
        activations: Terms = self.loss_network(pastiche)
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
        if config.content_pace and not draw.second:
            self.balance.learn(draw.styles, deepest)
        terms["content"] = (content_weights * errors[CONTENT_LAYERS[-1]]).mean()
        if config.near_content:
            terms["near content"] = config.near_content * errors[CONTENT_LAYERS[0]].mean()
        parts = [(activations, *region) for region in regions]
        if draw.halves_along:
            parts = [(half, target, None) for half in halves(activations, draw.halves_along)]
        grams = [
            gram_errors(StyleStatistics.of(part, region=region), style).mean(dim=1) / len(parts)
            for part, style, region in parts
        ]
        weights = zip(STYLE_LAYERS, config.style)
        for (layer, weight), error in zip(weights, torch.stack(grams).sum(dim=0)):
            terms[layer] = weight * error
        terms["variation"] = config.variation * total_variation(pastiche)
        if config.flat_of and not draw.second:
            flat_weights = (self.flat_weights[draw.styles.numbers] * draw.styles.shares).sum(dim=1)
            terms["flat"] = (flat_weights * excess_variation(pastiche, content)).mean()
        terms["chroma variation"] = config.chroma_variation * chroma_variation(pastiche)
        terms["tone"] = config.tone * tone_errors(pastiche, content).mean()
        repeated = [repetition(pastiche, period) for period in REPETITION_PERIODS]
        terms["repetition"] = config.repetition * torch.stack(repeated).mean()
        return {"loss": total(terms), "distance": deepest.mean(), **terms}

    def terms_of(self, draw: Draw) -> Terms:
        """The loss of a step, `loss`, and what it consists of."""
        match draw:
            case PixelDraw():
                return self.pixel_step(draw)
            case ImitationDraw():
                return self.imitation_step(draw)
            case PerceptualDraw():
                return self.perceptual_step(draw)
        raise TypeError(f"{draw} is no step's")

    def rate(self) -> float:
        """The learning rate of the step that comes."""
        config = self.config
        done = self.step - config.pixel_steps - config.imitation_steps
        if done < 0:
            return schedule(self.step, 10**9, config.lr)
        return schedule(done - config.phase_from, config.steps - config.phase_from, config.lr)

    def draws(self) -> Iterator[Draw]:
        """Those of the steps that are left, on the device."""
        dataset = StepDraws(
            self.config, self.photographs, self.named, len(self.targets), self.processes.rank
        )
        left = range(self.step, self.config.last_step)
        for draw in read_ahead(dataset, left, self.workers, self.device):
            yield draw.to(self.device)

    def learn(self, terms: Terms) -> None:
        """A step by the loss's gradient."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate() * group["pace"]
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(terms["loss"])
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.average.update(self.network, self.step)
        if self.config.content_pace:
            self.balance.logarithms = (
                self.processes.sum(self.balance.logarithms) / self.processes.count
            )
        self.step += 1

    def run(self) -> None:
        """All steps that are left; the first process logs and saves."""
        self.started = last_saved = time.monotonic()
        sums: Terms = {}
        pace = Pace(self.step)
        phase = ""
        for draw in self.draws():
            now_in, _ = self.config.phase(self.step)
            if now_in != phase:
                phase, pace, sums = now_in, Pace(self.step), {}
            terms = self.terms_of(draw)
            self.learn(terms)
            if not self.processes.is_first:
                continue
            # Read when a line is written: a GPU would be waited for at every step.
            sums = {name: sums.get(name, 0) + value.detach() for name, value in terms.items()}
            if self.step - pace.step >= self.config.log_every:
                means = torch.stack(list(sums.values())) / (self.step - pace.step)
                self.log(dict(zip(sums, means.tolist())), pace)
                sums = {}
            if time.monotonic() - last_saved > self.config.save_every:
                self.save()
                last_saved = time.monotonic()
        if self.processes.is_first:
            self.save()

    def progress(self) -> Progress:
        steps = self.step - self.began.step
        pictures = steps * self.config.batch * self.processes.count
        return replace(
            self.began,
            step=self.step,
            pictures=self.began.pictures + pictures,
            seconds=self.began.seconds + time.monotonic() - self.started,
        )

    def log(self, means: dict[str, float], pace: Pace) -> None:
        """Weighted terms of the loss, averaged since the last line, and the time that is left of the
        phase."""
        phase, end = self.config.phase(self.step - 1)
        pace.reached(self.step)
        progress = self.progress()
        line: dict[str, object] = {
            "step": self.step,
            "pictures": progress.pictures,
            "seconds": round(progress.seconds),
            "phase": phase,
            "left": str(pace.left(end)),
        }
        line |= {name: round(value, 4) for name, value in means.items()}
        print(json.dumps(line), flush=True)
        with (self.places.into / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")

    def save(self) -> None:
        Checkpoint(
            self.progress(), self.config, self.balance.logarithms, self.network.state_dict(),
            self.average.state, self.encoder.state_dict(), self.optimiser.state_dict(),
        ).write(self.places.checkpoint)  # fmt: skip


class Show(argparse.Action):
    """Says what a checkpoint holds, and ends."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        print(Checkpoint.read(Path(str(values))).described())
        parser.exit()


def configured(
    command_line: Sequence[str] | None = None,
) -> tuple[TrainingConfig, Places, Checkpoint | None]:
    """What is to be done and where, and the checkpoint that a run goes on from: its flags are those
    of the run, but for those that are given. A run changes on purpose only."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--show", action=Show, metavar="CHECKPOINT",
                        help="say what it is of, how far it is and its flags, and train nothing")  # fmt: skip
    add_place_flags(parser)
    add_config_flags(parser)
    arguments = parser.parse_args(command_line)
    places = places_of(arguments)
    known = Checkpoint.read(places.checkpoint) if places.checkpoint.exists() else None
    before = known.config if known else TrainingConfig()
    return replace(before, **given_flags(arguments)), places, known


def main() -> None:
    config, places, known = configured()
    places.into.mkdir(parents=True, exist_ok=True)
    processes = Processes.join()
    if processes.is_first and known:
        for change in changes(known.config, config):
            print(change, flush=True)
    Trainer(config, places, known, processes).run()
    processes.leave()


if __name__ == "__main__":
    main()
