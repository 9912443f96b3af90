"""Perceptual losses on VGG-16 (Gatys et al. 2015, Johnson et al. 2016), in relative form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

VGG_FILE = "loss/vgg16_conv1_1_to_conv3_3.npz"
STUDENT_FILE = "loss/vgg19_relu4_1_student.npz"
STYLE_LAYERS = ("relu1_2", "relu2_2", "relu3_3")
TRAINING_LAYERS = (*STYLE_LAYERS, "relu4_1")
CONTENT_LAYERS = ("relu2_2", "relu3_3")
LIGHTNESS = (0.299, 0.587, 0.114)


class LossNetwork(nn.Module):
    """VGG-16 up to relu3_3 with frozen weights; image [N,3,H,W] RGB 0..1 to its activations."""

    CONVOLUTIONS = (("1_1", "1_2"), ("2_1", "2_2"), ("3_1", "3_2", "3_3"))

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        for names in self.CONVOLUTIONS:
            stage = nn.ModuleList()
            for name in names:
                kernel = torch.from_numpy(weights[f"conv{name}.weight"]).float()
                conv = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
                conv.weight.data = kernel
                conv.bias.data = torch.from_numpy(weights[f"conv{name}.bias"]).float()
                stage.append(conv)
            self.stages.append(stage)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, data: Path, dtype: torch.dtype = torch.float32) -> LossNetwork:
        """Reads the weights below `data`, in `dtype` (bfloat16 halves the time on CPUs with
        avx512_bf16). Throws FileNotFoundError where they are missing."""
        network = cls(dict(np.load(data / VGG_FILE)))
        for stage in network.stages:
            stage.to(dtype)
        return network

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        dtype = self.stages[0][0].weight.dtype
        x = ((image - self.mean) / self.std).to(dtype).contiguous(memory_format=torch.channels_last)
        activations = {}
        for number, stage in enumerate(self.stages, start=1):
            if number > 1:
                x = F.max_pool2d(x, 2)
            for conv in stage:
                x = F.relu(conv(x))
            activations[f"relu{number}_{len(stage)}"] = x.float()
        return activations


class Relu4Student(nn.Module):
    """A small encoder distilled from VGG-19 up to relu4_1: a stand-in for the level of larger
    strokes, where the loss network ends. Image [N,3,H,W] RGB 0..1 to {"relu4_1": [N,128,H/8,W/8]}.
    Frozen."""

    BLOCKS = (("11", "12"), ("21", "22"), ("31", "32", "33", "34"), ("41",))

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        super().__init__()

        def conv(name: str, padding: int) -> nn.Conv2d:
            kernel = torch.from_numpy(weights[f"conv{name}.weight"]).float()
            layer = nn.Conv2d(
                kernel.shape[1], kernel.shape[0], kernel.shape[2],
                padding=padding, padding_mode="reflect",
            )  # fmt: skip
            layer.weight.data = kernel
            layer.bias.data = torch.from_numpy(weights[f"conv{name}.bias"]).float()
            return layer

        self.colours = conv("0", 0)
        self.blocks = nn.ModuleList(
            nn.Sequential(*(m for name in names for m in (conv(name, 1), nn.ReLU())))
            for names in self.BLOCKS
        )
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, data: Path) -> Relu4Student:
        """Reads the weights below `data`. Throws FileNotFoundError where they are missing."""
        return cls(dict(np.load(data / STUDENT_FILE)))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        x = self.colours(image).contiguous(memory_format=torch.channels_last)
        for number, block in enumerate(self.blocks):
            x = block(F.max_pool2d(x, 2) if number else x)
        return {"relu4_1": x.float()}


def gram_matrix(features: Tensor, share: Tensor | None = None) -> Tensor:
    """Activations [N,C,H,W] to F Fᵀ / (H·W), [N,C,C]; with `share` [N,H·W,1], whose sum is 1, the
    positions count by their shares."""
    rows = positions(features)
    if share is None:
        return rows.transpose(1, 2) @ rows / rows.shape[1]
    return (rows * share).transpose(1, 2) @ rows


def positions(features: Tensor) -> Tensor:
    """Activations [N,C,H,W] to [N,H·W,C]; a view, not a copy, of channels-last memory."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


@dataclass
class StyleStatistics:
    """What the style loss compares, per style layer: Gram matrix [N,C,C], mean and deviation
    [N,C] of every channel."""

    gram: dict[str, Tensor]
    mean: dict[str, Tensor]
    deviation: dict[str, Tensor]

    @classmethod
    def of(
        cls,
        activations: Mapping[str, Tensor],
        layers: Sequence[str] = STYLE_LAYERS,
        region: Tensor | None = None,
    ) -> StyleStatistics:
        """Of the whole image, or of a region: a mask [N,1,h,w], 0..1, of any resolution."""
        gram, mean, deviation = {}, {}, {}
        for layer in layers:
            features = activations[layer]
            share = None if region is None else region_share(region, features)
            gram[layer] = gram_matrix(features, share)
            rows = positions(features)
            mean[layer] = rows.mean(dim=1) if share is None else (rows * share).sum(dim=1)
            deviation[layer] = channel_deviation(gram[layer], mean[layer])
        return cls(gram, mean, deviation)

    def to(self, device: torch.device) -> StyleStatistics:
        def move(values: dict[str, Tensor]) -> dict[str, Tensor]:
            return {layer: value.to(device) for layer, value in values.items()}

        return StyleStatistics(move(self.gram), move(self.mean), move(self.deviation))

    @classmethod
    def stack(cls, items: list[StyleStatistics]) -> StyleStatistics:
        def join(name: str) -> dict[str, Tensor]:
            parts = [getattr(item, name) for item in items]
            return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}

        return cls(join("gram"), join("mean"), join("deviation"))

    def mixture(self, weights: Tensor) -> StyleStatistics:
        """The targets of mixtures: weights [M,N] over these N styles give statistics of M."""

        def mix(values: dict[str, Tensor]) -> dict[str, Tensor]:
            return {k: torch.einsum("mn,n...->m...", weights, v) for k, v in values.items()}

        return StyleStatistics(mix(self.gram), mix(self.mean), mix(self.deviation))


