"""What a network is measured by: does the style steer, does the picture survive?

Every table is a function of a `Bench` (photographs, paintings and their statistics, fixed) and a
`Painter` (whatever makes pastiches), so that other networks and the optimisation of Gatys et al.
are measured by the same lines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from checkpoint import load_trained
from data import centre_crop, held_out, load_image, named_styles
from gatys import optimise
from grain import with_still_grain
from perceptual_loss import (
    STYLE_LAYERS,
    LossNetwork,
    StyleStatistics,
    content_errors,
    gram_errors,
    tone_errors,
)
from reference import session, superposition_shares

Painter = Callable[[Tensor, Tensor], Tensor]
"""Content image [1,3,H,W] and style input [1,128,1,1] or [1,128,H/8,W/8] to pastiche."""


def onnx_painter(
    models: Path, file: Path | None = None
) -> tuple[Painter, dict[str, Tensor]]:
    """An exported network (`file`, else `models`/pastiche.onnx) and the named styles' inputs
    [1,128,1,1]. A network of one style has no style input and is given none."""
    styles = json.loads((models / "styles.json").read_text("utf-8"))
    network = session(file or models / "pastiche.onnx", styles["styleSpace"])
    names = {node.name for node in network.get_inputs()}

    def paint(content: Tensor, style: Tensor) -> Tensor:
        inputs = {"content": content.numpy(), "style": style.contiguous().numpy()}
        return torch.from_numpy(network.run(None, {k: inputs[k] for k in names})[0])

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


def of_stills(painter: Painter) -> Painter:
    """Paints as the engine paints still pictures: with grain."""
    return lambda content, style: painter(with_still_grain(content), style)


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
    ) -> Bench:
        """Held-out photographs as centre crops of side×side pixels, and the named styles at the
        size that training takes their statistics at."""
        loss_network = LossNetwork.load(data, dtype)
        paths = held_out(data / "content", max(photographs, candidates))
        crops = [centre_crop(load_image(path), side) for path in paths]
        paintings = named_styles(data)
        statistics = StyleStatistics.stack(
            [StyleStatistics.of(loss_network(image)) for image in paintings.values()]
        )
        features = torch.cat([content_feature(loss_network(crop)) for crop in crops])
        return cls(loss_network, crops[:photographs], paintings, statistics, features)

    @property
    def ids(self) -> list[str]:
        return list(self.paintings)

    def targets(self, id: str) -> StyleStatistics:
        """Statistics [1,…] of one named style."""
        share = F.one_hot(torch.tensor([self.ids.index(id)]), len(self.ids)).float()
        return self.statistics.mixture(share)

    def own_photograph(self, id: str) -> Tensor:
        """The photograph that a style is measured on where one must do: the next for each."""
        return self.photographs[self.ids.index(id) % len(self.photographs)]

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
    tone: list[float] = field(default_factory=list)
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
        self.tone.append(tone_errors(pastiche, bench.photographs[photograph]).item())
        index = bench.ids.index(style)
        self.gram.append(gram_errors(statistics, bench.statistics)[:, index].tolist())

    def figures(self) -> dict:
        return {
            "styleIdentification": float(np.mean(self.found)),
            "contentIdentification": float(np.mean(self.own_photograph)),
            "content": float(np.mean(self.content)),
            "tone": float(np.mean(self.tone)),
            "gram": dict(zip(STYLE_LAYERS, np.mean(self.gram, axis=0).tolist())),
            "takenFor": dict(self.taken_for.most_common()),
        }


def overall(styles: dict[str, dict]) -> dict:
    """Means over the styles, which all have as many photographs."""
    rows = list(styles.values())
    keys = ("styleIdentification", "contentIdentification", "content", "tone")
    means = {key: float(np.mean([row[key] for row in rows])) for key in keys}
    gram = {k: float(np.mean([row["gram"][k] for row in rows])) for k in STYLE_LAYERS}
    return {**means, "gram": gram}


def identification(bench: Bench, painter: Painter, vectors: dict[str, Tensor]) -> dict:
    """Every photograph in every style of `vectors`: is the nearest named style, by Gram distance,
    the one asked for, and the nearest photograph, at relu3_3, its own?"""
    rows = {id: StyleRow() for id in vectors}
    for index, photograph in enumerate(bench.photographs):
        target = bench.loss_network(photograph)
        for id, row in rows.items():
            row.add(bench, id, index, target, painter(photograph, vectors[id]))
    styles = {id: row.figures() for id, row in rows.items()}
    return {"photographs": len(bench.photographs), "styles": styles, "overall": overall(styles)}


def gatys_identification(
    bench: Bench, ids: Iterable[str], steps: int, photographs: int, lr: float
) -> dict:
    """The same figures for the optimisation of Gatys et al. in these styles: the ceiling."""
    rows = {id: StyleRow() for id in ids}
    for index, photograph in enumerate(bench.photographs[:photographs]):
        content_target = bench.loss_network(photograph)
        for id, row in rows.items():
            targets = bench.targets(id)
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
    """Along weights 0, 0.25 … 1 from one style to another: does every step lead away from the first and
    towards the second, and how much of the whole way does it cover?

    Distances here are roots of the Gram distance: a picture whose Gram matrices moved at an even
    pace would cover 6, 19, 31 and 44 % of the squared way.
    """
    cases = []
    for number, (first, second) in enumerate(random_pairs(list(vectors), pairs)):
        photograph = bench.photographs[number % len(bench.photographs)]
        ends = [bench.ids.index(first), bench.ids.index(second)]
        way = []
        for share in (0, 0.25, 0.5, 0.75, 1):
            from_first, from_second = superposition_shares([1 - share, share])
            style = from_first * vectors[first] + from_second * vectors[second]
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
    for number, (left, right) in enumerate(random_pairs(list(vectors), pairs)):
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
