"""What a network is measured by: does the style steer, does the picture survive?

Every table is a function of a `Bench` (photographs, paintings and what is known of them, fixed) and
a `Painter` (whatever makes pastiches), so that other networks are measured by the same lines.

Distances are those of the loss network. Which style and which photograph a pastiche is of is said
by a judge, another network than the one that training pleases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .checkpoint import load_trained
from .data import centre_crop, held_out, load_image, named_styles
from .faces import Box, faces, found_again
from .grain import with_still_grain
from .perceptual_loss import (
    JUDGE_FILE,
    JUDGE_LAYERS,
    LossNetwork,
    StyleStatistics,
    content_distances,
    gram_errors,
    tone_errors,
)
from .progress import with_time_left
from .reference import session, superposition_shares
from .style_set import read_style_set

Painter = Callable[[Tensor, Tensor], Tensor]
"""Content image [1,3,H,W] and style input [1,128,1,1] or [1,128,H/8,W/8] to pastiche."""

CONTENT_LAYERS = ("relu2_2", "relu3_3", "relu4_2")
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
SCORED_LAYERS = STYLE_LAYERS[:4]
"""Whose mean is a network's style error."""
LAGS = (8, 16, 24)
"""At which the decoder's cells may repeat, px."""


def onnx_painter(models: Path, file: Path | None = None) -> tuple[Painter, dict[str, Tensor]]:
    """An exported network (`file`, else `models`/pastiche.onnx) and the named styles' inputs
    [1,128,1,1]. A network of one style has no style input and is given none."""
    styles = read_style_set(models)
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


@dataclass(frozen=True)
class Verdict:
    """The named style and the number of the photograph that a pastiche is nearest to."""

    style: str
    photograph: int


@dataclass
class Judge:
    """Tells pastiches' styles by the Gram distance, and their photographs by the cosine of the
    relu3_3 activations [M,256·h·w]: the relative error of the content loss would divide by each
    candidate's own length, and low-contrast ones, near the origin, attract pastiches of others."""

    network: LossNetwork
    ids: list[str]
    statistics: StyleStatistics
    content_features: Tensor

    @classmethod
    def of(
        cls, network: LossNetwork, paintings: dict[str, Tensor], candidates: Sequence[Tensor]
    ) -> Judge:
        """Of style images [1,3,H,W] by id and photographs [1,3,h,w], all of one size, those that
        are painted first."""
        statistics = [StyleStatistics.of(network(p), JUDGE_LAYERS) for p in paintings.values()]
        judged = with_time_left(candidates, len(candidates), "candidates")
        features = torch.cat([content_feature(network(picture)) for picture in judged])
        return cls(network, list(paintings), StyleStatistics.stack(statistics), features)

    def style_distances(self, picture: Tensor) -> Tensor:
        """Gram distances [styles] of one picture: relative Gram errors averaged over layers."""
        return self.distances_of(self.network(picture))

    def distances_of(self, activations: Mapping[str, Tensor]) -> Tensor:
        statistics = StyleStatistics.of(activations, JUDGE_LAYERS)
        return gram_errors(statistics, self.statistics).mean(dim=0)

    def nearest_style(self, picture: Tensor) -> str:
        return self.ids[int(self.style_distances(picture).argmin())]

    def verdict(self, pastiche: Tensor) -> Verdict:
        activations = self.network(pastiche)
        style = self.ids[int(self.distances_of(activations).argmin())]
        likeness = self.content_features @ content_feature(activations)[0]
        return Verdict(style, int(likeness.argmax()))


def content_feature(activations: Mapping[str, Tensor]) -> Tensor:
    """relu3_3 activations as one unit vector [1,C·H·W] of half precision."""
    return F.normalize(activations["relu3_3"].float().flatten(1)).half()


