"""Tests of the training tools. Fast; the committed models are checked where they are present,
and real photographs where PASTICHE_DATA names a training folder."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
import torch
from PIL import Image
from torch import Tensor

from pastiche_training import draw_content, measures
from pastiche_training.ancestors import JohnsonNetwork, ReferenceNetwork
from pastiche_training.change_encoder import moved_state, transfer_map
from pastiche_training.checkpoint import (
    Checkpoint,
    ExponentialAverage,
    Progress,
    load_trained,
)
from pastiche_training.comparisons import costs, multiply_adds, stability
from pastiche_training.config import TrainingConfig, changes
from pastiche_training.content_balance import ContentBalance
from pastiche_training.content_crops import ContentCrops, RandomCrops, squeezed, unsqueezed
from pastiche_training.data import centre_crop, held_out, is_held_out, load_image
from pastiche_training.draws import Mixtures, random_mask, random_mixtures
from pastiche_training.export import (
    FoldedStyleEncoder,
    canonical_order,
    export_encoder,
    export_network,
    exported_weights,
    operators_of,
    pastiche_operators,
    rounded,
    style_set,
)
from pastiche_training.faces import Box
from pastiche_training.forms import FORMS, network_of, optimiser_of
from pastiche_training.gatys import optimise, picture_loss
from pastiche_training.grain import grain, still_grain, still_tile
from pastiche_training.measures import (
    Bench,
    autocorrelation_heights,
    identification,
    mixing,
    regions,
)
from pastiche_training.motion import affine, between, random_motion
from pastiche_training.network import (
    STYLE_DIM,
    ConditionalInstanceNorm,
    Form,
    ModulatedDeconv,
    PasticheNetwork,
    StyleEncoder,
    style_space_id,
)
from pastiche_training.perceptual_loss import (
    CONTENT_LAYERS,
    JUDGE_LAYERS,
    LIGHTNESS,
    LOSS_FILE,
    STYLE_LAYERS,
    VGG_CONVOLUTIONS,
    LossNetwork,
    StyleStatistics,
    channels_of,
    chroma_variation,
    content_distances,
    excess_variation,
    gram_errors,
    gram_matrix,
    local_content_distances,
    repetition,
    tone_errors,
    total_variation,
)
from pastiche_training.prepare_data import (
    CAFFE_MEAN,
    TORCHVISION_LAYERS,
    convert_vgg,
    copy_pictures,
)
from pastiche_training.progress import Pace, with_time_left
from pastiche_training.reference import paint, restyle, session, superposition
from pastiche_training.style_set import StyleSet, read_style_set, write_style_set
from pastiche_training.target_statistics import StyleFile, TargetStatistics
from pastiche_training.train import configured, start_from

MODELS = Path(__file__).parents[2]
DATA = os.environ.get("PASTICHE_DATA", "")
TOLERANCE = 1e-3

needs_models = pytest.mark.skipif(
    not (MODELS / "pastiche.onnx").exists(), reason="no exported models"
)
needs_data = pytest.mark.skipif(not DATA, reason="PASTICHE_DATA is not set")


@pytest.fixture(autouse=True)
def one_seed() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def drawings() -> list[np.ndarray]:
    return [draw(96) for draw in draw_content.PICTURES.values()]


def vgg(*layers: str) -> LossNetwork:
    """VGG-16's shape with random weights that keep the activations' size."""
    rng = np.random.default_rng(0)
    weights, inputs = {}, 3
    for name in VGG_CONVOLUTIONS:
        outputs = channels_of(f"relu{name}")
        kernel = rng.normal(0, (2 / (9 * inputs)) ** 0.5, (outputs, inputs, 3, 3))
        weights[f"conv{name}.weight"] = kernel.astype(np.float32)
        weights[f"conv{name}.bias"] = np.zeros(outputs, np.float32)
        inputs = outputs
    return LossNetwork(weights, layers)


@pytest.fixture(scope="module")
def loss_network() -> LossNetwork:
    return vgg(*STYLE_LAYERS, *CONTENT_LAYERS)


SMALL_FORM = Form((8, 12, 16), detail_blocks=2)


def steered_network(form: Form = SMALL_FORM) -> PasticheNetwork:
    """A random network whose style input matters and whose pastiche has contrast."""
    network = PasticheNetwork(form).eval()
    network.get_parameter("last.0.weight").data *= 20
    for skip in network.skips:
        torch.nn.init.normal_(skip.get_parameter("weight"), std=0.1)
    modules = list(network.modules())
    norms = [module for module in modules if isinstance(module, ConditionalInstanceNorm)]
    deconvolutions = [module for module in modules if isinstance(module, ModulatedDeconv)]
    for scaled in (network.fusion, *norms, *deconvolutions):
        torch.nn.init.normal_(scaled.get_parameter("scale.weight"), std=0.1)
    for shifted in (*norms, *deconvolutions):
        torch.nn.init.normal_(shifted.get_parameter("shift.weight"), std=0.1)
    return network


def fitted_encoder() -> StyleEncoder:
    """A random encoder whose standardisation and whitening are not the identity."""
    encoder = StyleEncoder()
    images = torch.rand(24, 3, 48, 48) * torch.rand(24, 3, 1, 1)
    for _ in range(3):
        encoder.train().embed(images)
    with torch.no_grad():
        encoder.eval().fit_whitening(encoder.embed(images), ridge=0.5)
    return encoder


def tensors(drawings: list[np.ndarray], side: int = 64) -> list[Tensor]:
    return [centre_crop(drawing, side) for drawing in drawings]


# Losses


def test_gram_matrix_is_the_naive_loop() -> None:
    features = torch.randn(2, 5, 4, 3)
    gram = gram_matrix(features)
    for n in range(2):
        for i in range(5):
            for j in range(5):
                total = sum(
                    (features[n, i, y, x] * features[n, j, y, x]).item()
                    for y in range(4)
                    for x in range(3)
                )
                assert gram[n, i, j].item() == pytest.approx(total / 12, abs=1e-5)


def random_statistics(count: int, channels: int = 6) -> StyleStatistics:
    return StyleStatistics.of({layer: torch.randn(count, channels, 8, 8) for layer in STYLE_LAYERS})


def test_statistics_are_means_and_deviations_of_channels() -> None:
    features = torch.randn(1, 6, 16, 16) * 2 + 1
    statistics = StyleStatistics.of(dict.fromkeys(STYLE_LAYERS, features))
    mean, deviation = statistics.mean["relu2_1"], statistics.deviation["relu2_1"]
    assert torch.allclose(mean, features.mean(dim=(2, 3)), atol=1e-5)
    assert torch.allclose(deviation, features.std(dim=(2, 3), correction=0), atol=1e-3)


def test_tone_error_minds_light_and_dark_alone() -> None:
    content = torch.rand(2, 3, 64, 48)
    weights = torch.tensor(LIGHTNESS)[:, None, None]
    lightness = (content * weights).sum(dim=1, keepdim=True)
    faded = (0.2 + 0.5 * lightness).expand_as(content)
    assert torch.allclose(tone_errors(faded, content), torch.zeros(2), atol=1e-5)
    assert torch.allclose(tone_errors(1 - content, content), torch.full((2,), 2.0), atol=1e-5)
    # A flat picture agrees with nothing, and has a gradient.
    flat = torch.full_like(content, 0.5).requires_grad_()
    torch.autograd.backward(tone_errors(flat, content).sum())
    assert torch.allclose(tone_errors(flat, content), torch.ones(2), atol=1e-4)
    assert flat.grad is not None and torch.isfinite(flat.grad).all()


def test_mixtures_are_linear_in_their_weights() -> None:
    statistics = random_statistics(3)
    mixed = statistics.mixture(torch.tensor([[0.2, 0.3, 0.5], [1, 0, 0]]))
    for name in ("gram", "mean"):
        for layer in STYLE_LAYERS:
            own = getattr(statistics, name)[layer]
            expected = 0.2 * own[0] + 0.3 * own[1] + 0.5 * own[2]
            assert torch.allclose(getattr(mixed, name)[layer][0], expected, atol=1e-5)
            assert torch.equal(getattr(mixed, name)[layer][1], own[0])


def test_gram_errors_are_relative() -> None:
    statistics = random_statistics(1)
    assert gram_errors(statistics, statistics).max() == 0
    zero = statistics.mixture(torch.tensor([[0.0]]))
    assert torch.allclose(gram_errors(zero, statistics), torch.ones(len(STYLE_LAYERS), 1))


def test_statistics_of_a_region_are_those_of_its_crop() -> None:
    features = torch.randn(1, 4, 16, 16)
    left = torch.zeros(1, 1, 16, 16)
    left[..., :8] = 1
    activations, halves = {"relu2_1": features}, {"relu2_1": features[..., :8]}
    region = StyleStatistics.of(activations, ["relu2_1"], left)
    crop = StyleStatistics.of(halves, ["relu2_1"])
    assert torch.allclose(region.gram["relu2_1"], crop.gram["relu2_1"], atol=1e-5)
    assert torch.allclose(region.deviation["relu2_1"], crop.deviation["relu2_1"], atol=1e-4)


def test_content_distance_minds_no_contrast() -> None:
    features = torch.rand(2, 8, 6, 6)
    assert torch.allclose(content_distances(features * 3, features), torch.zeros(2), atol=1e-5)
    assert (content_distances(features.flip(3), features) > 0.1).all()


def test_marks_in_flat_areas_count_in_the_local_distance() -> None:
    photograph = torch.rand(1, 8, 6, 6)
    photograph[..., :3] *= 0.01
    marked = photograph.clone()
    marked[:, :, :, :3] = marked[:, :, :, :3].flip(1)
    same = local_content_distances(photograph * 3, photograph)
    assert torch.allclose(same, torch.zeros(1, 6, 6), atol=1e-5)
    local = local_content_distances(marked, photograph).mean()
    assert local > 20 * content_distances(marked, photograph)


def test_loss_network_ends_at_the_last_layer_asked_for() -> None:
    network = vgg("relu1_1", "relu2_2")
    activations = network(torch.rand(1, 3, 32, 24))
    assert {layer: tuple(a.shape) for layer, a in activations.items()} == {
        "relu1_1": (1, 64, 32, 24), "relu2_2": (1, 128, 16, 12)
    }  # fmt: skip
    assert list(network.convolutions)[-1] == "relu2_2"


def test_repetition_is_of_the_period_alone() -> None:
    patch = torch.rand(1, 3, 8, 8)
    assert repetition(patch.repeat(1, 1, 8, 8), 8).item() > 0.8
    assert repetition(torch.rand(1, 3, 64, 64), 8).item() < 0.1
    assert repetition(torch.rand(1, 3, 7, 7).repeat(1, 1, 10, 10), 8).item() < 0.3
    # In one corner of a flat picture, too.
    corner = torch.full((1, 3, 192, 192), 0.5)
    corner[..., :64, :64] = torch.rand(1, 3, 8, 8).repeat(1, 1, 8, 8)
    smooth = torch.full((1, 3, 192, 192), 0.5)
    assert repetition(corner, 8) > 0.05 and repetition(smooth, 8) == 0
    tiled = torch.rand(1, 3, 16, 16).repeat(1, 1, 6, 6)
    assert autocorrelation_heights(tiled)[1] > 0.8
    assert max(map(abs, autocorrelation_heights(torch.rand(1, 3, 96, 96)))) < 0.1


def test_excess_variation_minds_what_is_added_where_the_photograph_has_none() -> None:
    content = torch.full((1, 3, 64, 128), 0.4)
    content[..., 64:] += 0.3 * torch.rand(1, 3, 64, 64)
    # A cheek: its lightness falls evenly.
    content[..., :64] += torch.linspace(0, 0.4, 64)[:, None]
    ornament = 0.2 * (torch.arange(64) // 4 % 2).float()
    flats, edges = content.clone(), content.clone()
    flats[..., :64] += ornament
    edges[..., 64:] += ornament
    assert excess_variation(content, content).item() == 0
    assert excess_variation(1.5 * content - 0.3, content).item() < 1e-6
    assert excess_variation(flats, content).item() > 50 * excess_variation(edges, content).item()


def test_total_variation_of_a_ramp() -> None:
    ramp = torch.linspace(0, 1, 11).expand(1, 3, 11, 11)
    assert total_variation(ramp).item() == pytest.approx(0.01, abs=1e-6)


# Network


@pytest.mark.parametrize(("height", "width"), [(64, 64), (72, 40), (16, 24)])
def test_network_keeps_shape_and_range(height: int, width: int) -> None:
    network = steered_network()
    with torch.no_grad():
        pastiche = network(torch.rand(1, 3, height, width), torch.randn(1, STYLE_DIM, 1, 1))
    assert pastiche.shape == (1, 3, height, width)
    assert pastiche.min() >= 0 and pastiche.max() <= 1


def test_a_uniform_map_is_the_uniform_mix() -> None:
    network, style = steered_network(), torch.randn(1, STYLE_DIM, 1, 1)
    content = torch.rand(1, 3, 64, 72)
    with torch.no_grad():
        assert torch.allclose(
            network(content, style), network(content, style.repeat(1, 1, 8, 9)), atol=1e-4
        )


def test_the_style_steers() -> None:
    network, content = steered_network(), torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        first, second = (network(content, torch.randn(1, STYLE_DIM, 1, 1)) for _ in range(2))
    assert (first - second).abs().mean() > 0.01


def test_conditional_norm_is_a_superposition() -> None:
    norm, features = ConditionalInstanceNorm(8, STYLE_DIM), torch.randn(1, 8, 6, 6)
    torch.nn.init.normal_(norm.scale.weight)
    first, second = torch.randn(2, 1, STYLE_DIM, 1, 1)
    with torch.no_grad():
        mixed = norm(features, 0.3 * first + 0.7 * second)
        assert torch.allclose(
            mixed, 0.3 * norm(features, first) + 0.7 * norm(features, second), atol=1e-4
        )


def test_form_is_read_off_the_weights() -> None:
    network = PasticheNetwork(Form((6, 8, 10), blocks=2, detail_blocks=1), style_dim=20)
    again = PasticheNetwork.from_state(network.state_dict())
    assert not again.training
    content, style = torch.rand(1, 3, 16, 16), torch.randn(1, 20, 1, 1)
    with torch.no_grad():
        assert torch.equal(network(content, style), again(content, style))


def test_whitened_vectors_are_centred_and_uncorrelated() -> None:
    encoder = StyleEncoder().eval()
    features = torch.randn(4000, STYLE_DIM) @ torch.randn(STYLE_DIM, STYLE_DIM) + 3
    encoder.fit_whitening(features, ridge=0)
    white = (features - encoder.whitening_mean) @ encoder.whitening_matrix
    covariance = white.T @ white / len(white)
    assert white.mean(dim=0).abs().max() < 1e-3
    assert (covariance - torch.eye(STYLE_DIM)).abs().max() < 0.02


def test_style_space_depends_on_the_weights_alone() -> None:
    first, second = StyleEncoder(), StyleEncoder()
    assert style_space_id(first.state_dict()) != style_space_id(second.state_dict())
    second.load_state_dict(first.state_dict())
    assert style_space_id(first.state_dict()) == style_space_id(second.state_dict())


# Data


def test_hold_out_share_is_stable() -> None:
    paths = [Path(f"photograph-{i}.jpg") for i in range(4000)]
    kept = [path for path in paths if is_held_out(path)]
    assert len(kept) == 194
    assert kept[0].stem == "photograph-58"
    assert all(is_held_out(Path("elsewhere") / f"{path.stem}.png") for path in kept)


def test_drawings_are_deterministic_pictures(drawings: list[np.ndarray]) -> None:
    for drawing, draw in zip(drawings, draw_content.PICTURES.values()):
        assert drawing.shape == (96, 96, 3) and drawing.dtype == np.uint8
        assert drawing.std() > 25
        assert np.array_equal(drawing, draw(96))


def test_training_folder_from_elsewhere(tmp_path: Path, loss_network: LossNetwork) -> None:
    source, out = tmp_path / "source" / "deeper", tmp_path / "data"
    source.mkdir(parents=True)
    for i in range(3):
        Image.new("RGB", (120, 90 + i)).save(source / f"picture-{i}.png")
    (source / "broken.jpg").write_bytes(b"not a picture")
    assert copy_pictures(source.parent, out / "content", 45, 10) == 3
    assert min(load_image(out / "content" / "picture-0.jpg").shape[:2]) == 45
    assert copy_pictures(source, out / "two", 45, 2) == 2

    state = {}
    for name, index in TORCHVISION_LAYERS.items():
        shape = (channels_of(f"relu{name}"), 3, 3, 3)
        state[f"features.{index}.weight"] = torch.randn(shape).half().float()
        state[f"features.{index}.bias"] = torch.randn(shape[0]).half().float()
    torch.save(state, tmp_path / "vgg16.pth")
    convert_vgg(tmp_path / "vgg16.pth", out / LOSS_FILE)
    known = LossNetwork.load(out, layers=["relu1_1"])(torch.rand(1, 3, 16, 16))
    assert known["relu1_1"].shape == (1, 64, 16, 16)

    # The same first layer, as Oxford's has it: kernels HWIO, of BGR pixels 0..255 less their means.
    kernel = np.random.default_rng(0).normal(0, 1e-2, (64, 3, 3, 3)).astype(np.float32)
    with h5py.File(tmp_path / "vgg16.h5", "w") as file:
        for name in VGG_CONVOLUTIONS:
            group = file.create_group("block{}_conv{}".format(*name.split("_")))
            group["b"] = np.zeros(64, np.float32)
            group["w"] = kernel.transpose(2, 3, 1, 0)
    convert_vgg(tmp_path / "vgg16.h5", out / LOSS_FILE)
    picture = torch.rand(1, 3, 16, 16)
    pixels = (picture * 255 - torch.tensor(CAFFE_MEAN)[:, None, None]).flip(1)
    expected = torch.nn.functional.conv2d(pixels, torch.from_numpy(kernel)).relu()
    found = LossNetwork.load(out, layers=["relu1_1"])(picture)["relu1_1"][..., 1:-1, 1:-1]
    assert torch.allclose(found, expected, rtol=2e-3, atol=2e-2 * expected.max().item())
    (tmp_path / "else.h5").write_bytes((tmp_path / "vgg16.h5").read_bytes())
    with h5py.File(tmp_path / "else.h5", "a") as file:
        del file["block5_conv3"]
    with pytest.raises(KeyError):
        convert_vgg(tmp_path / "else.h5", out / LOSS_FILE)


# Checkpoints


def trained_step(network: PasticheNetwork) -> torch.optim.Optimizer:
    optimiser = optimiser_of(network, 1e-3, 2)
    painted = network(torch.rand(1, 3, 16, 16), torch.randn(1, STYLE_DIM, 1, 1))
    torch.autograd.backward(painted.sum())
    optimiser.step()
    return optimiser


def test_modulations_learn_at_a_slower_pace() -> None:
    groups = optimiser_of(PasticheNetwork(Form((8, 8, 16))), 1e-3, 2).param_groups
    # Scales of the fusion layer and of both deconvolutions, with biases; two shifts.
    assert [(group["pace"], len(group["params"])) for group in groups] == [(1.0, 45), (0.25, 8)]
    (johnson,) = optimiser_of(JohnsonNetwork(), 1e-3, 2).param_groups
    assert johnson["pace"] == 1


def checkpoint_of(
    network: PasticheNetwork,
    encoder: StyleEncoder,
    progress: Progress | None = None,
    config: TrainingConfig | None = None,
) -> Checkpoint:
    """After one step."""
    average = ExponentialAverage(network, 0.9)
    optimiser = trained_step(network)
    average.update(network, 50)
    return Checkpoint(
        progress or Progress(), config or TrainingConfig(), torch.arange(3.0), network.state_dict(), average.state,
        encoder.state_dict(), optimiser.state_dict(),
    )  # fmt: skip


def test_checkpoint_round_trip(tmp_path: Path) -> None:
    file, progress = tmp_path / "checkpoint.pt", Progress(1234, 9876, 54.5, 200)
    config = TrainingConfig(lr=0.5, style=(1.0, 2.0, 3.0, 4.0), only=("udnie",))
    kept = checkpoint_of(PasticheNetwork(), fitted_encoder(), progress, config)
    kept.write(file)
    assert file.stat().st_size <= 20e6
    read = Checkpoint.read(file)
    assert (read.progress, read.config) == (progress, config)
    assert torch.equal(read.content_balance, kept.content_balance)
    assert read.style_space == kept.style_space

    network = PasticheNetwork()
    average = ExponentialAverage(network, 0.9)
    optimiser = optimiser_of(network, 1e-3, 8)
    decays = [group["betas"] for group in optimiser.param_groups]
    read.restore(network, average, optimiser)
    for name, value in kept.network.items():
        assert torch.allclose(value, network.state_dict()[name], rtol=1e-3, atol=1e-6)
        assert torch.allclose(kept.average[name], average.state[name], rtol=1e-3, atol=1e-6)
    moment = kept.optimiser["state"][0]["exp_avg_sq"]
    known = optimiser.state_dict()["state"][0]["exp_avg_sq"]
    assert torch.allclose(moment, known, rtol=0.01, atol=1e-6)
    # Of as many pictures a step as there are now.
    assert [group["betas"] for group in optimiser.param_groups] == decays
    optimiser.step()

    trained = load_trained(file)
    assert trained.step == 1234
    assert trained.style_space == kept.style_space
    first = trained.network.get_parameter("encoder.0.weight")
    assert torch.equal(first, kept.average["encoder.0.weight"].half().float())


def test_checkpoint_with_another_encoder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    checkpoint_of(PasticheNetwork(Form((4, 4, 4))), fitted_encoder()).write(file)
    state = torch.load(file, weights_only=True)
    state["encoder"]["project.bias"] += 1
    torch.save(state, file)
    with pytest.raises(ValueError, match="style encoder"):
        load_trained(file)


def test_flags_of_older_checkpoints_have_types() -> None:
    # None, lists, a flag that is gone, and none of those that came later.
    flags = {"lr": 6e-4, "only": None, "style": [1.2, 2.5, 3, 2.2], "content_of": ["udnie=6"],
             "tone": 1, "gone": 1}  # fmt: skip
    config = TrainingConfig.of_flags(flags)
    assert (config.lr, config.only, config.style) == (6e-4, (), (1.2, 2.5, 3.0, 2.2))
    assert config.content_weights() == {"udnie": 6} and config.tone == 1.0
    assert config.batch == TrainingConfig().batch
    for name, value in {"lr": "fast", "batch": 2.5, "only": [1], "style": 3.0}.items():
        with pytest.raises(ValueError, match=f"--{name}"):
            TrainingConfig.of_flags({name: value})


def test_phases_follow_each_other() -> None:
    config = TrainingConfig(pixel_steps=3, imitation_steps=2, steps=5)
    assert config.phase(2) == ("pixels", 3)
    assert config.phase(3) == ("imitation", 5)
    assert config.phase(5) == ("perceptual", 10) and config.last_step == 10


# Training


def test_random_mixtures_are_of_the_named_styles_and_the_paintings() -> None:
    rng = np.random.default_rng(0)
    config = TrainingConfig(paintings_share=0.5, mixed_share=0.5)
    drawn = random_mixtures(400, [3, 5], 50, config, rng)
    assert torch.allclose(drawn.shares.sum(dim=1), torch.ones(400), atol=1e-5)
    assert drawn.numbers.min() >= 0 and drawn.numbers.max() < 50
    assert 0.4 < np.isin(drawn.numbers, [3, 5]).mean() < 0.65
    singles = (drawn.shares > 0).sum(dim=1) == 1
    assert 0.4 < singles.float().mean() < 0.6


def test_what_a_form_adds_changes_nothing_at_first() -> None:
    old = steered_network(Form((8, 8, 16), blocks=1, detail_blocks=0))
    new = PasticheNetwork(Form((8, 8, 16), blocks=3, detail_blocks=2)).eval()
    start_from(new, old.state_dict())
    content, style = torch.rand(1, 3, 32, 32), torch.randn(1, STYLE_DIM, 1, 1)
    with torch.no_grad():
        assert torch.allclose(new(content, style), old(content, style), atol=1e-5)
    with pytest.raises(RuntimeError):
        start_from(new, steered_network(Form((8, 12, 16))).state_dict())


def where(folder: Path) -> list[str]:
    return ["--data", "data", "--statistics", "statistics.f32", "--into", str(folder)]


def test_a_run_keeps_its_flags(tmp_path: Path) -> None:
    config, _, known = configured([*where(tmp_path), "--lr", "2", "--only", "udnie", "the-kiss"])
    assert known is None and config.lr == 2 and config.only == ("udnie", "the-kiss")
    kept = checkpoint_of(PasticheNetwork(Form((4, 4, 4))), fitted_encoder(), config=config)
    kept.write(tmp_path / "checkpoint.pt")
    same, _, known = configured(where(tmp_path))
    assert known is not None and same == config == known.config
    assert list(changes(known.config, same)) == []
    other, _, _ = configured([*where(tmp_path), "--lr", "0.5", "--only", "udnie"])
    assert other == replace(config, lr=0.5, only=("udnie",))
    assert list(changes(known.config, other)) == [
        "--only: udnie the-kiss before, udnie from now on",
        "--lr: 2.0 before, 0.5 from now on",
    ]


def test_flags_that_are_given_may_be_the_defaults(tmp_path: Path) -> None:
    config = TrainingConfig(lr=2.0, content_of=("udnie=6",))
    kept = checkpoint_of(PasticheNetwork(Form((4, 4, 4))), fitted_encoder(), config=config)
    kept.write(tmp_path / "checkpoint.pt")
    default = TrainingConfig()
    back, _, _ = configured([*where(tmp_path), "--lr", str(default.lr), "--content-of"])
    assert back == default


def test_a_checkpoint_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "checkpoint.pt"
    config = TrainingConfig(lr=6e-4, content_of=("udnie=6", "the-kiss=7"), steps=1500)
    progress = Progress(1234, 9876, 3723.4, 200)
    kept = checkpoint_of(PasticheNetwork(Form((4, 4, 4))), fitted_encoder(), progress, config)
    kept.write(file)
    with pytest.raises(SystemExit) as ended:
        configured(["--show", str(file)])
    assert ended.value.code == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:3] == [
        f"style space {kept.style_space}",
        "step 1,234 of 2,900",
        "9,876 pictures seen in 1:02:03 since step 200; those before were not counted",
    ]
    # The flags, as a command line has them.
    words = " ".join(shown[3:]).split()
    assert configured([*where(tmp_path / "new"), *words])[0] == config


def test_the_committed_checkpoint_can_be_gone_on_from() -> None:
    folder = MODELS / "training/checkpoint"
    config, _, known = configured([*where(folder), "--lr", "0.0123"])
    assert known is not None and known.progress.step >= 11226
    assert config == replace(known.config, lr=0.0123)
    assert list(changes(known.config, config)) == [
        f"--lr: {known.config.lr} before, 0.0123 from now on"
    ]
    assert all(1 <= weight <= 40 for weight in config.content_weights().values())
    network = FORMS[config.form]()
    known.restore(network, ExponentialAverage(network, config.ema), optimiser_of(network, 1e-3, 6))


def test_time_left_is_said_every_half_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    for _ in with_time_left(range(20), 20, "styles"):
        now += 12
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["styles: 3 of 20, 3.4 minutes left", "styles: 6 of 20, 2.8 minutes left"]
    assert len(said) == 6


def test_the_pace_is_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    # After a resume: the 11,226 steps before took no time of this run.
    pace = Pace(11226)
    now = 200.0
    pace.reached(11326)
    assert pace.left(11426) == timedelta(seconds=200)
    now += 12 * 3600  # A pause is forgotten again.
    pace.reached(11426)
    assert pace.left(11526) > timedelta(hours=3)
    for step in range(11526, 14500, 100):
        now += 100
        pace.reached(step)
    assert pace.left(14526) == timedelta(seconds=100)


def mixtures(numbers: list[list[int]], shares: list[list[float]]) -> Mixtures:
    return Mixtures(torch.tensor(numbers), torch.tensor(shares))


def test_content_weighs_more_where_photographs_are_drowned() -> None:
    balance = ContentBalance([3, 5], 12, 4.0, 0.4, pace=1.0, device=torch.device("cpu"))
    alone = mixtures([[3, 0, 0], [5, 0, 0], [9, 0, 0]], [[1.0, 0, 0]] * 3)
    balance.learn(alone, torch.tensor([0.6, 0.3, 0.4]))
    drowned, calm, other = balance.weights(alone).tolist()
    assert drowned > 4 > calm and other == pytest.approx(4)
    # A mixture lies between, and teaches nothing.
    mixed = mixtures([[3, 5, 0]], [[0.5, 0.5, 0]])
    assert balance.weights(mixed).item() == pytest.approx((drowned * calm) ** 0.5)
    balance.learn(mixed, torch.tensor([0.9]))
    assert balance.weights(alone)[0].item() == pytest.approx(drowned)
    # Pictures of one style teach it together.
    twice = mixtures([[3, 0, 0]] * 2, [[1.0, 0, 0]] * 2)
    balance.learn(twice, torch.tensor([0.5, 0.5]))
    assert balance.weights(alone)[0].item() == pytest.approx(drowned * np.exp(0.2), rel=1e-5)
    balance.set(5, 12.0)
    assert balance.weights(alone)[1].item() == pytest.approx(12)
    # A style that is named twice, to be painted more often, has one weight.
    often = ContentBalance([3, 5, 3], 12, 4.0, 0.4, pace=1.0, device=torch.device("cpu"))
    often.set(3, 12.0)
    assert often.weights(alone).tolist() == pytest.approx([12, 4, 4])


def test_crops_are_of_the_photographs_that_they_need(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(50)]
    for number, path in enumerate(paths):
        Image.new("RGB", (40, 36), (number, 0, 0)).save(path)
    crops = RandomCrops(paths, 6, 32, [0, 7])
    assert len(crops) <= 6
    cut = [crops[number] for number in range(len(crops))]
    assert torch.cat(cut).shape == (6, 3, 32, 32)
    for own in cut:
        assert own[:, 0].min() == own[:, 0].max()
    assert len(set(torch.cat(cut)[:, 0].flatten().tolist())) == len(crops)
    other = RandomCrops(paths, 6, 32, [1, 7])
    assert {path for path, _ in crops.chosen} != {path for path, _ in other.chosen}


def test_content_targets_are_computed_once() -> None:
    network = vgg("relu1_1")
    calls: list[int] = []
    network.register_forward_hook(lambda *_: calls.append(1))
    cut = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    crops = ContentCrops(cut, network, ["relu1_1"])
    for numbers in ((0, 0), (1, 0), (0, 1), (1, 1)):
        content, targets = crops.batch(numbers, torch.tensor(numbers))
        assert torch.equal((content * 255).round().byte(), cut[list(numbers)])
        with torch.no_grad():
            expected = network(content)["relu1_1"]
        calls.pop()
        assert content_distances(targets["relu1_1"], expected).max() < 1e-3
    assert len(calls) == 2
    values = torch.rand(3, 4, 5, 5) ** 4 * torch.tensor([1.0, 10.0, 0.1])[:, None, None, None]
    again = unsqueezed(*squeezed(values))
    assert ((again - values).abs().amax(dim=(1, 2, 3)) < values.amax(dim=(1, 2, 3)) * 6e-3).all()


def test_random_masks_have_two_sides() -> None:
    masks = random_mask(20, 16, np.random.default_rng(0))
    assert masks.shape == (20, 1, 16, 16)
    assert masks.min() >= 0 and masks.max() <= 1
    assert ((masks > 0.5).float().mean(dim=(1, 2, 3)) > 0.05).all()


def test_motion_is_known() -> None:
    image = torch.zeros(1, 1, 16, 16)
    image[0, 0, 8, 8] = 1
    # Two of eight half-sides to the right in the grid is two pixels to the left in the picture.
    moved = between(image, affine((0.25, 0.0), 1.0, 0.0)[None])
    assert moved[0, 0, 8, 6] == pytest.approx(1, abs=1e-5)
    motion = random_motion(40, np.random.default_rng(0))
    still = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert 0 < sum(torch.allclose(m, still) for m in motion) < 30


def test_target_statistics_are_kept(tmp_path: Path, loss_network: LossNetwork) -> None:
    paintings = []
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 255, (32, 40, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        paintings.append(StyleFile(tmp_path / f"{number}.png", 64))
    file = tmp_path / "statistics.f32"
    kept = TargetStatistics.prepare(file, paintings, loss_network)
    image = torch.from_numpy(paintings[1].load().copy()).permute(2, 0, 1)[None].float() / 255
    expected = StyleStatistics.of(loss_network(image))
    read = kept.mixture(mixtures([[1, 0]], [[1.0, 0.0]]))
    for layer in STYLE_LAYERS:
        assert torch.allclose(read.gram[layer], expected.gram[layer], rtol=1e-4, atol=1e-5)
        assert torch.allclose(read.mean[layer], expected.mean[layer], rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="delete"):
        TargetStatistics.prepare(file, paintings[:1], loss_network)


def test_a_network_moves_to_another_style_space() -> None:
    network, content = steered_network(), torch.rand(1, 3, 32, 32)
    old = torch.randn(300, STYLE_DIM)
    new = old @ torch.linalg.qr(torch.randn(STYLE_DIM, STYLE_DIM)).Q
    matrix = transfer_map(old, new, torch.ones(300), ridge=1e-9)
    moved = PasticheNetwork.from_state(moved_state(network.state_dict(), matrix))
    with torch.no_grad():
        before = network(content, old[:1, :, None, None])
        after = moved(content, new[:1, :, None, None])
    assert (before - after).abs().max() < 1e-3


@pytest.mark.parametrize("form", list(FORMS))
def test_form_of_every_network_is_read_off_its_weights(form: str) -> None:
    network = FORMS[form]().eval()
    again = network_of(network.state_dict())
    content, style = torch.rand(1, 3, 64, 48), torch.randn(1, STYLE_DIM, 1, 1)
    with torch.no_grad():
        assert torch.equal(network(content, style), again(content, style))


def test_multiply_adds_of_the_ancestors() -> None:
    full, johnson = (multiply_adds(FORMS[form]().eval(), 256) for form in ("full", "johnson"))
    assert full == pytest.approx(2.8e9, rel=0.02)
    assert johnson > 2.6 * full
    assert isinstance(FORMS["johnson"](), JohnsonNetwork)
    assert isinstance(FORMS["reference"](), ReferenceNetwork)


def test_costs_are_of_the_committed_networks_and_the_last_bench() -> None:
    models = Path(__file__).resolve().parents[2]
    files = {"live": models / "pastiche-live.onnx", "johnson": models / "ancestors/johnson.onnx"}
    table = costs(files, models.parent / "docs/benchmarks.json")
    assert table["live"]["bytes"] == files["live"].stat().st_size
    assert table["johnson"]["johnson 1t"] == 1
    ratio = table["johnson"]["ms 1t"] / table["live"]["ms 1t"]
    assert ratio == pytest.approx(table["live"]["johnson 1t"], rel=0.1)


# Export


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network, half as wide, and its encoder, exported as the trained ones are."""
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("models")
    network, fitted = steered_network(Form((16, 32, 64), detail_blocks=2)), fitted_encoder()
    space = style_space_id(fitted.state_dict())
    network, encoder = rounded(network), rounded(FoldedStyleEncoder(fitted))
    export_network(network, space, folder / "pastiche.onnx")
    export_encoder(encoder, space, folder / "style-encoder.onnx")
    images = {"starry-night": torch.rand(1, 3, 64, 80), "the-kiss": torch.rand(1, 3, 80, 64) ** 3}
    write_style_set(style_set(encoder, space, images), folder)
    torch.save({"network": network, "encoder": encoder, "images": images}, folder / "modules.pt")
    return folder


