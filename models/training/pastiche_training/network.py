"""The multi-style feed-forward network: ConvDeconvNet, fusion layer and style network.

All tensors are NCHW; content and style images are RGB, 0..1. The shapes are those of
docs/architecture.md, section "The network".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STYLE_DIM = 128


def channels_last(network: nn.Module) -> None:
    """Lays the kernels of a network's convolutions out as NHWC, which they run fastest in."""
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def reflecting_conv(
    inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True
) -> nn.Conv2d:
    """A convolution that pads by reflection. Zeros would tell the network where the border is, and
    it uses that: colours that the photograph has no place for gather along the edges."""
    padding = (kernel - stride + 1) // 2
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias, padding_mode="reflect")


class ReflectingDeconv(nn.ConvTranspose2d):
    """A 4×4 transposed convolution that doubles the size and pads its input by reflection. With
    zeros a ring of 8 px at the border of the picture is made from half of the inputs only, and it
    shows."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 4, stride=2, padding=3)

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        return super().forward(F.pad(input, (1, 1, 1, 1), mode="reflect"), output_size)


def at_positions(value: Tensor, factor: int, extent: Tensor | None) -> Tensor:
    """What a style makes of channels, [N,C,1,1] or a map [N,C,H/8,W/8], for features that have
    `factor`×`factor` positions to each of the map's. `extent` is a tensor of zeros [1,1,H/8,W/8]
    where the style may be a map; without it, or at equal resolution, the value will do as it is."""
    if extent is None or factor == 1:
        return value
    return F.interpolate(value + extent, scale_factor=factor)


def begin(layer: nn.Conv2d, deviation: float, at_zero: float = 0) -> None:
    """Gives a layer random weights of that deviation; `at_zero` is what it makes of zeros then, where
    it has a bias."""
    if deviation:
        nn.init.normal_(layer.weight, std=deviation)
    else:
        nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.constant_(layer.bias, at_zero)


def style_scale(channels: int, style_dim: int) -> nn.Conv2d:
    """Factors for channels, linear in the style vector; 1 whatever the style, to begin with."""
    scale = nn.Conv2d(style_dim, channels, 1)
    begin(scale, 0, at_zero=1)
    return scale


class ConditionalInstanceNorm(nn.Module):
    """Instance normalisation whose scale and shift are linear in the style vector.

    Linear, so that a superposition of style vectors is the superposition of their scales and
    shifts (Dumoulin et al. 2017 use a table per style instead). Written as a plain normalisation
    and a multiply-add because the style input may be a map with a vector for every position,
    which ONNX InstanceNormalization's per-channel scale can't express. Every position of such a
    map stands for `factor`×`factor` positions of the features.
    """

    def __init__(self, channels: int, style_dim: int, factor: int = 1) -> None:
        super().__init__()
        self.factor = factor
        self.scale = nn.Conv2d(style_dim, channels, 1)
        self.shift = nn.Conv2d(style_dim, channels, 1)
        begin(self.scale, 0.02, at_zero=1)
        begin(self.shift, 0.02)

    def forward(self, features: Tensor, style: Tensor, extent: Tensor | None = None) -> Tensor:
        """`extent`: see `at_positions`."""
        scale = at_positions(self.scale(style), self.factor, extent)
        shift = at_positions(self.shift(style), self.factor, extent)
        return F.instance_norm(features) * scale + shift


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions, each followed by conditional instance normalisation."""

    def __init__(self, channels: int, style_dim: int, factor: int = 1) -> None:
        super().__init__()
        # The normalisation removes any constant, so a bias would do nothing.
        self.conv1 = reflecting_conv(channels, channels, 3, bias=False)
        self.norm1 = ConditionalInstanceNorm(channels, style_dim, factor)
        self.conv2 = reflecting_conv(channels, channels, 3, bias=False)
        self.norm2 = ConditionalInstanceNorm(channels, style_dim, factor)

    def forward(self, features: Tensor, style: Tensor, extent: Tensor | None = None) -> Tensor:
        """`extent`: see `at_positions`."""
        out = F.relu(self.norm1(self.conv1(features), style, extent))
        change: Tensor = self.norm2(self.conv2(out), style, extent)
        return features + change

    def begin_as_identity(self) -> None:
        """Adds nothing to the features, whatever the style, until it has learnt to."""
        begin(self.norm2.scale, 0)
        begin(self.norm2.shift, 0)


