"""Paints what the repository keeps of the exported network's work: swatches, and the pastiches that
the browser tests compare the engine's with. To be run after every export.

    python -m pastiche_training.derive --models models/ --fixtures test/fixtures/

Writes `swatches/<style id>.jpg` beside the models; in the fixtures, a pastiche for every mix of
`MIXES` beside `content.png`, which is drawn if it is missing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from .draw_content import landscape, still_life
from .reference import restyle
from .style_set import read_style_set

PAINTED_SIDE = 256
"""The swatch is painted at this size, px, so that strokes look as they do on a page."""
SWATCH_SIDE = 128

FIXTURE_SIZE = (123, 90)
"""Width and height in px; no multiples of 8, so that borders are tested too."""
MIXES = {
    "starry-night": {"starry-night": 1.0},
    "udnie": {"udnie": 1.0},
    "half-and-original": {"the-scream": 0.5, "red-fuji": 0.25},
}


def paint_swatches(models: Path) -> None:
    drawn = Image.fromarray(still_life(2 * PAINTED_SIDE))
    content = np.asarray(drawn.resize((PAINTED_SIDE, PAINTED_SIDE), Image.Resampling.LANCZOS))
    folder = models / "swatches"
    folder.mkdir(exist_ok=True)
    for style in read_style_set(models)["styles"]:
        painted = Image.fromarray(restyle(models, content, {style["id"]: 1.0}))
        swatch = painted.resize((SWATCH_SIDE, SWATCH_SIDE), Image.Resampling.LANCZOS)
        swatch.save(folder / f"{style['id']}.jpg", quality=88)


def paint_fixtures(models: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "content.png"
    if not file.exists():
        drawn = Image.fromarray(landscape(2 * FIXTURE_SIZE[0]))
        drawn.resize(FIXTURE_SIZE, Image.Resampling.LANCZOS).save(file)
    with Image.open(file) as image:
        content = np.asarray(image.convert("RGB"))
    for name, mix in MIXES.items():
        Image.fromarray(restyle(models, content, mix)).save(folder / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--fixtures", type=Path, required=True)
    arguments = parser.parse_args()
    paint_swatches(arguments.models)
    paint_fixtures(arguments.models, arguments.fixtures)


if __name__ == "__main__":
    main()