def test_training_can_start_from_an_export(tmp_path: Path) -> None:
    network = PasticheNetwork(Form((8, 8, 16), blocks=1, detail_blocks=1))
    for parameter in network.parameters():  # An export keeps equal weights only once.
        torch.nn.init.normal_(parameter)
    network = rounded(network)
    export_network(network, "space", tmp_path / "network.onnx")
    again = PasticheNetwork.from_state(exported_weights(tmp_path / "network.onnx"))
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters()))


def shuffled(graph: onnx.GraphProto, rng: np.random.Generator) -> onnx.GraphProto:
    """The same graph with constants and nodes in another order, in which it can run."""
    other = onnx.GraphProto()
    other.CopyFrom(graph)
    del other.node[:], other.initializer[:]
    other.initializer.extend(graph.initializer[i] for i in rng.permutation(len(graph.initializer)))
    waiting = list(graph.node)
    while waiting:
        made = {output for node in waiting for output in node.output}
        ready = [node for node in waiting if made.isdisjoint(node.input)]
        waiting.remove(chosen := ready[rng.integers(len(ready))])
        other.node.append(chosen)
    return other


@pytest.mark.parametrize("file", ["pastiche.onnx", "style-encoder.onnx"])
def test_exports_have_one_order(exported: Path, file: str) -> None:
    graph = onnx.load(exported / file).graph
    rng = np.random.default_rng(0)
    for _ in range(3):
        other = shuffled(graph, rng)
        assert other != graph
        canonical_order(other)
        assert other == graph


