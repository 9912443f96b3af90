"""Measures a network on held-out photographs: does the style steer, does the picture survive?

    python evaluate.py --data DIR --models models/ --sheet sheet.png --json figures.json
    python evaluate.py --data DIR --checkpoint checkpoint.pt --gatys 100 --mixing 20 --regions 20

Every table is a function of a `Bench` (photographs, paintings and their statistics, fixed) and a
`Painter` (whatever makes pastiches), so that other networks and the optimisation of Gatys et al.
are measured by the same lines.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from checkpoint import load_trained
from data import centre_crop, held_out, load_image, named_styles
from draw_content import PICTURES
from gatys import optimise
from perceptual_loss import (
    STYLE_LAYERS,
    LossNetwork,
    StyleStatistics,
    content_errors,
    gram_errors,
)
from reference import session

Painter = Callable[[Tensor, Tensor], Tensor]
"""Content image [1,3,H,W] and style input [1,128,1,1] or [1,128,H/8,W/8] to pastiche."""


def onnx_painter(models: Path) -> tuple[Painter, dict[str, Tensor]]:
    """The exported network and the named styles' inputs [1,128,1,1]."""
    styles = json.loads((models / "styles.json").read_text("utf-8"))
    network = session(models / "pastiche.onnx", styles["styleSpace"])

    def paint(content: Tensor, style: Tensor) -> Tensor:
        inputs = {"content": content.numpy(), "style": style.contiguous().numpy()}
        return torch.from_numpy(network.run(None, inputs)[0])

    vectors = {s["id"]: torch.tensor(s["vector"])[None, :, None, None] for s in styles["styles"]}
    return paint, vectors


def checkpoint_painter(
    checkpoint: Path, paintings: dict[str, Tensor]
) -> tuple[Painter, dict[str, Tensor]]:
    """A checkpoint's averaged network and its own encoder's style inputs [1,128,1,1]."""
    trained = load_trained(checkpoint)
    print(f"{checkpoint}: step {trained.step}, style space {trained.style_space}")
    vectors = {id: trained.encoder(image)[:, :, None, None] for id, image in paintings.items()}
    return trained.network, vectors


@dataclass
class Bench:
    """What pastiches are held against: the same for every network.

    Content features are relu3_3 activations [M,256·h·w], scaled to length 1, of all candidate
    photographs; the photographs that are painted come first among them.
    """

    loss_network: LossNetwork
    photographs: list[Tensor]
    paintings: dict[str, Tensor]
    statistics: StyleStatistics
    content_features: Tensor

    @classmethod
    def load(
        cls,
        data: Path,
        photographs: int,
        candidates: int,
        side: int,
        dtype: torch.dtype,
        ids: list[str] | None = None,
    ) -> Bench:
        """Held-out photographs as centre crops of side×side pixels, and the named styles at the
        size that training takes their statistics at. Throws KeyError for an unknown style id."""
        loss_network = LossNetwork.load(data, dtype)
        paths = held_out(data / "content", max(photographs, candidates))
        crops = [centre_crop(load_image(path), side) for path in paths]
        paintings = named_styles(data)
        if ids:
            paintings = {id: paintings[id] for id in ids}
        statistics = StyleStatistics.stack(
            [StyleStatistics.of(loss_network(image)) for image in paintings.values()]
        )
        features = torch.cat([content_feature(loss_network(crop)) for crop in crops])
        return cls(loss_network, crops[:photographs], paintings, statistics, features)

    @property
    def ids(self) -> list[str]:
        return list(self.paintings)

    def style_distances(self, statistics: StyleStatistics) -> Tensor:
        """Gram distances [styles] of one picture: relative Gram errors averaged over layers."""
        return gram_errors(statistics, self.statistics).mean(dim=0)

    def nearest_style(self, statistics: StyleStatistics) -> str:
        return self.ids[int(self.style_distances(statistics).argmin())]

    def nearest_photograph(self, activations: dict[str, Tensor]) -> int:
        return int((self.content_features @ content_feature(activations)[0].half()).argmax())


