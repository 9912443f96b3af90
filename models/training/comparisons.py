"""Tables beyond identification: steps that the optimisation needs, unseen paintings, stability and
cost. As in measures.py, each is a function of a `Bench` and a `Painter`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data import held_out, load_image, to_tensor
from gatys import optimise, picture_loss
from measures import Bench, Painter
from motion import affine, between
from network import STYLE_DIM, StyleEncoder
from perceptual_loss import StyleStatistics
from target_statistics import PAINTING_SIDE

LEARNING_RATES = (0.01, 0.02, 0.05)


class Reached(Exception):
    """Raised out of the optimisation when it is as good as the network."""


def steps_to_reach(
    bench: Bench, photograph: Tensor, targets: StyleStatistics, loss: float, limit: int, lr: float
) -> int | None:
    """After how many steps the optimisation's total loss is at most `loss`; None if not within
    `limit`."""
    reached: list[int] = []

    def watch(step: int, terms: dict[str, float]) -> None:
        if terms["loss"] <= loss:
            reached.append(step)
            raise Reached

    try:
        with torch.enable_grad():
            optimise(photograph, targets, bench.loss_network, limit, lr=lr, on_step=watch)
    except Reached:
        return reached[0]
    return None


def gatys_steps(bench: Bench, painter: Painter, vectors: dict[str, Tensor], limit: int) -> dict:
    """For every named style, how many steps of Gatys et al. reach the network's total loss, as in
    figure 5 of Johnson et al.: the same loss, Adam from the photograph, the best of three learning
    rates. A style's photograph is the next of the bench's; `limit` + 1 where no rate gets there."""
    styles = {}
    for number, id in enumerate(bench.ids):
        photograph = bench.photographs[number % len(bench.photographs)]
        targets = bench.statistics.mixture(
            F.one_hot(torch.tensor([number]), len(bench.ids)).float()
        )
        content = bench.loss_network(photograph)
        pastiche = painter(photograph, vectors[id])
        terms = picture_loss(pastiche, bench.loss_network(pastiche), content, targets)
        loss, best = terms["loss"].item(), limit + 1
        for lr in LEARNING_RATES:
            steps = steps_to_reach(bench, photograph, targets, loss, best - 1, lr)
            best = best if steps is None else steps
        styles[id] = {"loss": loss, "style": terms["style"].item(), "steps": best}
        print(f"{id:34} loss {loss:6.2f}  steps {best}", flush=True)
    steps = [row["steps"] for row in styles.values()]
    return {"limit": limit, "median": float(np.median(steps)), "styles": styles}


def unseen_paintings(
    bench: Bench, painter: Painter, encoder: StyleEncoder, data: Path, count: int, group: int = 12
) -> dict:
    """Style identification for paintings that training never saw, `group` at a time among
    themselves, and content identification; photographs in turn."""
    paths = held_out(data / "paintings", count)
    images = [to_tensor(load_image(path, PAINTING_SIDE)) for path in paths]
    found, own = [], []
    for start in range(0, len(images) - group + 1, group):
        chosen = images[start : start + group]
        statistics = StyleStatistics.stack(
            [StyleStatistics.of(bench.loss_network(image)) for image in chosen]
        )
        among = Bench(
            bench.loss_network, bench.photographs,
            {str(number): image for number, image in enumerate(chosen)},
            statistics, bench.content_features,
        )  # fmt: skip
        for number, image in enumerate(chosen):
            photograph = (start + number) % len(bench.photographs)
            pastiche = painter(bench.photographs[photograph], encoder(image)[:, :, None, None])
            activations = bench.loss_network(pastiche)
            found.append(among.nearest_style(StyleStatistics.of(activations)) == str(number))
            own.append(bench.nearest_photograph(activations) == photograph)
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
) -> dict:
    """Mean absolute change, 0..1, between the pastiches of two frames where the same thing is
    seen: on clips of known motion, each frame made from the photograph itself, and on a still clip
    with sensor noise of that deviation. A style's photograph is the next of the bench's."""
    generator = torch.Generator().manual_seed(0)
    figures: dict[str, list[float]] = {name: [] for name in (*MOTIONS, "noise")}
    for number, id in enumerate(bench.ids):
        photograph = bench.photographs[number % len(bench.photographs)]
        first = painter(photograph, vectors[id])
        for name, (shift, zoom, turn) in MOTIONS.items():
            for step in range(1, frames + 1):
                so_far = tuple(step * part for part in shift)
                motion = affine(so_far, zoom**step, step * turn)[None]
                seen = between(torch.ones_like(photograph[:, :1]), motion) > 0.999
                second = painter(fill(between(photograph, motion), photograph, seen), vectors[id])
                change = (between(first, motion) - second).abs().mean(dim=1, keepdim=True)
                figures[name].append(change[seen].mean().item())
        noisy = photograph + noise * torch.randn(photograph.shape, generator=generator)
        second = painter(noisy.clamp(0, 1), vectors[id])
        figures["noise"].append((first - second).abs().mean().item())
    return {name: float(np.mean(values)) for name, values in figures.items()}


def fill(moved: Tensor, still: Tensor, seen: Tensor) -> Tensor:
    """The moved picture, with the still one where nothing was seen: black corners would be a
    motif of their own."""
    return torch.where(seen, moved, still)


def multiply_adds(network: nn.Module, side: int) -> int:
    """Multiply-adds of the convolutions for one content image of side×side pixels."""
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        weight = module.weight
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