def test_exported_operators_are_those_that_the_kernels_know(exported: Path, tmp_path: Path) -> None:
    assert operators_of(onnx.load(exported / "pastiche.onnx").graph) == pastiche_operators(3, 2)

    class Shifted(PasticheNetwork):
        def forward(self, content: Tensor, style: Tensor) -> Tensor:
            return super().forward(content, style) * 0.9

    with pytest.raises(ValueError, match="operators"):
        export_network(Shifted(SMALL_FORM), "space", tmp_path / "pastiche.onnx")
    assert not (tmp_path / "pastiche.onnx").exists()


@needs_models
@pytest.mark.parametrize(("name", "blocks", "details"), [("", 5, 2), ("-live", 3, 0)])
def test_committed_networks_are_those_that_the_kernels_know(
    name: str, blocks: int, details: int
) -> None:
    graph = onnx.load(MODELS / f"pastiche{name}.onnx").graph
    canonical_order(graph)
    assert operators_of(graph) == pastiche_operators(blocks, details)


def test_exported_graph_is_lean(exported: Path) -> None:
    network = operators_of(onnx.load(exported / "pastiche.onnx").graph)
    assert set(network) == {
        "Conv", "Relu", "Add", "Mul", "InstanceNormalization", "ConvTranspose", "Pad", "Sigmoid",
        "DepthToSpace", "Slice", "Resize",
    }  # fmt: skip
    assert network.count("InstanceNormalization") == 10
    encoder = operators_of(onnx.load(exported / "style-encoder.onnx").graph)
    assert encoder == ["Conv", "LeakyRelu"] * 4 + ["GlobalAveragePool", "Flatten", "Gemm"]


