"""What the extension should paint, computed by native onnxruntime from the exported models.

    python -m pastiche_training.reference --image in.png --styles starry-night=0.5 the-kiss=0.5 --models models/ \\
        --out out.png

The browser tests compare the engine's pastiche with pictures that this has written.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from .grain import still_grain
from .style_set import StyleSet, read_style_set

MULTIPLE = 8
"""The network halves the picture three times and doubles it again."""
EVENNESS = 0.7
"""Power by which a weight bends into a share of the superposition."""
LEAST = 16
"""Smallest side that the network can reflect at its bottleneck, px."""


def session(file: Path, style_space: str | None = None) -> onnxruntime.InferenceSession:
    """An exported graph, on one thread. Throws ValueError where it belongs to another style
    space."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    opened = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    found = opened.get_modelmeta().custom_metadata_map.get("style_space")
    if style_space is not None and found != style_space:
        raise ValueError(f"{file} is of style space {found}, not {style_space}")
    return opened


def superposition_shares(weights: Sequence[float]) -> list[float]:
    """The shares of styles of these weights in the superposition; they sum to 1. Bent, so that the
    picture changes evenly with the weights (src/core/style/mix.ts)."""
    bent = [weight**EVENNESS for weight in weights]
    return [share / sum(bent) for share in bent]


def superposition(styles: StyleSet, mix: Mapping[str, float]) -> np.ndarray:
    """Style input [1,128,1,1] of a mix from the contents of styles.json. Throws KeyError for an
    unknown style."""
    vectors = {style["id"]: style["vector"] for style in styles["styles"]}
    shares = superposition_shares(list(mix.values()))
    chosen = np.array([vectors[id] for id in mix], np.float32)
    vector: np.ndarray = (np.array(shares, np.float32)[:, None] * chosen).sum(axis=0)
    return vector.reshape(1, -1, 1, 1)


def paint(
    network: onnxruntime.InferenceSession,
    picture: np.ndarray,
    style: np.ndarray,
    with_grain: bool = False,
) -> np.ndarray:
    """Pastiche float [H,W,3] of a picture float [H,W,3], 0..1, of any size.

    The picture is reflected outwards (the outermost pixel is not repeated), to the right and below,
    to multiples of 8 of at least 16; its grain is not, but goes on there.
    """
    height, width = picture.shape[:2]
    below, right = (max(LEAST, n + -n % MULTIPLE) - n for n in (height, width))
    padded = np.pad(picture, ((0, below), (0, right), (0, 0)), "reflect")
    if with_grain:
        grain = still_grain(*padded.shape[:2])[..., None] / np.float32(255)
        padded = (padded + grain).clip(0, 1)
    content = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32)
    painted: np.ndarray = network.run(None, {"content": content, "style": style})[0][0]
    return painted.transpose(1, 2, 0)[:height, :width]


def restyle(models: Path, image: np.ndarray, mix: Mapping[str, float]) -> np.ndarray:
    """uint8 [H,W,3 or 4] in the style of a mix; alpha is kept.

    The picture is painted with grain. What the weights lack to 1 is a blend with the original,
    without; an empty mix is the original.
    """
    strength = min(1.0, sum(mix.values()))
    if strength == 0:
        return image
    styles = read_style_set(models)
    network = session(models / "pastiche.onnx", styles["styleSpace"])
    picture = image[..., :3].astype(np.float32) / 255
    painted = paint(network, picture, superposition(styles, mix), with_grain=True)
    blended = picture + np.float32(strength) * (painted - picture)
    pixels = (blended.clip(0, 1) * 255).round().astype(np.uint8)
    return np.concatenate([pixels, image[..., 3:]], axis=2)


def parse_weight(text: str) -> tuple[str, float]:
    """`starry-night=0.5` to an id and a weight; the weight alone may be left out and is 1."""
    id, _, weight = text.partition("=")
    return id, float(weight or 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--styles", type=parse_weight, nargs="*", default=[], metavar="ID=WEIGHT")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with Image.open(arguments.image) as opened:
        has_alpha = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
        image = np.asarray(opened.convert("RGBA" if has_alpha else "RGB"))
    Image.fromarray(restyle(arguments.models, image, dict(arguments.styles))).save(arguments.out)


if __name__ == "__main__":
    main()
