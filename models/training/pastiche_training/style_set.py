"""styles.json: the named styles beside the exported networks, as the extension reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict


class Title(TypedDict):
    """A style's entry in titles.json."""

    title: str
    artist: str
    year: str


class Style(Title):
    """A named style and its vector of 128 numbers."""

    id: str
    vector: list[float]


class StyleSet(TypedDict):
    """The contents of styles.json."""

    format: int
    styleSpace: str
    styleImageSide: int
    styles: list[Style]


def read_style_set(models: Path) -> StyleSet:
    """The named styles in a folder of exported models. Throws FileNotFoundError where it has none."""
    styles: StyleSet = json.loads((models / "styles.json").read_text("utf-8"))
    return styles


def write_style_set(styles: StyleSet, models: Path) -> None:
    """JSON with one style a line, so that a difference can be read."""
    head = {key: value for key, value in styles.items() if key != "styles"}
    lines = [json.dumps(style, ensure_ascii=False) for style in styles["styles"]]
    text = json.dumps(head)[:-1] + ', "styles": [\n' + ",\n".join(lines) + "\n]}\n"
    (models / "styles.json").write_text(text, "utf-8")