def difference(file: Path, module: torch.nn.Module, *inputs: Tensor) -> float:
    """Largest absolute difference between an exported graph and its module."""
    graph = session(file)
    feeds = {i.name: x.contiguous().numpy() for i, x in zip(graph.get_inputs(), inputs)}
    with torch.no_grad():
        return float(np.abs(graph.run(None, feeds)[0] - module(*inputs).numpy()).max())


def test_exported_graphs_equal_pytorch(exported: Path, drawings: list[np.ndarray]) -> None:
    modules = torch.load(exported / "modules.pt", weights_only=False)
    style = torch.randn(1, STYLE_DIM, 1, 1)
    for content in tensors(drawings):
        content = content[..., :40]
        for given in (style, torch.randn(1, STYLE_DIM, 8, 5)):
            file = exported / "pastiche.onnx"
            assert difference(file, modules["network"], content, given) <= TOLERANCE
        file = exported / "style-encoder.onnx"
        assert difference(file, modules["encoder"], content[..., :39]) <= TOLERANCE


def check_style_spaces(models: Path) -> StyleSet:
    styles = read_style_set(models)
    for file in sorted(models.glob("*.onnx")):
        session(file, styles["styleSpace"])
    return styles


def test_styles_and_graphs_carry_one_style_space(exported: Path) -> None:
    styles = check_style_spaces(exported)
    modules = torch.load(exported / "modules.pt", weights_only=False)
    assert styles["format"] == 1
    for style in styles["styles"]:
        assert set(style) == {"id", "title", "artist", "year", "vector"}
        with torch.no_grad():
            vector = modules["encoder"](modules["images"][style["id"]])[0]
        assert torch.allclose(torch.tensor(style["vector"]), vector, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="style space"):
        session(exported / "pastiche.onnx", "another")