@dataclass
class Bench:
    """What pastiches are held against: the same for every network."""

    loss_network: LossNetwork
    judge: Judge
    photographs: list[Tensor]
    paintings: dict[str, Tensor]
    statistics: StyleStatistics

    @classmethod
    def load(
        cls, data: Path, photographs: int, candidates: int, side: int, dtype: torch.dtype
    ) -> Bench:
        """Held-out photographs as centre crops of side×side pixels, and the named styles at the
        size that training takes their statistics at."""
        paths = held_out(data / "content", max(photographs, candidates))
        crops = [centre_crop(load_image(path), side) for path in paths]
        judge = LossNetwork.load(data, dtype, JUDGE_LAYERS, JUDGE_FILE)
        loss_network = LossNetwork.load(data, dtype, (*STYLE_LAYERS, *CONTENT_LAYERS))
        paintings = named_styles(data)
        return cls.of(loss_network, judge, crops, crops[:photographs], paintings)

    @classmethod
    def of(
        cls,
        loss_network: LossNetwork,
        judge: LossNetwork,
        candidates: list[Tensor],
        photographs: list[Tensor],
        paintings: dict[str, Tensor],
    ) -> Bench:
        """`candidates`: the photographs [1,3,H,W], and others that they are told from."""
        statistics = [
            StyleStatistics.of(loss_network(image), STYLE_LAYERS)
            for image in with_time_left(paintings.values(), len(paintings), "paintings")
        ]
        return cls(
            loss_network, Judge.of(judge, paintings, candidates), photographs, paintings,
            StyleStatistics.stack(statistics),
        )  # fmt: skip

    @property
    def ids(self) -> list[str]:
        return list(self.paintings)

    def targets(self, id: str) -> StyleStatistics:
        """Statistics [1,…] of one named style."""
        index = self.ids.index(id)
        return self.statistics.each(lambda values: values[index : index + 1])

    def own_photograph(self, id: str) -> Tensor:
        """The photograph that a style is measured on where one must do: the next for each."""
        return self.photographs[self.ids.index(id) % len(self.photographs)]


def autocorrelation_heights(picture: Tensor) -> list[float]:
    """How much higher the autocorrelation of a picture's [1,3,H,W] lightness is at each of LAGS
    than at 4 px less and more, along rows and columns on average: a pattern printed into cells
    stands out there, a smooth picture's does not."""
    lightness = picture.mean(dim=1, keepdim=True)
    detail = lightness - F.avg_pool2d(lightness, 33, 1, 16, count_include_pad=False)

    def correlation(lag: int) -> float:
        down = F.cosine_similarity(detail[:, :, lag:].flatten(), detail[:, :, :-lag].flatten(), 0)
        across = F.cosine_similarity(detail[..., lag:].flatten(), detail[..., :-lag].flatten(), 0)
        return (down + across).item() / 2

    known = {lag: correlation(lag) for lag in range(LAGS[0] - 4, LAGS[-1] + 5, 4)}
    return [known[lag] - (known[lag - 4] + known[lag + 4]) / 2 for lag in LAGS]


@dataclass(frozen=True)
class Figures:
    """What one pastiche is worth, by figure, and the style that the judge takes it for."""

    numbers: dict[str, float]
    taken_for: str


def figures_of(bench: Bench, id: str, photograph: int, pastiche: Tensor) -> Figures:
    """Of a photograph, by its number, in a named style."""
    activations = bench.loss_network(pastiche)
    content = bench.loss_network(bench.photographs[photograph])
    verdict = bench.judge.verdict(pastiche)
    statistics = StyleStatistics.of(activations, STYLE_LAYERS)
    gram = gram_errors(statistics, bench.targets(id))[:, 0].tolist()
    heights = zip(autocorrelation_heights(pastiche), autocorrelation_heights(bench.paintings[id]))
    numbers = {
        "style": float(verdict.style == id),
        "own": float(verdict.photograph == photograph),
        **{
            f"content {layer}": content_distances(
                activations[layer].float(), content[layer].float()
            ).item()
            for layer in CONTENT_LAYERS
        },
        **{f"gram {layer}": error for layer, error in zip(STYLE_LAYERS, gram)},
        "gram": float(np.mean(gram[: len(SCORED_LAYERS)])),
        "tone": tone_errors(pastiche, bench.photographs[photograph]).item(),
        **{f"repeats {lag}": own - painting for lag, (own, painting) in zip(LAGS, heights)},
    }
    return Figures(numbers, verdict.style)


def means(rows: list[dict[str, float]]) -> dict[str, float]:
    """The mean of every figure over rows that have the same ones."""
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


class Identification(TypedDict):
    """Figures by style, and over all; what else pastiches in a style were taken for, how often."""

    photographs: int
    styles: dict[str, dict[str, float]]
    takenFor: dict[str, dict[str, int]]
    overall: dict[str, float]


def identification(bench: Bench, painter: Painter, vectors: dict[str, Tensor]) -> Identification:
    """Every photograph in every style of `vectors`."""
    styles, taken_for = {}, {}
    for id, vector in with_time_left(vectors.items(), len(vectors), "styles"):
        rows = [
            figures_of(bench, id, number, painter(photograph, vector))
            for number, photograph in enumerate(bench.photographs)
        ]
        others = Counter(row.taken_for for row in rows if row.taken_for != id)
        styles[id] = means([row.numbers for row in rows])
        taken_for[id] = dict(others.most_common())
    return {
        "photographs": len(bench.photographs),
        "styles": styles,
        "takenFor": taken_for,
        "overall": means(list(styles.values())),
    }


