"""Tables beyond identification: steps that the optimisation needs, unseen paintings, stability and
cost. As in measures.py, each is a function of a `Bench` and a `Painter`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data import held_out, load_image, to_tensor
from forms import FORMS
from gatys import optimise, picture_loss
from measures import Bench, Painter
from motion import affine, between
from network import STYLE_DIM, StyleEncoder
from perceptual_loss import StyleStatistics
from target_statistics import PAINTING_SIDE

LEARNING_RATES = (0.01, 0.02, 0.05)


@dataclass
class GatysCurves:
    """What the optimisation of Gatys et al. reaches by its steps, for every named style on a
    photograph of its own: the total loss after 0, 1, 2 … steps, the best of three learning rates
    (Adam from the photograph). It takes hours of a CPU, and every network is held against it, so
    it is kept in a file."""

    side: int
    photographs: int
    losses: dict[str, list[float]]

    @classmethod
    def prepare(cls, file: Path, bench: Bench, limit: int) -> GatysCurves:
        """Reads the file, or writes it after every style that it lacks. Throws ValueError where it
        is of pictures of another size or of another number of photographs."""
        side, photographs = bench.photographs[0].shape[2], len(bench.photographs)
        curves = cls(side, photographs, {})
        if file.exists():
            curves = cls(**json.loads(file.read_text("utf-8")))
        if (curves.side, curves.photographs) != (side, photographs):
            raise ValueError(
                f"{file} is of {curves.photographs} photographs of {curves.side} px: take another"
            )
        for id in bench.ids:
            if len(curves.losses.get(id, [])) > limit:
                continue
            rates = [curve_at(bench, id, limit, lr) for lr in LEARNING_RATES]
            best = np.minimum.accumulate(np.min(rates, axis=0))
            curves.losses[id] = [float(loss) for loss in best]
            file.write_text(json.dumps(asdict(curves)) + "\n", "utf-8")
            print(f"{id:34} loss {best[0]:6.2f} to {best[-1]:6.2f}", flush=True)
        return curves

    def steps(self, id: str, loss: float) -> int:
        """After how many steps the optimisation is at most at `loss`; one more than it was given
        where it never is."""
        reached = [step for step, value in enumerate(self.losses[id]) if value <= loss]
        return reached[0] if reached else len(self.losses[id])


def curve_at(bench: Bench, id: str, limit: int, lr: float) -> list[float]:
    """Total losses after 0 … `limit` steps of the optimisation at one learning rate."""
    losses: list[float] = []
    with torch.enable_grad():
        optimise(
            bench.own_photograph(id), bench.targets(id), bench.loss_network,
            limit + 1, lr=lr, on_step=lambda _, terms: losses.append(terms["loss"]),
        )  # fmt: skip
    return losses


def gatys_steps(
    bench: Bench, painter: Painter, vectors: dict[str, Tensor], curves: GatysCurves
) -> dict:
    """For every style of `vectors`, how many steps of Gatys et al. reach the network's total loss, as in
    figure 5 of Johnson et al.: the identical loss."""
    styles = {}
    for id, vector in vectors.items():
        photograph = bench.own_photograph(id)
        content = bench.loss_network(photograph)
        pastiche = painter(photograph, vector)
        activations = bench.loss_network(pastiche)
        terms = picture_loss(pastiche, activations, content, bench.targets(id))
        values = {name: value.item() for name, value in terms.items()}
        styles[id] = {**values, "steps": curves.steps(id, values["loss"])}
        print(
            f"{id:34} loss {values['loss']:6.2f}  content {values['content']:6.2f}"
            f"  style {values['style']:7.4f}  steps {styles[id]['steps']}",
            flush=True,
        )
    steps = [row["steps"] for row in styles.values()]
    return {"median": float(np.median(steps)), "styles": styles}


def total_losses(bench: Bench, painter: Painter, vectors: dict[str, Tensor]) -> dict:
    """The total loss that the optimisation of Gatys et al. lowers, and its terms, of the pastiches of all
    photographs: averages for every style of `vectors`, and for all of them."""
    contents = [bench.loss_network(photograph) for photograph in bench.photographs]
    styles = {}
    for id, vector in vectors.items():
        rows = []
        for photograph, content in zip(bench.photographs, contents):
            pastiche = painter(photograph, vector)
            activations = bench.loss_network(pastiche)
            terms = picture_loss(pastiche, activations, content, bench.targets(id))
            rows.append({name: value.item() for name, value in terms.items()})
        styles[id] = averages(rows)
    return {"styles": styles, "overall": averages(list(styles.values()))}


def averages(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


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
    with sensor noise of that deviation. Anchored: as the extension paints a video."""
    generator = torch.Generator().manual_seed(0)
    figures: dict[str, list[float]] = {name: [] for name in (*MOTIONS, "anchored pan", "noise")}
    for id, vector in vectors.items():
        photograph = bench.own_photograph(id)
        first = painter(photograph, vector)
        for name, (shift, zoom, turn) in MOTIONS.items():
            for step in range(1, frames + 1):
                so_far = tuple(step * part for part in shift)
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
    and down: painted where the scene lies in squares of 8 px as before (src/engine/grid-anchor.ts).
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


def costs(exports: dict[str, Path], benchmarks: Path) -> dict[str, dict[str, float]]:
    """What every network costs: parameters, multiply-adds at 256×256, bytes of its export, and, by the
    last `npm run bench`, milliseconds in onnxruntime-web (Wasm) at 256×256 on one and on two threads, and
    how many times as long Johnson et al.'s takes in the same run. `exports` are files by the names that
    forms.py and the bench have for their networks."""
    measured = json.loads(benchmarks.read_text("utf-8"))["networks"]
    medians = {
        row["name"]: row["summary"]["median"] for row in measured["figures"] + measured["ratios"]
    }
    table = {}
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