@needs_models
def test_committed_models_belong_together() -> None:
    styles = check_style_spaces(MODELS)
    assert len({style["id"] for style in styles["styles"]}) == len(styles["styles"]) >= 20
    for style in styles["styles"]:
        assert len(style["vector"]) == STYLE_DIM
    for file in MODELS.glob("*.onnx"):
        assert file.stat().st_size < 12e6


def committed_network() -> PasticheNetwork:
    """The committed graph's weights in a PyTorch network."""
    return PasticheNetwork.from_state(exported_weights(MODELS / "pastiche.onnx"))


def check_committed(contents: list[Tensor]) -> None:
    styles = read_style_set(MODELS)["styles"]
    network, file = committed_network(), MODELS / "pastiche.onnx"
    for content, style, other in zip(contents, styles, styles[1:]):
        vectors = [torch.tensor(s["vector"])[None, :, None, None] for s in (style, other)]
        halves = vectors[0].repeat(1, 1, content.shape[2] // 8, content.shape[3] // 8)
        halves[..., halves.shape[3] // 2 :] = vectors[1]
        assert difference(file, network, content, vectors[0]) <= TOLERANCE
        assert difference(file, network, content, halves) <= TOLERANCE


@needs_models
def test_committed_network_equals_pytorch(drawings: list[np.ndarray]) -> None:
    check_committed(tensors(drawings, 96))


@needs_models
@needs_data
def test_committed_network_equals_pytorch_on_photographs() -> None:
    paths = held_out(Path(DATA) / "content", 4)
    check_committed([centre_crop(load_image(path), 256) for path in paths])


# Reference


def test_superposition_bends_weights_to_shares(exported: Path) -> None:
    styles = read_style_set(exported)
    first, second = (np.array(style["vector"], np.float32) for style in styles["styles"])
    mixed = superposition(styles, {"starry-night": 0.1, "the-kiss": 0.3})
    assert mixed.shape == (1, STYLE_DIM, 1, 1)
    share = 1 / (1 + 3**0.7)
    assert np.allclose(mixed[0, :, 0, 0], share * first + (1 - share) * second, atol=1e-6)


def test_paint_reflects_and_crops(exported: Path) -> None:
    network = session(exported / "pastiche.onnx")
    styles = read_style_set(exported)
    style = superposition(styles, {"the-kiss": 1})
    picture = np.random.default_rng(0).random((33, 21, 3), np.float32)
    painted = paint(network, picture, style)
    assert painted.shape == picture.shape
    modules = torch.load(exported / "modules.pt", weights_only=False)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None]
    padded = torch.nn.functional.pad(tensor, (0, 3, 0, 7), mode="reflect")
    with torch.no_grad():
        expected = modules["network"](padded, torch.from_numpy(style))
    window = expected[0, :, :33, :21].permute(1, 2, 0)
    assert np.abs(painted - window.numpy()).max() <= TOLERANCE


def test_grain_is_the_engines() -> None:
    """The same figures stand in test/unit/engine-grain.test.ts."""
    tile = still_tile()
    assert tile[0, :8].tolist() == [6, 5, 5, 6, -8, -2, 5, 2]
    assert int((tile.ravel().astype(int) * (np.arange(tile.size) % 7)).sum()) == 20595
    assert np.array_equal(still_grain(300, 700)[:256, 512:], tile[:, :188])


def test_grain_has_its_deviation() -> None:
    noise = grain(128, 96, 0.03, np.random.default_rng(0))
    assert noise.shape == (1, 1, 128, 96)
    assert 0.03 < noise.std() < 0.06 and abs(noise.mean()) < 0.01
    assert grain(128, 96, 0, np.random.default_rng(0)).abs().max() == 0


def test_chroma_variation_minds_only_colours() -> None:
    noise = torch.rand(1, 1, 16, 16)
    assert chroma_variation(noise.expand(1, 3, 16, 16)) < 1e-10
    assert chroma_variation(torch.rand(1, 3, 16, 16)) > 0.01


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 50), (16, 24)])
def test_restyle_of_any_size(exported: Path, height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 4), np.uint8)
    whole = restyle(exported, image, {"the-kiss": 1})
    assert whole.shape == image.shape and np.array_equal(whole[..., 3], image[..., 3])
    half = restyle(exported, image, {"the-kiss": 0.5}).astype(float)
    expected = (whole.astype(float) + image) / 2
    assert np.abs(half - expected).max() <= 1
    assert np.array_equal(restyle(exported, image, {}), image)