class FusionLayer(nn.Module):
    """Concatenation of content features and style vector, then a 1×1 convolution and ReLU.

    The convolution's weight is kept as its content half and its style half. The style half is
    applied before broadcasting, so a uniform style mix costs nothing per pixel.
    """

    def __init__(self, channels: int, style_dim: int) -> None:
        super().__init__()
        self.content_half = nn.Conv2d(channels, channels, 1)
        self.style_half = nn.Conv2d(style_dim, channels, 1, bias=False)
        begin(self.style_half, 0.02)
        self.scale = style_scale(channels, style_dim)

    def forward(self, features: Tensor, style: Tensor) -> Tensor:
        scaled: Tensor = self.content_half(features) * self.scale(style)
        return F.relu(scaled + self.style_half(style))


class ModulatedDeconv(nn.Module):
    """A deconvolution whose outputs are scaled and shifted by the style, then ReLU.

    Scale and shift are linear in the style vector, as a ConditionalInstanceNorm's are, but nothing
    is normalised, so a uniform style costs nothing. Every position of a style map stands for
    `factor`×`factor` positions of the output.
    """

    def __init__(self, inputs: int, outputs: int, style_dim: int, factor: int) -> None:
        super().__init__()
        self.deconv = ReflectingDeconv(inputs, outputs)
        self.scale = style_scale(outputs, style_dim)
        self.shift = nn.Conv2d(style_dim, outputs, 1, bias=False)
        begin(self.shift, 0)
        self.factor = factor

    def forward(self, features: Tensor, style: Tensor, extent: Tensor | None) -> Tensor:
        """`extent`: see `at_positions`."""
        scale = at_positions(self.scale(style), self.factor, extent)
        shift = at_positions(self.shift(style), self.factor, extent)
        return F.relu(self.deconv(features) * scale + shift)


@dataclass(frozen=True)
class Form:
    """The widths and depths of a PasticheNetwork."""

    channels: tuple[int, int, int]
    """At 1/2, 1/4 and 1/8 of the resolution."""
    blocks: int = 3
    """Residual blocks at 1/8."""
    detail_blocks: int = 0
    """Residual blocks at 1/4, behind a skip connection; without any there is no detail path."""


FULL = Form((32, 64, 128), blocks=5, detail_blocks=2)
LIVE = Form((16, 32, 64))


class PasticheNetwork(nn.Module):
    """Content image and style input to pastiche.

    `forward(content [N,3,H,W], style [N,128,1,1] or [N,128,H/8,W/8])` returns a pastiche
    [N,3,H,W] in 0..1. H and W are multiples of 8. Encoder and decoder have no normalisation:
    after the fusion layer it would subtract a spatially constant style away. In the decoder the
    style scales and shifts the channels instead.

    Nothing but pixels exists at full resolution: the first convolution halves it, and the last one
    makes the four pixels of each position at once (sub-pixel convolution, Shi et al. 2016).

    The detail path brings what is smaller than 8 px past the bottleneck: 1×1 convolutions from the
    encoder's outputs at 1/2 and 1/4 are added to the decoder's, and residual blocks at 1/4 paint it.
    """

    def __init__(self, form: Form = FULL, style_dim: int = STYLE_DIM) -> None:
        super().__init__()
        c1, c2, c3 = form.channels
        self.encoder = nn.Sequential(
            reflecting_conv(3, c1, 6, stride=2), nn.ReLU(),
            reflecting_conv(c1, c2, 4, stride=2), nn.ReLU(),
            reflecting_conv(c2, c3, 4, stride=2), nn.ReLU(),
        )  # fmt: skip
        self.fusion = FusionLayer(c3, style_dim)
        self.blocks = nn.ModuleList(ResidualBlock(c3, style_dim) for _ in range(form.blocks))
        self.decoder = nn.ModuleList([
            ModulatedDeconv(c3, c2, style_dim, factor=2),
            ModulatedDeconv(c2, c1, style_dim, factor=4),
        ])  # fmt: skip
        self.detail_blocks = nn.ModuleList(
            ResidualBlock(c2, style_dim, factor=2) for _ in range(form.detail_blocks)
        )
        skipping = (c2, c1) if form.detail_blocks else ()
        skips = [nn.Conv2d(channels, channels, 1) for channels in skipping]
        for skip in skips:
            begin(skip, 0)
        self.skips = nn.ModuleList(skips)
        self.last = nn.Sequential(reflecting_conv(c1, 3 * 4, 3), nn.PixelShuffle(2))

    @classmethod
    def from_state(cls, state: Mapping[str, Tensor]) -> PasticheNetwork:
        """The network, in evaluation mode, whose form these weights have. Throws KeyError or
        RuntimeError where they are not a PasticheNetwork's."""

        def blocks(prefix: str) -> int:
            return sum(bool(re.match(rf"{prefix}\.\d+\.conv1\.weight", name)) for name in state)

        c1, c2, c3 = (state[f"encoder.{i}.weight"].shape[0] for i in (0, 2, 4))
        form = Form((c1, c2, c3), blocks("blocks"), blocks("detail_blocks"))
        network = cls(form, state["fusion.style_half.weight"].shape[1])
        network.load_state_dict(state)
        return network.eval()

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        half = self.encoder[:2](content)
        quarter = self.encoder[2:4](half)
        features = self.fusion(self.encoder[4:](quarter), style)
        # An exported graph has to take either: there a single style vector grows to a map.
        is_map = style.shape[2:].numel() > 1 or torch.onnx.is_in_onnx_export()
        extent = features[:, :1] * 0 if is_map else None
        for block in self.blocks:
            features = block(features, style)
        features = self.decoder[0](features, style, extent)
        if self.detail_blocks:
            features = features + self.skips[0](quarter)
            for block in self.detail_blocks:
                features = block(features, style, extent)
        features = self.decoder[1](features, style, extent)
        if self.detail_blocks:
            features = features + self.skips[1](half)
        return torch.sigmoid(self.last(features))