def region_share(region: Tensor, features: Tensor) -> Tensor:
    """What every position of the features counts in a region [N,1,h,w]: [N,H·W,1], sum 1."""
    mask = F.interpolate(region, features.shape[2:], mode="bilinear", antialias=True)
    rows = positions(mask)
    return rows / rows.sum(dim=1, keepdim=True).clamp_min(1e-6)


def channel_deviation(gram: Tensor, mean: Tensor) -> Tensor:
    """Deviations [N,C] from Gram matrices, whose diagonal is the mean square, and means."""
    square = gram.diagonal(dim1=1, dim2=2)
    return (square - mean.square()).clamp_min(1e-6).sqrt()


def relative_error(value: Tensor, target: Tensor) -> Tensor:
    """‖value − target‖² / ‖target‖² of every item of the batch: [N,…] to [N]."""
    difference = (value - target).flatten(1).square().sum(dim=1)
    return difference / target.flatten(1).square().sum(dim=1).clamp_min(1e-8)


def content_errors(
    activations: Mapping[str, Tensor],
    target: Mapping[str, Tensor],
    weights: Sequence[float] = (0.5, 0.5),
) -> Tensor:
    """Relative feature errors [N], the sum of the content layers' with these weights."""
    errors = [relative_error(activations[k], target[k]) for k in CONTENT_LAYERS]
    return sum(weight * error for weight, error in zip(weights, errors))


def tone_errors(pastiche: Tensor, content: Tensor, square: int = 16) -> Tensor:
    """How little light and dark of two pictures [N,3,H,W] agree, [N] from 0 to 2: 1 less the
    correlation of their lightness, averaged over squares of so many pixels. A painting has its own
    palette, but where a photograph is light it should be light: neither Gram matrices nor relu3_3,
    which sees edges, mind."""
    tones = []
    for image in (pastiche, content):
        lightness = (image * image.new_tensor(LIGHTNESS)[:, None, None]).sum(dim=1)
        squares = F.avg_pool2d(lightness, square).flatten(1)
        tones.append(F.normalize(squares - squares.mean(dim=1, keepdim=True), eps=1e-3))
    return 1 - (tones[0] * tones[1]).sum(dim=1)


def gram_errors(style: StyleStatistics, target: StyleStatistics) -> Tensor:
    """Relative Gram errors [layers,N]."""
    return torch.stack([relative_error(style.gram[k], target.gram[k]) for k in target.gram])


def moment_errors(style: StyleStatistics, target: StyleStatistics) -> Tensor:
    """Relative errors of means and deviations, added: [layers,N]."""
    return torch.stack(
        [
            relative_error(style.mean[k], target.mean[k])
            + relative_error(style.deviation[k], target.deviation[k])
            for k in target.mean
        ]
    )


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, summed over both directions."""
    rows = (image[:, :, 1:] - image[:, :, :-1]).square().mean()
    columns = (image[:, :, :, 1:] - image[:, :, :, :-1]).square().mean()
    return rows + columns


def chroma_variation(image: Tensor) -> Tensor:
    """Total variation of an image's colours without its lightness. Colour that changes from pixel
    to pixel is noise to the eye, and the Gram matrices of relu1_2 hardly mind it."""
    return total_variation(image - image.mean(dim=1, keepdim=True))


def repetition(image: Tensor, period: int = 8) -> Tensor:
    """How much the fine detail of an image [N,3,H,W] repeats every `period` pixels: the mean
    correlation (0..1, negative ones count as 0) of its high frequencies with themselves, shifted
    by one period along rows, columns and both diagonals.

    A decoder that starts at 1/8 of the resolution likes to print the same patch into every cell
    of flat areas.
    """
    detail = image - F.avg_pool2d(image, period + 1, 1, period // 2, count_include_pad=False)
    detail = detail.mean(dim=1)
    height, width = detail.shape[1:]
    energy = detail.square().mean(dim=(1, 2)).clamp_min(1e-8)
    here = detail[:, : height - period, : width - period]
    across = detail[:, : height - period, period:]
    down = detail[:, period:, : width - period]
    both = detail[:, period:, period:]
    pairs = ((here, across), (here, down), (here, both), (across, down))
    shares = [((a * b).mean(dim=(1, 2)) / energy).clamp_min(0) for a, b in pairs]
    return torch.stack(shares).mean()
