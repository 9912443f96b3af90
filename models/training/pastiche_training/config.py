"""What a training run does: its flags, typed, as its checkpoint keeps them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from .forms import FORMS

Value = TypeVar("Value")


def flag(default: Value, help: str, **options: Any) -> Value:
    """A field that is set by a flag of its name; `options` are argparse's."""
    return field(default=default, metadata={"help": help, **options})


@dataclass(frozen=True)
class TrainingConfig:
    """What a run does, on whatever machine."""

    form: str = flag("full", "of the network", choices=list(FORMS))
    only: tuple[str, ...] = flag((), "these of the named styles", nargs="+", metavar="ID")
    imitation: float = flag(2.0, "weight of imitating the teacher")
    imitation_steps: int = flag(0, "by imitation alone, before the perceptual steps")
    temporal: float = flag(0.0, "weight of steadiness")
    pixel_steps: int = flag(1400, "that only reconstruct the photograph, first of all")
    steps: int = flag(100_000, "perceptual steps in all")
    batch: int = flag(2, "pictures a step, per process")
    side: int = flag(256, "of the crops, px")
    crops: int = flag(1500, "per process; their content targets are kept in memory")
    lr: float = flag(1.5e-3, "learning rate")
    phase_from: int = flag(
        0, "first step of the rate's schedule: the checkpoint's own, for a new phase"
    )
    ema: float = flag(0.998, "decay of the average of the weights")
    mixed_share: float = flag(0.4, "of pictures in a mixture of styles")
    paintings_share: float = flag(0.3, "of the styles that are not named ones")
    regions_share: float = flag(0.15, "of steps with a map")
    halves_share: float = flag(0.5, "of steps whose Gram matrices are each half's own")
    content: float = flag(7.0, "weight of content at relu4_2, to begin with")
    content_of: tuple[str, ...] = flag(
        (), "of single styles, in its place", nargs="*", metavar="ID=WEIGHT"
    )
    content_distance: float = flag(
        0.42, "at relu4_2, 0..1: what the content weight of every style is to reach"
    )
    content_pace: float = flag(0.0, "how fast those weights change; 0: they stay equal")
    near_content: float = flag(0.0, "weight of content at relu2_2")
    style: tuple[float, ...] = flag(
        (0.4, 1.0, 3.5, 5.0), "weights of the style layers, relu1_1 to relu4_1", nargs=4
    )
    tone: float = flag(0.3, "weight of light and dark")
    variation: float = flag(0.3, "weight of total variation")
    flat_of: tuple[str, ...] = flag(
        (), "weight of variation beyond what photographs have, for single styles; 0 for the others",
        nargs="*", metavar="ID=WEIGHT",
    )  # fmt: skip
    chroma_variation: float = flag(3.0, "weight of the colours' total variation")
    repetition: float = flag(3.0, "weight of repetition")
    grain: float = flag(0.03, "of the photographs, at most, 0..1")
    log_every: int = flag(100, "steps")
    save_every: float = flag(180.0, "seconds")

    @classmethod
    def of_flags(cls, kept: Mapping[str, object]) -> TrainingConfig:
        """The flags of a checkpoint; one that it lacks, being older, has its default, and one that
        is no longer known is left out. Throws ValueError for a value of another type."""
        return cls(**{
            known.name: typed(known.name, kept[known.name], known.default)
            for known in fields(cls) if known.name in kept
        })  # fmt: skip

    def flags(self) -> dict[str, object]:
        """All flags by the names of their fields."""
        return {known.name: getattr(self, known.name) for known in fields(self)}

    def content_weights(self) -> dict[str, float]:
        """The styles with a content weight of their own. Throws ValueError where that is no number."""
        return weights_by_id(self.content_of)

    def flat_weights(self) -> dict[str, float]:
        """The styles whose flats are kept flat. Throws ValueError where a weight is no number."""
        return weights_by_id(self.flat_of)

    def phase(self, step: int) -> tuple[str, int]:
        """The name of the phase that a step belongs to, and the step that ends it."""
        imitation_from, perceptual_from = self.pixel_steps, self.pixel_steps + self.imitation_steps
        if step < imitation_from:
            return "pixels", imitation_from
        if step < perceptual_from:
            return "imitation", perceptual_from
        return "perceptual", perceptual_from + self.steps

    @property
    def last_step(self) -> int:
        return self.pixel_steps + self.imitation_steps + self.steps


