"""Tables beyond identification: unseen paintings, stability and cost. As in measures.py, each is a
function of a `Bench` and a `Painter`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .data import held_out, load_image, to_tensor
from .forms import FORMS
from .measures import Bench, Judge, Painter
from .motion import affine, between
from .network import STYLE_DIM, StyleEncoder
from .progress import with_time_left
from .target_statistics import PAINTING_SIDE


class Unseen(TypedDict):
    """How many paintings, and the shares, 0..1, that identify as their own."""

    paintings: int
    styleIdentification: float
    contentIdentification: float


def unseen_paintings(
    bench: Bench, painter: Painter, encoder: StyleEncoder, data: Path, count: int, group: int = 12
) -> Unseen:
    """Style identification for paintings that training never saw, `group` at a time among
    themselves, and content identification; photographs in turn."""
    paths = held_out(data / "paintings", count)
    images = [to_tensor(load_image(path, PAINTING_SIDE)) for path in paths]
    found, own = [], []
    starts = range(0, len(images) - group + 1, group)
    for start in with_time_left(starts, len(starts), "groups of unseen paintings"):
        chosen = {str(start + i): image for i, image in enumerate(images[start : start + group])}
        among = Judge.of(bench.judge.network, chosen, bench.photographs)
        for number, (id, image) in enumerate(chosen.items()):
            photograph = (start + number) % len(bench.photographs)
            pastiche = painter(bench.photographs[photograph], encoder(image)[:, :, None, None])
            verdict = among.verdict(pastiche)
            found.append(verdict.style == id)
            own.append(verdict.photograph == photograph)
    return {
        "paintings": len(found),
        "styleIdentification": float(np.mean(found)),
        "contentIdentification": float(np.mean(own)),
    }


MOTIONS = {
    "pan": ((0.02, 0.008), 1.0, 0.0),
    "zoom": ((0.0, 0.0), 1.015, 0.0),
    "rotation": ((0.0, 0.0), 1.0, 0.01),
}
"""Per frame: shift in shares of half the picture, zoom factor, turn in radians."""


def stability(
    bench: Bench, painter: Painter, vectors: dict[str, Tensor], frames: int = 5, noise: float = 0.02
) -> dict[str, float]:
    """Mean absolute change, 0..1, between the pastiches of two frames where the same thing is
    seen: on clips of known motion, each frame made from the photograph itself, and on a still clip
    with sensor noise of that deviation. Anchored: as the extension paints a video."""
    generator = torch.Generator().manual_seed(0)
    figures: dict[str, list[float]] = {name: [] for name in (*MOTIONS, "anchored pan", "noise")}
    for id, vector in with_time_left(vectors.items(), len(vectors), "stability"):
        photograph = bench.own_photograph(id)
        first = painter(photograph, vector)
        for name, (shift, zoom, turn) in MOTIONS.items():
            for step in range(1, frames + 1):
                so_far = step * shift[0], step * shift[1]
                motion = affine(so_far, zoom**step, step * turn)[None]
                seen = between(torch.ones_like(photograph[:, :1]), motion) > 0.999
                frame = fill(between(photograph, motion), photograph, seen)
                second = painter(frame, vector)
                figures[name].append(change(between(first, motion), second, seen))
                if name == "pan":
                    # A motion says where a pixel comes from.
                    moved = [-part * photograph.shape[2] / 2 for part in so_far]
                    second = anchored(painter, frame, vector, moved)
                    figures["anchored pan"].append(change(between(first, motion), second, seen))
        noisy = photograph + noise * torch.randn(photograph.shape, generator=generator)
        second = painter(noisy.clamp(0, 1), vector)
        figures["noise"].append((first - second).abs().mean().item())
    return {name: float(np.mean(values)) for name, values in figures.items()}


def change(expected: Tensor, found: Tensor, seen: Tensor) -> float:
    """Mean absolute difference, 0..1, of two pictures [1,3,H,W] where `seen` [1,1,H,W] is true."""
    return (expected - found).abs().mean(dim=1, keepdim=True)[seen].mean().item()


def anchored(painter: Painter, frame: Tensor, vector: Tensor, moved: list[float]) -> Tensor:
    """The pastiche [1,3,H,W] of a frame of that shape whose scene has moved by so many pixels, right
    and down: painted where the scene lies in squares of 8 px as before (src/engine/worker/stabiliser/grid-anchor.ts).
    """
    x, y = (-round(part) % 8 for part in moved)
    placed = F.pad(frame, (x, 8 - x, y, 8 - y), mode="reflect")
    height, width = frame.shape[2:]
    return painter(placed, vector)[:, :, y : y + height, x : x + width]


def fill(moved: Tensor, still: Tensor, seen: Tensor) -> Tensor:
    """The moved picture, with the still one where nothing was seen: black corners would be a
    motif of their own."""
    return torch.where(seen, moved, still)


def multiply_adds(network: nn.Module, side: int) -> int:
    """Multiply-adds of the convolutions for one content image of side×side pixels."""
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        weight = module.get_parameter("weight")
        # A transposed convolution multiplies at every input position, a plain one at every output.
        positions = inputs[0] if isinstance(module, nn.ConvTranspose2d) else output
        total += weight.numel() * positions.shape[2] * positions.shape[3]

    convolutions = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    handles = [module.register_forward_hook(count) for module in convolutions]
    with torch.no_grad():
        network(torch.zeros(1, 3, side, side), torch.zeros(1, STYLE_DIM, 1, 1))
    for handle in handles:
        handle.remove()
    return total


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def costs(exports: dict[str, Path], benchmarks: Path) -> dict[str, dict[str, float]]:
    """What every network costs: parameters, multiply-adds at 256×256, bytes of its export, and, by the
    last `npm run bench`, milliseconds in onnxruntime-web (Wasm) at 256×256 on one and on two threads, and
    how many times as long Johnson et al.'s takes in the same run. `exports` are files by the names that
    forms.py and the bench have for their networks."""
    measured = json.loads(benchmarks.read_text("utf-8"))["networks"]
    medians = {
        row["name"]: row["summary"]["median"] for row in measured["figures"] + measured["ratios"]
    }
    table: dict[str, dict[str, float]] = {}
    for name, file in exports.items():
        network = FORMS[name]().eval()
        table[name] = {
            "parameters": parameters(network),
            "multiplyAdds": multiply_adds(network, 256),
            "bytes": file.stat().st_size,
        }
        for threads in (1, 2):
            case = f"{name} 256² {threads}t"
            table[name][f"ms {threads}t"] = medians[f"{case}: run"]
            table[name][f"johnson {threads}t"] = medians.get(f"johnson / {case}", 1.0)
    return table