def photographs_with_faces(data: Path, side: int) -> list[tuple[Tensor, list[Box]]]:
    """Held-out photographs as centre crops of side×side pixels, and the faces in them."""
    paths = held_out(data / "content")
    known = []
    for path in with_time_left(paths, len(paths), "photographs that may have faces"):
        crop = centre_crop(load_image(path), side)
        if boxes := faces(crop):
            known.append((crop, boxes))
    return known


class FacesAgain(TypedDict):
    """How many faces the photographs have, and how many of them were found again by style."""

    faces: int
    styles: dict[str, int]


def faces_again(
    known: list[tuple[Tensor, list[Box]]], painter: Painter, vectors: dict[str, Tensor]
) -> FacesAgain:
    """How many of the photographs' faces are found again in their pastiches, by style."""
    styles = {
        id: sum(found_again(boxes, painter(crop, vector)) for crop, boxes in known)
        for id, vector in with_time_left(vectors.items(), len(vectors), "faces")
    }
    return {"faces": sum(len(boxes) for _, boxes in known), "styles": styles}


def random_pairs(ids: list[str], count: int) -> list[tuple[str, str]]:
    """Pairs of different styles, fixed by a seed."""
    rng = np.random.default_rng(0)
    chosen = [rng.choice(len(ids), 2, replace=False) for _ in range(count)]
    return [(ids[first], ids[second]) for first, second in chosen]


# As a call, since "from" is no name of a field.
MixingCase = TypedDict(
    "MixingCase",
    {"from": str, "to": str, "distances": list[list[float]], "monotonous": bool, "even": bool},
)


class Mixing(TypedDict):
    """Shares of the pairs, 0..1, and the pairs."""

    monotonous: float
    even: float
    cases: list[MixingCase]


def mixing(bench: Bench, painter: Painter, vectors: dict[str, Tensor], pairs: int) -> Mixing:
    """Along weights 0, 0.25 … 1 from one style to another: does every step lead away from the first and
    towards the second, and how much of the whole way does it cover?

    Distances here are roots of the judge's Gram distance: a picture whose Gram matrices moved at an
    even pace would cover 6, 19, 31 and 44 % of the squared way.
    """
    cases: list[MixingCase] = []
    chosen = random_pairs(list(vectors), pairs)
    for number, (first, second) in enumerate(with_time_left(chosen, pairs, "mixing")):
        photograph = bench.photographs[number % len(bench.photographs)]
        ends = [bench.ids.index(first), bench.ids.index(second)]
        way = []
        for share in (0, 0.25, 0.5, 0.75, 1):
            from_first, from_second = superposition_shares([1 - share, share])
            style = from_first * vectors[first] + from_second * vectors[second]
            way.append(bench.judge.style_distances(painter(photograph, style))[ends].sqrt())
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


class RegionsCase(TypedDict):
    """The styles asked for on the left and on the right, and those that the judge found."""

    asked: list[str]
    found: list[str]


class Regions(TypedDict):
    """The share of halves, 0..1, that identify as their own, and the pairs."""

    identification: float
    cases: list[RegionsCase]


def regions(bench: Bench, painter: Painter, vectors: dict[str, Tensor], pairs: int) -> Regions:
    """With a style map of two halves: does each half identify as its own style? A strip of 16
    pixels on either side of the border belongs to neither."""
    cases: list[RegionsCase] = []
    chosen = random_pairs(list(vectors), pairs)
    for number, (left, right) in enumerate(with_time_left(chosen, pairs, "regions")):
        photograph = bench.photographs[number % len(bench.photographs)]
        height, width = photograph.shape[2:]
        middle = width // 16
        style = vectors[left].repeat(1, 1, height // 8, width // 8)
        style[:, :, :, middle:] = vectors[right]
        pastiche = painter(photograph, style)
        halves = pastiche[..., : middle * 8 - 16], pastiche[..., middle * 8 + 16 :]
        found = [bench.judge.nearest_style(half) for half in halves]
        cases.append({"asked": [left, right], "found": found})
    right_ones = [a == f for case in cases for a, f in zip(case["asked"], case["found"])]
    return {"identification": float(np.mean(right_ones)), "cases": cases}