def weights_by_id(flags: tuple[str, ...]) -> dict[str, float]:
    """`starry-night=0.5` … by style id. Throws ValueError where a weight is no number."""
    pairs = (flag.partition("=") for flag in flags)
    return {id: float(weight) for id, _, weight in pairs}


def typed(name: str, value: object, default: object) -> Any:
    """A kept value as its field has it. Throws ValueError where it is of another type."""
    if isinstance(default, tuple):
        # None and lists are what checkpoints had before there was a type.
        like = default[0] if default else ""
        if isinstance(value, (list, tuple)) or value is None:
            return tuple(typed(name, item, like) for item in value or ())
    elif isinstance(default, float) and type(value) is int:
        return float(value)
    elif type(value) is type(default):
        return value
    raise ValueError(f"--{name.replace('_', '-')}: {value!r} is not like {default!r}")


def spelled(value: object) -> str:
    """A value as the command line has it."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def changes(before: TrainingConfig, now: TrainingConfig) -> Iterator[str]:
    """A sentence for each flag that differs."""
    for name, value in before.flags().items():
        if (new := getattr(now, name)) != value:
            dashed = name.replace("_", "-")
            yield f"--{dashed}: {spelled(value)} before, {spelled(new)} from now on"


def add_config_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each field of TrainingConfig; the parser's answer has those that are given."""
    for known in fields(TrainingConfig):
        options: dict[str, Any] = dict(known.metadata)
        default = known.default
        if isinstance(default, tuple):
            options["type"] = type(default[0]) if default else str
        else:
            options["type"] = type(default)
        if shown := spelled(default):
            options["help"] += f" ({shown})"
        parser.add_argument(
            f"--{known.name.replace('_', '-')}", default=argparse.SUPPRESS, **options
        )


def given_flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of TrainingConfig that a command line gives."""
    given = {known.name: vars(arguments).get(known.name) for known in fields(TrainingConfig)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items() if value is not None
    }  # fmt: skip


@dataclass(frozen=True)
class Places:
    """Where a run is: what may be elsewhere on another machine, so that no checkpoint keeps it."""

    data: Path
    into: Path
    statistics: Path
    encoder: Path | None = None
    from_export: Path | None = None
    teacher: Path | None = None
    bf16: bool = False
    workers: int | None = None

    @property
    def checkpoint(self) -> Path:
        return self.into / "checkpoint.pt"


def add_place_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each field of Places."""
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--into", type=Path, required=True, help="folder of checkpoint and log")
    parser.add_argument("--statistics", type=Path, required=True,
                        help="of the paintings; computed where missing")  # fmt: skip
    parser.add_argument("--encoder", type=Path,
                        help="from pretrain_encoder.py; a checkpoint and a teacher have their own")  # fmt: skip
    parser.add_argument("--from-export", type=Path,
                        help="exported network whose weights a new run begins with")  # fmt: skip
    parser.add_argument("--teacher", type=Path, help="checkpoint of a network to be imitated")
    parser.add_argument("--bf16", action="store_true",
                        help="bfloat16; on a CPU only where it has avx512_bf16")  # fmt: skip
    parser.add_argument("--workers", type=int,
                        help="of each process, that read pictures ahead; 4 with a GPU, else none")  # fmt: skip


def places_of(arguments: argparse.Namespace) -> Places:
    return Places(**{known.name: getattr(arguments, known.name) for known in fields(Places)})