def content_feature(activations: dict[str, Tensor]) -> Tensor:
    """relu3_3 activations as one unit vector [1,C·H·W] of half precision.

    Photographs are compared by its cosine: the relative error of the content loss divides by each
    candidate's own length, so that low-contrast photographs, near the origin, would attract
    pastiches of others.
    """
    return F.normalize(activations["relu3_3"].flatten(1)).half()


@dataclass
class StyleRow:
    """Figures of one named style over the photographs."""

    found: list[bool] = field(default_factory=list)
    own_photograph: list[bool] = field(default_factory=list)
    content: list[float] = field(default_factory=list)
    gram: list[list[float]] = field(default_factory=list)
    taken_for: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        bench: Bench,
        style: str,
        photograph: int,
        content_target: dict[str, Tensor],
        pastiche: Tensor,
    ) -> None:
        activations = bench.loss_network(pastiche)
        statistics = StyleStatistics.of(activations)
        nearest = bench.nearest_style(statistics)
        self.found.append(nearest == style)
        if nearest != style:
            self.taken_for[nearest] += 1
        self.own_photograph.append(bench.nearest_photograph(activations) == photograph)
        self.content.append(content_errors(activations, content_target).item())
        index = bench.ids.index(style)
        self.gram.append(gram_errors(statistics, bench.statistics)[:, index].tolist())

    def figures(self) -> dict:
        return {
            "styleIdentification": float(np.mean(self.found)),
            "contentIdentification": float(np.mean(self.own_photograph)),
            "content": float(np.mean(self.content)),
            "gram": dict(zip(STYLE_LAYERS, np.mean(self.gram, axis=0).tolist())),
            "takenFor": dict(self.taken_for.most_common()),
        }


def overall(styles: dict[str, dict]) -> dict:
    """Means over the styles, which all have as many photographs."""
    rows = list(styles.values())
    keys = ("styleIdentification", "contentIdentification", "content")
    means = {key: float(np.mean([row[key] for row in rows])) for key in keys}
    gram = {k: float(np.mean([row["gram"][k] for row in rows])) for k in STYLE_LAYERS}
    return {**means, "gram": gram}


def identification(bench: Bench, painter: Painter, vectors: dict[str, Tensor]) -> dict:
    """Every photograph in every style: is the nearest named style, by Gram distance, the one
    asked for, and the nearest photograph, at relu3_3, its own?"""
    rows = {id: StyleRow() for id in bench.ids}
    for index, photograph in enumerate(bench.photographs):
        target = bench.loss_network(photograph)
        for id, row in rows.items():
            row.add(bench, id, index, target, painter(photograph, vectors[id]))
    styles = {id: row.figures() for id, row in rows.items()}
    return {"photographs": len(bench.photographs), "styles": styles, "overall": overall(styles)}


def gatys_identification(bench: Bench, steps: int, photographs: int, lr: float) -> dict:
    """The same figures for the optimisation of Gatys et al.: the ceiling."""
    rows = {id: StyleRow() for id in bench.ids}
    for index, photograph in enumerate(bench.photographs[:photographs]):
        content_target = bench.loss_network(photograph)
        for number, (id, row) in enumerate(rows.items()):
            targets = bench.statistics.mixture(F.one_hot(torch.tensor([number]), len(rows)).float())
            with torch.enable_grad():
                pastiche = optimise(photograph, targets, bench.loss_network, steps, lr=lr)
            row.add(bench, id, index, content_target, pastiche)
    styles = {id: row.figures() for id, row in rows.items()}
    return {
        "photographs": min(photographs, len(bench.photographs)),
        "steps": steps,
        "styles": styles,
        "overall": overall(styles),
    }


def random_pairs(ids: list[str], count: int) -> list[tuple[str, str]]:
    """Pairs of different styles, fixed by a seed."""
    rng = np.random.default_rng(0)
    return [tuple(rng.choice(ids, 2, replace=False).tolist()) for _ in range(count)]