# Gatys and evaluation


def test_gatys_lowers_its_loss(loss_network: LossNetwork, drawings: list[np.ndarray]) -> None:
    content, style, _ = tensors(drawings, 32)
    with torch.no_grad():
        targets = StyleStatistics.of(loss_network(style))
        content_target = loss_network(content)
    losses: list[float] = []
    pastiche = optimise(
        content, targets, loss_network, 12, on_step=lambda _, terms: losses.append(terms["loss"])
    )
    assert len(losses) == 12 and losses[-1] < 0.5 * losses[0]
    assert pastiche.min() >= 0 and pastiche.max() <= 1
    with torch.no_grad():
        after = picture_loss(pastiche, loss_network(pastiche), content_target, targets, 10, 0.1)
    assert after["loss"] < losses[0]
    parts = after["content"] + 10 * after["style"] + 0.1 * after["variation"]
    assert torch.allclose(after["loss"], parts)


def test_faces_overlap_by_their_shared_area() -> None:
    box = Box(10, 10, 20, 10)
    assert box.overlap(box) == 1
    assert box.overlap(Box(20, 10, 20, 10)) == pytest.approx(1 / 3)
    assert box.overlap(Box(30, 10, 5, 5)) == 0


@pytest.fixture
def bench(drawings: list[np.ndarray]) -> Bench:
    pictures = tensors(drawings, 64)
    measured = vgg(*measures.STYLE_LAYERS, *measures.CONTENT_LAYERS)
    with torch.no_grad():
        return Bench.of(
            measured, vgg(*JUDGE_LAYERS), pictures, pictures, dict(zip("abc", pictures))
        )


