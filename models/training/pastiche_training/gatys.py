"""The optimisation of Gatys, Ecker and Bethge 2015: the picture itself is what is learnt.

Slow: what the feed-forward network approximates for every photograph at once.

    python -m pastiche_training.gatys --data DIR --image photo.jpg --style starry-night --out pastiche.png
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .data import STYLE_SIDE, load_image, pictures, to_tensor
from .perceptual_loss import (
    LossNetwork,
    StyleStatistics,
    gram_errors,
    relative_error,
    total_variation,
)
from .progress import with_time_left

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"


def picture_loss(
    picture: Tensor,
    activations: Mapping[str, Tensor],
    content_target: Mapping[str, Tensor],
    targets: StyleStatistics,
    style_weight: float,
    variation: float,
) -> dict[str, Tensor]:
    """The loss of a picture [1,3,H,W] with these activations, and its terms before weighting:
    `loss`, `content` (relative error), `style` (relative Gram errors averaged over the layers),
    `variation`."""
    content = relative_error(activations[CONTENT_LAYER], content_target[CONTENT_LAYER]).mean()
    style = gram_errors(StyleStatistics.of(activations, list(targets.gram)), targets).mean()
    terms = {"content": content, "style": style, "variation": total_variation(picture)}
    return {"loss": content + style_weight * style + variation * terms["variation"], **terms}


def optimise(
    content: Tensor,
    targets: StyleStatistics,
    loss_network: LossNetwork,
    steps: int,
    style_weight: float = 10,
    variation: float = 0.1,
    lr: float = 0.02,
    on_step: Callable[[int, dict[str, float]], None] | None = None,
) -> Tensor:
    """Pastiche [1,3,H,W], 0..1, of a content image [1,3,H,W] by `steps` steps of Adam on its
    pixels, from the content image on: content at relu4_2 and style at the targets' layers, the
    paper's relu1_1 … relu5_1. Errors are relative to their targets, so that one style weight suits
    every painting.

    `on_step` gets the number of steps done, from 0 on, and the terms of `picture_loss` then.
    """
    with torch.no_grad():
        content_target = loss_network(content)
    picture = content.clone().requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=lr)
    for step in with_time_left(range(steps), steps, "steps"):
        terms = picture_loss(
            picture, loss_network(picture), content_target, targets, style_weight, variation
        )
        if on_step:
            on_step(step, {name: value.item() for name, value in terms.items()})
        optimiser.zero_grad()
        torch.autograd.backward(terms["loss"])
        optimiser.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
    return picture.detach()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--style", required=True, help="id of a named style, or a picture file")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--side", type=int, default=384, help="short side of the pastiche, px")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--style-weight", type=float, default=10,
                        help="of the mean Gram error, to content's 1")  # fmt: skip
    parser.add_argument("--variation", type=float, default=0.1)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--bf16", action="store_true", help="loss network in bfloat16")
    a = parser.parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if a.bf16 else torch.float32
    loss_network = LossNetwork.load(a.data, dtype, (*STYLE_LAYERS, CONTENT_LAYER)).to(device)
    named = {path.stem: path for path in pictures(a.data / "styles")}
    style_image = to_tensor(load_image(named.get(a.style, Path(a.style)), STYLE_SIDE)).to(device)
    with torch.no_grad():
        targets = StyleStatistics.of(loss_network(style_image), STYLE_LAYERS)
    content = to_tensor(load_image(a.image, a.side)).to(device)

    def report(step: int, terms: dict[str, float]) -> None:
        if step % 10 == 0:
            print(step, " ".join(f"{name} {value:.4f}" for name, value in terms.items()))

    pastiche = optimise(
        content, targets, loss_network, a.steps,
        a.style_weight, a.variation, a.lr, on_step=report,
    )  # fmt: skip
    pixels = (pastiche[0].permute(1, 2, 0).cpu().numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(a.out)


if __name__ == "__main__":
    main()