def mixing(bench: Bench, painter: Painter, vectors: dict[str, Tensor], pairs: int) -> dict:
    """Along 0, 0.25 … 1 from one style to another: does every step lead away from the first and
    towards the second, and how much of the whole way does it cover?

    Distances here are roots of the Gram distance: a picture whose Gram matrices moved at an even
    pace would cover 6, 19, 31 and 44 % of the squared way.
    """
    cases = []
    for number, (first, second) in enumerate(random_pairs(bench.ids, pairs)):
        photograph = bench.photographs[number % len(bench.photographs)]
        ends = [bench.ids.index(first), bench.ids.index(second)]
        way = []
        for share in (0, 0.25, 0.5, 0.75, 1):
            style = (1 - share) * vectors[first] + share * vectors[second]
            statistics = StyleStatistics.of(bench.loss_network(painter(photograph, style)))
            way.append(bench.style_distances(statistics)[ends].sqrt())
        steps = torch.stack(way).diff(dim=0) * torch.tensor([1.0, -1.0])
        shares = steps / steps.sum(dim=0)
        cases.append(
            {
                "from": first,
                "to": second,
                "distances": torch.stack(way).tolist(),
                "monotonous": bool((steps > 0).all()),
                "even": bool(((shares >= 0.1) & (shares <= 0.45)).all()),
            }
        )
    return {
        "monotonous": float(np.mean([case["monotonous"] for case in cases])),
        "even": float(np.mean([case["even"] for case in cases])),
        "cases": cases,
    }