@torch.no_grad()
def test_tables_of_a_perfect_and_of_a_blind_painter(bench: Bench) -> None:
    pictures = bench.photographs
    numbers = {id: torch.full((1, STYLE_DIM, 1, 1), float(i)) for i, id in enumerate("abc")}

    blind = identification(bench, lambda content, style: content, numbers)
    assert blind["overall"]["own"] == 1
    assert blind["overall"]["style"] == pytest.approx(1 / 3)
    assert blind["overall"]["content relu4_2"] == pytest.approx(0, abs=1e-5)

    def copy(content: Tensor, style: Tensor) -> Tensor:
        """The painting itself; halfway between two where the style is."""
        if style.shape[3] > 1:
            left, right = (copy(content, style[..., [i], :][..., [i]]) for i in (0, -1))
            middle = style.shape[3] // 2 * 8
            return torch.cat([left[..., :middle], right[..., middle:]], dim=3)
        place = style.mean().item()
        low = min(int(place), 1)
        return pictures[low] + (place - low) * (pictures[low + 1] - pictures[low])

    perfect = identification(bench, copy, numbers)
    assert perfect["overall"]["style"] == 1
    assert perfect["overall"]["own"] == pytest.approx(1 / 3)
    assert perfect["overall"]["gram"] == pytest.approx(0, abs=1e-5)
    assert perfect["overall"]["repeats 16"] == pytest.approx(0, abs=1e-5)
    assert len(mixing(bench, copy, numbers, 2)["cases"]) == 2
    assert len(regions(bench, copy, numbers, 2)["cases"]) == 2


@torch.no_grad()
def test_a_painter_that_does_nothing_is_steady(bench: Bench) -> None:
    vectors = {id: torch.full((1, STYLE_DIM, 1, 1), float(i)) for i, id in enumerate("abc")}
    changes = stability(bench, lambda content, _: content, vectors)
    assert all(changes[name] < 0.05 for name in ("pan", "zoom", "rotation"))
    assert changes["anchored pan"] == pytest.approx(changes["pan"])
    assert changes["noise"] == pytest.approx(0.02 * (2 / np.pi) ** 0.5, rel=0.2)
