"""Lays out a training folder from pictures and VGG-16 weights that are on this machine already.

    python -m pastiche_training.prepare_data --out DIR --photographs coco/train2017 --paintings wikiart \\
        --styles my-styles --vgg vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from PIL import Image

from .data import SUFFIXES, load_image
from .perceptual_loss import LOSS_FILE, MEAN, STD, VGG_CONVOLUTIONS
from .progress import with_time_left

CAFFE_MEAN = (123.68, 116.779, 103.939)
"""Of red, green and blue, 0..255, which Oxford's networks are given without, as blue, green, red."""
TORCHVISION_LAYERS = dict(zip(VGG_CONVOLUTIONS, (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)))
"""Place of every convolution in `torchvision.models.vgg16().features`."""


def oxford_weights(file: Path) -> dict[str, np.ndarray]:
    """Oxford's VGG-16 as Keras distributes it (.h5, kernels HWIO, of BGR pixels 0..255 less their
    means), as the loss network has it: OIHW, of standardised RGB. Throws KeyError where the file is
    something else."""
    arrays = {}
    with h5py.File(file) as groups:
        for name in VGG_CONVOLUTIONS:
            group = groups["block{}_conv{}".format(*name.split("_"))]
            tensors = sorted((np.asarray(value) for value in group.values()), key=np.ndim)
            if len(tensors) != 2:
                raise KeyError(f"{file}: {group.name} is no convolution of VGG-16")
            arrays[f"conv{name}.bias"], kernel = tensors
            arrays[f"conv{name}.weight"] = kernel.transpose(3, 2, 0, 1)
    of_rgb = arrays["conv1_1.weight"][:, ::-1] * 255
    std, mean, caffe_mean = (np.array(rgb, np.float32) for rgb in (STD, MEAN, CAFFE_MEAN))
    offset = mean - caffe_mean / 255
    arrays["conv1_1.weight"] = of_rgb * std[:, None, None]
    arrays["conv1_1.bias"] = arrays["conv1_1.bias"] + (of_rgb * offset[:, None, None]).sum(
        (1, 2, 3)
    )
    return arrays


def torchvision_weights(file: Path) -> dict[str, np.ndarray]:
    """torchvision's VGG-16 state dict (.pth) as the loss network has it. Throws KeyError where the
    file is something else."""
    state = torch.load(file, map_location="cpu", weights_only=True)
    return {
        f"conv{name}.{kind}": state[f"features.{index}.{kind}"].float().numpy()
        for name, index in TORCHVISION_LAYERS.items()
        for kind in ("weight", "bias")
    }


def convert_vgg(file: Path, out: Path) -> None:
    """Writes the loss network's weights, half floats, from those of Keras or torchvision."""
    weights = oxford_weights(file) if file.suffix == ".h5" else torchvision_weights(file)
    out.parent.mkdir(parents=True, exist_ok=True)
    halved: dict[str, Any] = {name: array.astype(np.float16) for name, array in weights.items()}
    np.savez(out, **halved)


def copy_pictures(source: Path, out: Path, short_side: int, count: int) -> int:
    """Scales at most `count` pictures of a folder and its subfolders, drawn by a fixed seed, to a
    short side of at most `short_side` pixels; returns how many. Unreadable files are left out."""
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    random.Random(0).shuffle(found)
    out.mkdir(parents=True, exist_ok=True)
    done = 0
    for path in with_time_left(found, min(count, len(found)), f"pictures of {source}"):
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
    parser.add_argument(
        "--vgg", type=Path, help="VGG-16: Keras' .h5 of Oxford's weights, or torchvision's .pth"
    )
    parser.add_argument("--count", type=int, default=10000, help="photographs at most")
    a = parser.parse_args()
    for source, name, side, count in (
        (a.photographs, "content", 400, a.count),
        (a.paintings, "paintings", 304, 10**9),
        (a.styles, "styles", 640, 10**9),
    ):
        if source:
            print(f"{name}: {copy_pictures(source, a.out / name, side, count)} pictures")
    if a.vgg:
        convert_vgg(a.vgg, a.out / LOSS_FILE)
        print(f"wrote {a.out / LOSS_FILE}")


if __name__ == "__main__":
    main()
