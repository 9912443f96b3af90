"""Lays out a training folder from pictures and VGG-16 weights that are on this machine already.

    python prepare_data.py --out DIR --photographs coco/train2017 --paintings wikiart \\
        --styles my-styles --vgg vgg16.pth
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from data import SUFFIXES, load_image
from perceptual_loss import VGG_FILE

TORCHVISION_LAYERS = {
    "1_1": 0, "1_2": 2, "2_1": 5, "2_2": 7, "3_1": 10, "3_2": 12, "3_3": 14,
}  # fmt: skip
"""Place of every convolution in `torchvision.models.vgg16().features`."""


def convert_vgg(state_dict: Path, out: Path) -> None:
    """torchvision's VGG-16 state dict to the loss network's npz. Throws KeyError where the file
    is something else."""
    state = torch.load(state_dict, map_location="cpu", weights_only=True)
    arrays = {
        f"conv{name}.{kind}": state[f"features.{index}.{kind}"].float().numpy()
        for name, index in TORCHVISION_LAYERS.items()
        for kind in ("weight", "bias")
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(out, **arrays)


def copy_pictures(source: Path, out: Path, short_side: int, count: int) -> int:
    """Scales at most `count` pictures of a folder and its subfolders, drawn by a fixed seed, to a
    short side of at most `short_side` pixels; returns how many. Unreadable files are left out."""
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    random.Random(0).shuffle(found)
    out.mkdir(parents=True, exist_ok=True)
    done = 0
    for path in found:
        if done == count:
            break
        try:
            image = load_image(path, short_side)
        except OSError as error:
            print(f"{path}: {error}")
            continue
        Image.fromarray(image).save(out / f"{path.stem}.jpg", quality=92)
        done += 1
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, help="folder, such as MS-COCO's train2017")
    parser.add_argument("--paintings", type=Path, help="folder of many paintings")
    parser.add_argument("--styles", type=Path, help="folder of the styles, file name = id")
    parser.add_argument("--vgg", type=Path, help="torchvision's vgg16 state dict (.pth)")
    parser.add_argument("--count", type=int, default=10000, help="photographs at most")
    a = parser.parse_args()
    for source, name, side, count in (
        (a.photographs, "content", 272, a.count),
        (a.paintings, "paintings", 304, 10**9),
        (a.styles, "styles", 640, 10**9),
    ):
        if source:
            print(f"{name}: {copy_pictures(source, a.out / name, side, count)} pictures")
    if a.vgg:
        convert_vgg(a.vgg, a.out / VGG_FILE)
        print(f"wrote {a.out / VGG_FILE}")


if __name__ == "__main__":
    main()
