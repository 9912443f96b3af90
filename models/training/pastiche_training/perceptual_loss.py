"""Perceptual losses on VGG-16 (Gatys et al. 2015, Johnson et al. 2016), in relative form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .network import channels_last

VGG_CONVOLUTIONS = (
    "1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3", "5_1", "5_2", "5_3",
)  # fmt: skip
LOSS_FILE = "loss/vgg16_oxford_conv1_1_to_conv5_1_fp16.npz"
"""Oxford's VGG-16, the loss network."""
JUDGE_FILE = "loss/vgg16_conv1_1_to_conv3_3.npz"
"""Other weights of VGG-16, up to conv3_3: a judge that no pastiche was trained to please."""
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
CONTENT_LAYERS = ("relu2_2", "relu4_2")
JUDGE_LAYERS = ("relu1_2", "relu2_2", "relu3_3")
CHANNELS = {1: 64, 2: 128, 3: 256, 4: 512, 5: 512}
"""Of the layers of every stage of VGG-16."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue, 0..1: what the loss network's input is standardised by."""
LIGHTNESS = (0.299, 0.587, 0.114)


def channels_of(layer: str) -> int:
    """Of a layer of VGG-16, such as relu3_1."""
    return CHANNELS[int(layer[len("relu")])]


class LossNetwork(nn.Module):
    """VGG-16 (Simonyan & Zisserman 2014) with frozen weights, as far as the last layer asked for:
    image [N,3,H,W], RGB 0..1, to the activations [N,C,H/2ˢ,W/2ˢ] of these `layers`, by name, in the weights' dtype."""

    mean: Tensor
    std: Tensor

    def __init__(self, weights: Mapping[str, np.ndarray], layers: Sequence[str]) -> None:
        """Weights OIHW by the names `conv1_1.weight`, `conv1_1.bias` …; throws KeyError where they
        end before the last of the layers."""
        super().__init__()
        self.layers = tuple(layers)
        names = [name for name in VGG_CONVOLUTIONS if name <= max(layers)[len("relu") :]]
        self.convolutions = nn.ModuleDict()
        for name in names:
            kernel = torch.from_numpy(weights[f"conv{name}.weight"]).float()
            bias = torch.from_numpy(weights[f"conv{name}.bias"]).float()
            conv = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
            conv.load_state_dict({"weight": kernel, "bias": bias})
            self.convolutions[f"relu{name}"] = conv
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))
        self.requires_grad_(False)
        channels_last(self)

    @classmethod
    def load(
        cls,
        data: Path,
        dtype: torch.dtype = torch.float32,
        layers: Sequence[str] = (*STYLE_LAYERS, *CONTENT_LAYERS),
        file: str = LOSS_FILE,
    ) -> LossNetwork:
        """Reads the weights below `data`, in `dtype` (bfloat16 halves the time on CPUs with
        avx512_bf16). Throws FileNotFoundError where they are missing."""
        network = cls(dict(np.load(data / file)), layers)
        network.convolutions.to(dtype)
        return network

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        dtype = next(self.convolutions.parameters()).dtype
        x = ((image - self.mean) / self.std).to(dtype).contiguous(memory_format=torch.channels_last)
        activations = {}
        for layer, conv in self.convolutions.items():
            if layer.endswith("_1") and layer != "relu1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(conv(x))
            if layer in self.layers:
                activations[layer] = x
        return activations


def gram_matrix(features: Tensor, share: Tensor | None = None) -> Tensor:
    """Activations [N,C,H,W] to F Fᵀ / (H·W), [N,C,C]; with `share` [N,H·W,1], whose sum is 1, the
    positions count by their shares."""
    rows = positions(features)
    if share is None:
        return (rows.transpose(1, 2) @ rows).float() / rows.shape[1]
    return ((rows * share.to(rows)).transpose(1, 2) @ rows).float()


