"""Perceptual losses on VGG-16 (Gatys et al. 2015, Johnson et al. 2016), in relative form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

VGG_FILE = "loss/vgg16_conv1_1_to_conv3_3.npz"
STYLE_LAYERS = ("relu1_2", "relu2_2", "relu3_3")
CONTENT_LAYERS = ("relu2_2", "relu3_3")


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


def gram_matrix(features: Tensor) -> Tensor:
    """Activations [N,C,H,W] to F Fᵀ / (H·W), [N,C,C]."""
    rows = positions(features)
    return rows.transpose(1, 2) @ rows / rows.shape[1]


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
    def of(cls, activations: Mapping[str, Tensor]) -> StyleStatistics:
        gram, mean, deviation = {}, {}, {}
        for layer in STYLE_LAYERS:
            gram[layer] = gram_matrix(activations[layer])
            mean[layer] = positions(activations[layer]).mean(dim=1)
            # The Gram matrix's diagonal is the mean square already.
            square = gram[layer].diagonal(dim1=1, dim2=2)
            deviation[layer] = (square - mean[layer].square()).clamp_min(1e-6).sqrt()
        return cls(gram, mean, deviation)

    @classmethod
    def stack(cls, items: list[StyleStatistics]) -> StyleStatistics:
        def join(name: str) -> dict[str, Tensor]:
            return {k: torch.cat([getattr(item, name)[k] for item in items]) for k in STYLE_LAYERS}

        return cls(join("gram"), join("mean"), join("deviation"))

    def mixture(self, weights: Tensor) -> StyleStatistics:
        """The targets of mixtures: weights [M,N] over these N styles give statistics of M."""

        def mix(values: dict[str, Tensor]) -> dict[str, Tensor]:
            return {k: torch.einsum("mn,n...->m...", weights, v) for k, v in values.items()}

        return StyleStatistics(mix(self.gram), mix(self.mean), mix(self.deviation))


def relative_error(value: Tensor, target: Tensor) -> Tensor:
    """‖value − target‖² / ‖target‖² of every item of the batch: [N,…] to [N]."""
    difference = (value - target).flatten(1).square().sum(dim=1)
    return difference / target.flatten(1).square().sum(dim=1).clamp_min(1e-8)


def content_errors(activations: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> Tensor:
    """Relative feature errors [N], averaged over the content layers."""
    return torch.stack(
        [relative_error(activations[k], target[k]) for k in CONTENT_LAYERS]
    ).mean(dim=0)


def gram_errors(style: StyleStatistics, target: StyleStatistics) -> Tensor:
    """Relative Gram errors [layers,N]."""
    return torch.stack([relative_error(style.gram[k], target.gram[k]) for k in STYLE_LAYERS])


def moment_errors(style: StyleStatistics, target: StyleStatistics) -> Tensor:
    """Relative errors of means and deviations, added: [layers,N]."""
    return torch.stack(
        [
            relative_error(style.mean[k], target.mean[k])
            + relative_error(style.deviation[k], target.deviation[k])
            for k in STYLE_LAYERS
        ]
    )


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, summed over both directions."""
    rows = (image[:, :, 1:] - image[:, :, :-1]).square().mean()
    columns = (image[:, :, :, 1:] - image[:, :, :, :-1]).square().mean()
    return rows + columns