def regions(bench: Bench, painter: Painter, vectors: dict[str, Tensor], pairs: int) -> dict:
    """With a style map of two halves: does each half identify as its own style? A strip of 16
    pixels on either side of the border belongs to neither."""
    cases = []
    for number, (left, right) in enumerate(random_pairs(bench.ids, pairs)):
        photograph = bench.photographs[number % len(bench.photographs)]
        height, width = photograph.shape[2:]
        middle = width // 16
        style = vectors[left].repeat(1, 1, height // 8, width // 8)
        style[:, :, :, middle:] = vectors[right]
        pastiche = painter(photograph, style)
        halves = pastiche[..., : middle * 8 - 16], pastiche[..., middle * 8 + 16 :]
        found = [
            bench.nearest_style(StyleStatistics.of(bench.loss_network(half))) for half in halves
        ]
        cases.append({"asked": [left, right], "found": found})
    right_ones = [a == f for case in cases for a, f in zip(case["asked"], case["found"])]
    return {"identification": float(np.mean(right_ones)), "cases": cases}


def to_image(tensor: Tensor, side: int | None = None) -> Image.Image:
    """[1,3,H,W], 0..1, to a picture; its middle square of `side` pixels where that is given."""
    pixels = (tensor[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
    image = Image.fromarray(pixels)
    if side is None:
        return image
    square = min(image.size)
    left, top = (image.width - square) // 2, (image.height - square) // 2
    box = (left, top, left + square, top + square)
    return image.resize((side, side), Image.Resampling.LANCZOS, box)


def contact_sheet(
    painter: Painter,
    vectors: dict[str, Tensor],
    paintings: dict[str, Tensor],
    contents: list[Tensor],
    tile: int,
    columns: int,
) -> Image.Image:
    """Contents × styles in bands of `columns` styles: the paintings in a band's first row, the
    originals in its first column, the styles' ids above."""
    ids = list(paintings)
    bands = [ids[i : i + columns] for i in range(0, len(ids), columns)]
    gap, label = 4, 18
    step = tile + gap
    band_height = label + (1 + len(contents)) * step + gap
    size = ((1 + min(columns, len(ids))) * step + gap, len(bands) * band_height)
    sheet = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for number, band in enumerate(bands):
        top = number * band_height + label
        for row, content in enumerate(contents, start=1):
            sheet.paste(to_image(content, tile), (gap, top + row * step))
        for column, id in enumerate(band, start=1):
            left = gap + column * step
            draw.text((left, top - label + 2), id[: tile // 6], "black", font)
            sheet.paste(to_image(paintings[id], tile), (left, top))
            for row, content in enumerate(contents, start=1):
                pastiche = painter(content, vectors[id])
                sheet.paste(to_image(pastiche, tile), (left, top + row * step))
    return sheet


def print_identification(title: str, table: dict) -> None:
    print(f"\n{title}, {table['photographs']} photographs")
    layers = "".join(f"{layer:>9}" for layer in STYLE_LAYERS)
    print(f"{'':34}{'style':>7}{'content':>9}{'error':>8}{layers}  taken for")
    rows = {**table["styles"], "all": table["overall"]}
    for id, row in rows.items():
        gram = "".join(f"{row['gram'][layer]:9.3f}" for layer in STYLE_LAYERS)
        others = ", ".join(f"{k} {n}" for k, n in row.get("takenFor", {}).items())
        shares = f"{row['styleIdentification']:7.0%}{row['contentIdentification']:9.0%}"
        print(f"{id:34}{shares}{row['content']:8.2f}{gram}  {others}")


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, help="folder of the exported models")
    parser.add_argument("--checkpoint", type=Path, help="measured instead of exported models")
    parser.add_argument("--photographs", type=int, default=6)
    parser.add_argument("--candidates", type=int, default=24,
                        help="held-out photographs that a pastiche's own is told from")  # fmt: skip
    parser.add_argument("--side", type=int, default=256, help="of the pastiches, px")
    parser.add_argument("--styles", nargs="+", metavar="ID", help="named styles; all of them")
    parser.add_argument("--mixing", type=int, default=0, metavar="PAIRS")
    parser.add_argument("--regions", type=int, default=0, metavar="PAIRS")
    parser.add_argument("--gatys", type=int, default=0, metavar="STEPS")
    parser.add_argument("--gatys-photographs", type=int, default=2)
    parser.add_argument("--gatys-lr", type=float, default=0.02)
    parser.add_argument("--bf16", action="store_true", help="loss network in bfloat16")
    parser.add_argument("--sheet", type=Path, help="contact sheet of the photographs, PNG")
    parser.add_argument("--drawn", action="store_true", help="sheet of our own drawings instead")
    parser.add_argument("--tile", type=int, default=192, help="of the sheet, px")
    parser.add_argument("--columns", type=int, default=5, help="of the sheet, in styles")
    parser.add_argument("--json", type=Path, help="all figures")
    a = parser.parse_args()
    if not a.models and not a.checkpoint:
        parser.error("--models or --checkpoint is needed")

    started = time.monotonic()
    dtype = torch.bfloat16 if a.bf16 else torch.float32
    bench = Bench.load(a.data, a.photographs, a.candidates, a.side, dtype, a.styles)
    if a.checkpoint:
        painter, vectors = checkpoint_painter(a.checkpoint, bench.paintings)
    else:
        painter, vectors = onnx_painter(a.models)
    figures = {"side": a.side, "candidates": len(bench.content_features)}
    if a.photographs:
        figures["identification"] = identification(bench, painter, vectors)
        print_identification("Network", figures["identification"])
    if a.mixing:
        figures["mixing"] = table = mixing(bench, painter, vectors, a.mixing)
        print(f"\nMixing, {a.mixing} pairs: {table['monotonous']:.0%} move monotonously,"
              f" {table['even']:.0%} by 10 to 45 % of the way at every step")  # fmt: skip
    if a.regions:
        figures["regions"] = table = regions(bench, painter, vectors, a.regions)
        print(f"\nRegions, {a.regions} pairs: {table['identification']:.0%} of halves identify"
              " as their own style")  # fmt: skip
    if a.gatys:
        figures["gatys"] = gatys_identification(bench, a.gatys, a.gatys_photographs, a.gatys_lr)
        print_identification(f"Gatys, {a.gatys} steps", figures["gatys"])
    if a.sheet:
        contents = bench.photographs
        if a.drawn:
            contents = [centre_crop(draw(512), max(a.side, a.tile)) for draw in PICTURES.values()]
        sheet = contact_sheet(painter, vectors, bench.paintings, contents, a.tile, a.columns)
        sheet.save(a.sheet)
    if a.json:
        a.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(f"\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