def positions(features: Tensor) -> Tensor:
    """Activations [N,C,H,W] to [N,H·W,C]; a view, not a copy, of channels-last memory."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


@dataclass
class StyleStatistics:
    """What styles are compared by, per style layer: Gram matrix [N,C,C] and mean [N,C] of every
    channel."""

    gram: dict[str, Tensor]
    mean: dict[str, Tensor]

    @classmethod
    def of(
        cls,
        activations: Mapping[str, Tensor],
        layers: Sequence[str] = STYLE_LAYERS,
        region: Tensor | None = None,
    ) -> StyleStatistics:
        """Of the whole image, or of a region: a mask [N,1,h,w], 0..1, of any resolution."""
        gram, mean = {}, {}
        for layer in layers:
            features = activations[layer]
            share = None if region is None else region_share(region, features)
            gram[layer] = gram_matrix(features, share)
            rows = positions(features)
            mean[layer] = rows.mean(dim=1) if share is None else (rows * share).sum(dim=1)
        return cls(gram, mean)

    @property
    def deviation(self) -> dict[str, Tensor]:
        """Standard deviations [N,C] of every channel: the Gram matrix's diagonal is the mean
        square."""
        square = {layer: gram.diagonal(dim1=1, dim2=2) for layer, gram in self.gram.items()}
        return {k: (square[k] - m.square()).clamp_min(1e-6).sqrt() for k, m in self.mean.items()}

    def each(self, change: Callable[[Tensor], Tensor]) -> StyleStatistics:
        """With every tensor changed."""
        gram, mean = ({k: change(v) for k, v in part.items()} for part in (self.gram, self.mean))
        return StyleStatistics(gram, mean)

    @classmethod
    def stack(cls, items: list[StyleStatistics]) -> StyleStatistics:
        def join(name: str) -> dict[str, Tensor]:
            parts = [getattr(item, name) for item in items]
            return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}

        return cls(join("gram"), join("mean"))

    def mixture(self, weights: Tensor) -> StyleStatistics:
        """The targets of mixtures: weights [M,N] over these N styles give statistics of M."""
        return self.each(lambda values: torch.einsum("mn,n...->m...", weights, values))


def region_share(region: Tensor, features: Tensor) -> Tensor:
    """What every position of the features counts in a region [N,1,h,w]: [N,H·W,1], sum 1."""
    mask = F.interpolate(region, features.shape[2:], mode="bilinear", antialias=True)
    rows = positions(mask)
    return rows / rows.sum(dim=1, keepdim=True).clamp_min(1e-6)


def relative_error(value: Tensor, target: Tensor) -> Tensor:
    """‖value − target‖² / ‖target‖² of every item of the batch: [N,…] to [N]."""
    difference = (value - target).flatten(1).square().sum(dim=1)
    return difference / target.flatten(1).square().sum(dim=1).clamp_min(1e-8)


def content_distances(features: Tensor, target: Tensor) -> Tensor:
    """Cosine distances [N], 0..1, between the features of pastiches and photographs. Not their
    relative error, which a pastiche with strong marks can only lower by painting fainter ones."""
    return 1 - F.cosine_similarity(features.flatten(1), target.flatten(1))


def local_content_distances(features: Tensor, target: Tensor) -> Tensor:
    """Cosine distances [N,H,W], 0..1, between the features [N,C,H,W] of pastiches and photographs at
    every position, each times its share: a position counts by half for itself and by half for the
    strength of the photograph's features there. In the distance of whole pictures flat areas hardly
    count, and there a network then puts all of its marks."""
    strength = target.square().sum(dim=1).sqrt()
    share = 0.5 + 0.5 * strength / strength.mean(dim=(1, 2), keepdim=True).clamp_min(1e-6)
    return share.sqrt() * (1 - F.cosine_similarity(features, target, dim=1))


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


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, summed over both directions."""
    rows = (image[:, :, 1:] - image[:, :, :-1]).square().mean()
    columns = (image[:, :, :, 1:] - image[:, :, :, :-1]).square().mean()
    return rows + columns


VARIATION_ALLOWED = 2.5
"""A pastiche's variation, in multiples of its photograph's, that costs nothing: a painting has more
contrast than a photograph."""


def local_variation(image: Tensor, square: int) -> Tensor:
    """Mean squared difference of neighbouring pixels, summed over both directions, in the squares of
    `square` px (odd) around every pixel: [N,C,H,W] to [N,1,H-1,W-1]."""
    down = (image[:, :, 1:, :-1] - image[:, :, :-1, :-1]).square()
    right = (image[:, :, :-1, 1:] - image[:, :, :-1, :-1]).square()
    return box_means((down + right).mean(dim=1, keepdim=True), square, padding=square // 2)


def excess_variation(pastiche: Tensor, content: Tensor, square: int = 9) -> Tensor:
    """How much more variation pastiches [N,3,H,W] have than their photographs allow, place by place,
    [N]. Ornaments stamped onto walls, skies and cheeks lower the Gram errors, and nothing else sees
    that they were not asked for; where a photograph has texture of its own, a style may show."""
    allowed = VARIATION_ALLOWED * local_variation(content, square)
    return F.relu(local_variation(pastiche, square) - allowed).mean(dim=(1, 2, 3))


def chroma_variation(image: Tensor) -> Tensor:
    """Total variation of an image's colours without its lightness. Colour that changes from pixel
    to pixel is noise to the eye, and the Gram matrices of relu1_2 hardly mind it."""
    return total_variation(image - image.mean(dim=1, keepdim=True))


REPETITION_WINDOW = 64
"""Side of the squares in which repetition is looked for, px."""
MIN_DETAIL = 1e-4
"""Mean square of the detail, 0..1, below which a square is flat and can't repeat itself."""


def box_means(image: Tensor, side: int, stride: int = 1, padding: int = 0) -> Tensor:
    """Means of squares of `side` px; what lies outside of the image [N,C,H,W] does not count. Rows
    first, then columns: on a CPU a 17th of the time at 33 px."""
    pool = partial(F.avg_pool2d, count_include_pad=False)
    rows = pool(image, (1, side), (1, stride), (0, padding))
    return pool(rows, (side, 1), (stride, 1), (padding, 0))


def repetition(image: Tensor, period: int) -> Tensor:
    """How much the fine detail of an image [N,3,H,W] repeats every `period` pixels: the mean, over
    squares of REPETITION_WINDOW px, of the correlation (0..1, negative ones count as 0) of its high
    frequencies with themselves, shifted by one period along rows, columns and both diagonals.

    A decoder that starts at 1/8 of the resolution likes to print the same patch into every cell
    of flat areas.
    """
    lightness = image.mean(dim=1, keepdim=True)
    detail = lightness - box_means(lightness, period + 1, padding=period // 2)
    height, width = detail.shape[2:]
    here = detail[:, :, : height - period, : width - period]
    across = detail[:, :, : height - period, period:]
    down = detail[:, :, period:, : width - period]
    both = detail[:, :, period:, period:]
    window = min(REPETITION_WINDOW, height - period, width - period)

    def inside(product: Tensor) -> Tensor:
        return box_means(product, window, max(1, window // 2))

    energy = inside(here.square()) + MIN_DETAIL
    pairs = ((here, across), (here, down), (here, both), (across, down))
    return torch.stack([(inside(a * b) / energy).clamp(0, 1).mean() for a, b in pairs]).mean()