class StyleEncoder(nn.Module):
    """Style image [N,3,H,W] to style vector [N,128]: strided convolutions, global average pooling.

    The last step is a fixed affine map that whitens the pooled features over the training
    paintings. Without it the pooled features of different paintings are nearly equal and steer
    nothing.
    """

    whitening_matrix: Tensor
    whitening_mean: Tensor

    def __init__(self, style_dim: int = STYLE_DIM) -> None:
        super().__init__()
        # Leaky, because half of the channels of plain rectifiers died in training.
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(128, 128, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        )  # fmt: skip
        # Pooled features of different paintings differ by a few per cent of their size;
        # standardised, they can be learnt from.
        self.standardise = nn.BatchNorm1d(128, affine=False)
        self.project = nn.Linear(128, style_dim)
        self.register_buffer("whitening_matrix", torch.eye(style_dim))
        self.register_buffer("whitening_mean", torch.zeros(style_dim))

    def embed(self, style_image: Tensor) -> Tensor:
        """Style image [N,3,H,W] to unwhitened features [N,128]."""
        features: Tensor = self.convolutions(style_image).mean(dim=(2, 3))
        projected: Tensor = self.project(self.standardise(features))
        return projected

    def pooled_statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation [128] that pooled features are standardised by, in double precision."""
        norm = self.standardise
        mean, variance = (norm.get_buffer(f"running_{k}").double() for k in ("mean", "var"))
        return mean, (variance + norm.eps).sqrt()

    def forward(self, style_image: Tensor) -> Tensor:
        return (self.embed(style_image) - self.whitening_mean) @ self.whitening_matrix

    @torch.no_grad()
    def fit_whitening(self, features: Tensor, ridge: float = 0.02) -> None:
        """Sets the whitening from unwhitened features [M,128] of many paintings.

        `ridge`, a share of the mean variance, keeps directions that hardly vary from being blown
        up to noise.
        """
        self.whitening_mean.copy_(features.mean(dim=0))
        centred = features - self.whitening_mean
        values, vectors = torch.linalg.eigh(centred.T @ centred / len(features))
        self.whitening_matrix.copy_(vectors / (values + ridge * values.mean()).sqrt())


def style_space_id(encoder_state: Mapping[str, Tensor]) -> str:
    """The id that style vectors, and networks that understand them, carry.

    Twelve hex digits of the SHA-256 of the style encoder's weights: vectors of one encoder mean
    nothing to a network that was trained with another.
    """
    digest = hashlib.sha256()
    for name in sorted(encoder_state):
        if name.endswith("num_batches_tracked"):
            continue
        digest.update(name.encode())
        digest.update(encoder_state[name].detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
