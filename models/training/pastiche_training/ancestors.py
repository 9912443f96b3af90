"""The networks that this one descends from, for comparison: trained by the same losses and
exported by the same code.

Both take `forward(content [N,3,H,W], style [N,128,1,1])` as the PasticheNetwork does.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .network import STYLE_DIM, FusionLayer, reflecting_conv


class JohnsonBlock(nn.Module):
    """Residual block of Johnson et al.: two 3×3 convolutions with instance normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            reflecting_conv(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True),
            nn.ReLU(),
            reflecting_conv(channels, channels, 3), nn.InstanceNorm2d(channels, affine=True),
        )  # fmt: skip

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.body(features)
        return features + change


class JohnsonNetwork(nn.Module):
    """Johnson et al. 2016: one network for one style, so the style input is ignored. Instance
    normalisation (Ulyanov et al. 2016) for their batch normalisation, "same" padding by
    reflection throughout. H and W are multiples of 4."""

    def __init__(self) -> None:
        super().__init__()

        def normalised(conv: nn.Module, channels: int) -> list[nn.Module]:
            return [conv, nn.InstanceNorm2d(channels, affine=True), nn.ReLU()]

        def halving(inputs: int, outputs: int) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, 3, 2, 1, padding_mode="reflect")

        def doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
            return nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)

        self.layers = nn.Sequential(
            *normalised(reflecting_conv(3, 32, 9), 32),
            *normalised(halving(32, 64), 64),
            *normalised(halving(64, 128), 128),
            *(JohnsonBlock(128) for _ in range(5)),
            *normalised(doubling(128, 64), 64),
            *normalised(doubling(64, 32), 32),
            reflecting_conv(32, 3, 9),
        )

    def forward(self, content: Tensor, style: Tensor | None = None) -> Tensor:
        return torch.sigmoid(self.layers(content))


class ReferenceBlock(nn.Module):
    """Residual block of the reference architecture: two 3×3 convolutions, batch normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.body(features)
        return features + change


class ReferenceNetwork(nn.Module):
    """The reference architecture as written: the style enters by the fusion layer alone, every
    convolution is followed by batch normalisation. H and W are multiples of 8."""

    def __init__(self) -> None:
        super().__init__()
        c1, c2, c3, c4 = 16, 32, 64, 128

        def normalised(conv: nn.Module, channels: int) -> list[nn.Module]:
            return [conv, nn.BatchNorm2d(channels), nn.ReLU()]

        self.encoder = nn.Sequential(
            *normalised(nn.Conv2d(3, c1, 5, padding=2), c1),
            *normalised(nn.Conv2d(c1, c2, 4, 2, 1), c2),
            *normalised(nn.Conv2d(c2, c3, 4, 2, 1), c3),
            *normalised(nn.Conv2d(c3, c4, 4, 2, 1), c4),
        )
        self.fusion = FusionLayer(c4, STYLE_DIM)
        self.blocks = nn.Sequential(*(ReferenceBlock(c4) for _ in range(3)))
        self.decoder = nn.Sequential(
            *normalised(nn.ConvTranspose2d(c4, c3, 4, 2, 1), c3),
            *normalised(nn.ConvTranspose2d(c3, c2, 4, 2, 1), c2),
            *normalised(nn.ConvTranspose2d(c2, c1, 4, 2, 1), c1),
            nn.Conv2d(c1, 3, 5, padding=2),
        )

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        features = self.blocks(self.fusion(self.encoder(content), style))
        return torch.sigmoid(self.decoder(features))
