"""Paints a swatch of every named style: what the exported network makes of one drawn picture.

    python swatches.py --models models/

Writes `swatches/<style id>.jpg` beside the models.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from draw_content import still_life
from reference import restyle

PAINTED_SIDE = 256
"""The picture is painted at this size, px, so that strokes look as they do on a page."""
SWATCH_SIDE = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True)
    arguments = parser.parse_args()

    drawn = Image.fromarray(still_life(2 * PAINTED_SIDE))
    content = np.asarray(drawn.resize((PAINTED_SIDE, PAINTED_SIDE), Image.Resampling.LANCZOS))
    folder = arguments.models / "swatches"
    folder.mkdir(exist_ok=True)
    for style in json.loads((arguments.models / "styles.json").read_text())["styles"]:
        painted = Image.fromarray(restyle(arguments.models, content, {style["id"]: 1.0}))
        swatch = painted.resize((SWATCH_SIDE, SWATCH_SIDE), Image.Resampling.LANCZOS)
        swatch.save(folder / f"{style['id']}.jpg", quality=88)


if __name__ == "__main__":
    main()
