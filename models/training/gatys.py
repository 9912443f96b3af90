"""The optimisation of Gatys, Ecker and Bethge 2015: the picture itself is what is learnt.

The reference that the feed-forward network approximates: slow, and as good as these losses get.

    python gatys.py --data DIR --image photo.jpg --style starry-night --out pastiche.png
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from data import STYLE_SIDE, load_image, pictures, to_tensor
from perceptual_loss import (
    LossNetwork,
    StyleStatistics,
    gram_errors,
    relative_error,
    total_variation,
)

CONTENT_LAYER = "relu3_3"


def picture_loss(
    picture: Tensor,
    activations: Mapping[str, Tensor],
    content_target: Mapping[str, Tensor],
    targets: StyleStatistics,
    style_weight: float = 20,
    content_weight: float = 1,
    variation: float = 0.1,
) -> dict[str, Tensor]:
    """The loss of a picture [1,3,H,W] with these activations, and its terms before weighting:
    `loss`, `content`, `style` (relative Gram errors averaged over the layers), `variation`."""
    content = relative_error(activations[CONTENT_LAYER], content_target[CONTENT_LAYER]).mean()
    style = gram_errors(StyleStatistics.of(activations), targets).mean()
    terms = {"content": content, "style": style, "variation": total_variation(picture)}
    loss = content_weight * content + style_weight * style + variation * terms["variation"]
    return {"loss": loss, **terms}


def optimise(
    content: Tensor,
    targets: StyleStatistics,
    loss_network: LossNetwork,
    steps: int,
    style_weight: float = 20,
    content_weight: float = 1,
    variation: float = 0.1,
    lr: float = 0.02,
    start: Tensor | None = None,
    on_step: Callable[[int, dict[str, float]], None] | None = None,
) -> Tensor:
    """Pastiche [1,3,H,W], 0..1, of a content image [1,3,H,W] by `steps` steps of Adam on its
    pixels, from `start` or from the content image itself.

    The paper takes its style from relu1_1, 2_1, 3_1, 4_1 and 5_1 and its content from relu4_2.
    The loss network ends at relu3_3, so relu1_2, relu2_2 and relu3_3 stand in for the five and
    relu3_3 for relu4_2: fine and middle strokes are the paper's, the largest forms are missing.
    Errors are relative to their targets, so that one style weight suits every painting.

    `on_step` gets the number of steps done, from 0 on, and the terms of `picture_loss` then.
    """
    with torch.no_grad():
        content_target = loss_network(content)
    picture = (content if start is None else start).clone().requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=lr)
    for step in range(steps):
        terms = picture_loss(
            picture, loss_network(picture), content_target, targets,
            style_weight, content_weight, variation,
        )  # fmt: skip
        if on_step:
            on_step(step, {name: value.item() for name, value in terms.items()})
        optimiser.zero_grad()
        terms["loss"].backward()
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
    parser.add_argument("--style-weight", type=float, default=20)
    parser.add_argument("--content-weight", type=float, default=1)
    parser.add_argument("--variation", type=float, default=0.1)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--bf16", action="store_true", help="loss network in bfloat16")
    a = parser.parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if a.bf16 else torch.float32
    loss_network = LossNetwork.load(a.data, dtype).to(device)
    named = {path.stem: path for path in pictures(a.data / "styles")}
    style_image = to_tensor(load_image(named.get(a.style, Path(a.style)), STYLE_SIDE)).to(device)
    with torch.no_grad():
        targets = StyleStatistics.of(loss_network(style_image))
    content = to_tensor(load_image(a.image, a.side)).to(device)

    def report(step: int, terms: dict[str, float]) -> None:
        if step % 10 == 0:
            print(step, " ".join(f"{name} {value:.4f}" for name, value in terms.items()))

    pastiche = optimise(
        content, targets, loss_network, a.steps,
        a.style_weight, a.content_weight, a.variation, a.lr, on_step=report,
    )  # fmt: skip
    pixels = (pastiche[0].permute(1, 2, 0).cpu().numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(a.out)


if __name__ == "__main__":
    main()
