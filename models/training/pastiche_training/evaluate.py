"""Measures a network on held-out photographs and paintings, and draws contact sheets.

python -m pastiche_training.evaluate --data DIR --models models/ --sheet sheet.png --json figures.json
python -m pastiche_training.evaluate --data DIR --checkpoint checkpoint.pt --mixing 20 --regions 20 --faces
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from .checkpoint import load_trained
from .comparisons import costs, stability, unseen_paintings
from .data import centre_crop
from .draw_content import PICTURES
from .measures import (
    CONTENT_LAYERS,
    LAGS,
    STYLE_LAYERS,
    Bench,
    FacesAgain,
    Identification,
    Painter,
    checkpoint_painter,
    faces_again,
    identification,
    mixing,
    of_stills,
    onnx_painter,
    photographs_with_faces,
    regions,
)
from .progress import with_time_left

ROOT = Path(__file__).resolve().parents[3]


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
    """Contents × styles in bands of `columns` styles: the paintings in a band's first row, if they
    are given, the originals in its first column, the styles' ids above."""
    ids = list(vectors)
    bands = [ids[i : i + columns] for i in range(0, len(ids), columns)]
    gap, label = 4, 18
    step = tile + gap
    first = 1 if paintings else 0
    band_height = label + (first + len(contents)) * step + gap
    size = ((1 + min(columns, len(ids))) * step + gap, len(bands) * band_height)
    sheet = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for number, band in enumerate(with_time_left(bands, len(bands), "bands of the sheet")):
        top = number * band_height + label
        for row, content in enumerate(contents, start=first):
            sheet.paste(to_image(content, tile), (gap, top + row * step))
        for column, id in enumerate(band, start=1):
            left = gap + column * step
            draw.text((left, top - label + 2), id[: tile // 6], "black", font)
            if paintings:
                sheet.paste(to_image(paintings[id], tile), (left, top))
            for row, content in enumerate(contents, start=first):
                pastiche = painter(content, vectors[id])
                sheet.paste(to_image(pastiche, tile), (left, top + row * step))
    return sheet


COLUMNS = {
    "style": "7.0%",
    "own": "7.0%",
    **{f"content {layer}": "6.3f" for layer in CONTENT_LAYERS},
    **{f"gram {layer}": "6.3f" for layer in STYLE_LAYERS},
    "gram": "7.3f",
    "tone": "6.2f",
    **{f"repeats {lag}": "+7.3f" for lag in LAGS},
}
"""Figures of a style's row and how they are written."""


def print_identification(table: Identification) -> None:
    print(f"\n{table['photographs']} photographs. Identified by the judge: style, own photograph."
          f" Content distance: {', '.join(CONTENT_LAYERS)}. Gram error: {', '.join(STYLE_LAYERS)},"
          f" mean of the first four. Tone. Repetition beyond the painting's at {LAGS} px")  # fmt: skip
    rows = {**table["styles"], "all": table["overall"]}
    for id, row in rows.items():
        others = ", ".join(f"{k} {n}" for k, n in table["takenFor"].get(id, {}).items())
        print(f"{id:34}" + "".join(f"{row[k]:{form}}" for k, form in COLUMNS.items()), others)


def print_faces(table: FacesAgain) -> None:
    found = table["styles"]
    print(f"\nFaces found again, of {table['faces']}: "
          + ", ".join(f"{id} {count}" for id, count in found.items())
          + f"; in all {sum(found.values()) / (table['faces'] * len(found)):.0%}")  # fmt: skip


def print_costs(table: dict[str, dict[str, float]]) -> None:
    print(f"\n{'':12}{'parameters':>11}{'GMAC':>7}{'MB':>6}"
          f"{'ms, 1 thread':>14}{'Johnson/it':>12}{'ms, 2 threads':>15}{'Johnson/it':>12}")  # fmt: skip
    for name, row in table.items():
        print(f"{name:12}{row['parameters'] / 1e6:9.2f} M{row['multiplyAdds'] / 1e9:7.2f}"
              f"{row['bytes'] / 1e6:6.1f}{row['ms 1t']:14.1f}{row['johnson 1t']:12.1f}"
              f"{row['ms 2t']:15.1f}{row['johnson 2t']:12.1f}")  # fmt: skip


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, help="folder of the exported models")
    parser.add_argument("--network", type=Path,
                        help="another exported network, beside the --models it belongs to")  # fmt: skip
    parser.add_argument("--checkpoint", type=Path, help="measured instead of exported models")
    parser.add_argument("--photographs", type=int, default=4)
    parser.add_argument("--candidates", type=int, default=24,
                        help="held-out photographs that a pastiche's own is told from")  # fmt: skip
    parser.add_argument("--side", type=int, default=512, help="of the pastiches, px")
    parser.add_argument("--styles", nargs="+", metavar="ID", help="to paint in; all named ones")
    parser.add_argument("--mixing", type=int, default=0, metavar="PAIRS")
    parser.add_argument("--regions", type=int, default=0, metavar="PAIRS")
    parser.add_argument("--faces", action="store_true",
                        help="how many of the held-out photographs' are found again")  # fmt: skip
    parser.add_argument("--cost", action="store_true",
                        help="parameters, multiply-adds, bytes, time of every network")  # fmt: skip
    parser.add_argument("--unseen", type=int, default=0, metavar="COUNT",
                        help="held-out paintings, 12 at a time; needs --checkpoint")  # fmt: skip
    parser.add_argument("--stability", action="store_true")
    parser.add_argument("--bf16", action="store_true", help="loss network in bfloat16")
    parser.add_argument("--sheet", type=Path, help="contact sheet of the photographs, PNG")
    parser.add_argument(
        "--drawn",
        action="store_true",
        help="sheet of our own drawings instead, without the paintings",
    )
    parser.add_argument("--tile", type=int, default=192, help="of the sheet, px")
    parser.add_argument("--columns", type=int, default=5, help="of the sheet, in styles")
    parser.add_argument("--json", type=Path, help="all figures")
    a = parser.parse_args()
    if not a.models and not a.checkpoint:
        parser.error("--models or --checkpoint is needed")
    if a.unseen and not a.checkpoint:
        parser.error("--unseen needs the style encoder of a --checkpoint")

    started = time.monotonic()
    dtype = torch.bfloat16 if a.bf16 else torch.float32
    bench = Bench.load(a.data, a.photographs, a.candidates, a.side, dtype)
    if a.checkpoint:
        painter, vectors = checkpoint_painter(a.checkpoint, bench.paintings)
    else:
        painter, vectors = onnx_painter(a.models, a.network)
    vectors = {id: vectors[id] for id in a.styles or vectors}
    stills = of_stills(painter)
    figures: dict[str, object] = {
        "side": a.side,
        "candidates": len(bench.judge.content_features),
    }
    if a.photographs:
        figures["identification"] = identified = identification(bench, stills, vectors)
        print_identification(identified)
    if a.mixing:
        figures["mixing"] = mixed = mixing(bench, stills, vectors, a.mixing)
        print(f"\nMixing, {a.mixing} pairs: {mixed['monotonous']:.0%} move monotonously,"
              f" {mixed['even']:.0%} by 10 to 45 % of the way at every step")  # fmt: skip
    if a.regions:
        figures["regions"] = halves = regions(bench, stills, vectors, a.regions)
        print(f"\nRegions, {a.regions} pairs: {halves['identification']:.0%} of halves identify"
              " as their own style")  # fmt: skip
    if a.faces:
        known = photographs_with_faces(a.data, a.side)
        figures["faces"] = again = faces_again(known, stills, vectors)
        print_faces(again)
    if a.unseen:
        encoder = load_trained(a.checkpoint).encoder
        figures["unseen"] = unseen = unseen_paintings(bench, stills, encoder, a.data, a.unseen)
        print(f"\nUnseen paintings, {unseen['paintings']}: style {unseen['styleIdentification']:.0%},"
              f" content {unseen['contentIdentification']:.0%}")  # fmt: skip
    if a.stability:
        figures["stability"] = changes = stability(bench, painter, vectors)
        print("\nChange between frames: " + ", ".join(f"{k} {v:.4f}" for k, v in changes.items()))
    if a.cost:
        exports = {
            "full": ROOT / "models/pastiche.onnx",
            "live": ROOT / "models/pastiche-live.onnx",
            "reference": ROOT / "models/ancestors/reference.onnx",
            "johnson": ROOT / "models/ancestors/johnson.onnx",
        }
        figures["costs"] = table = costs(exports, ROOT / "docs/benchmarks.json")
        print_costs(table)
    if a.sheet:
        contents, paintings = bench.photographs, bench.paintings
        if a.drawn:
            contents = [centre_crop(draw(512), max(a.side, a.tile)) for draw in PICTURES.values()]
            paintings = {}
        sheet = contact_sheet(stills, vectors, paintings, contents, a.tile, a.columns)
        sheet.save(a.sheet)
    if a.json:
        a.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(f"\n{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
