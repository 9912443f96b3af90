"""A training run of several processes, on tiny pictures."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch._C._distributed_c10d import TCPStore
from torch.utils.data import DataLoader

from pastiche_training.checkpoint import Checkpoint, Progress
from pastiche_training.config import Places, TrainingConfig
from pastiche_training.draws import (
    Draw,
    ImitationDraw,
    PerceptualDraw,
    PixelDraw,
    StepDraws,
    read_ahead,
)
from pastiche_training.network import StyleEncoder
from pastiche_training.perceptual_loss import LOSS_FILE, VGG_CONVOLUTIONS, channels_of
from pastiche_training.processes import Processes
from pastiche_training.train import Trainer

CPU = torch.device("cpu")
CONFIG = TrainingConfig(
    form="live", pixel_steps=1, imitation_steps=0, steps=2, batch=1, side=32, crops=2,
    temporal=1.0, content_pace=1.0, near_content=1.0, log_every=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder of noise: photographs, styles, paintings, a loss network, an encoder."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for kind, count in (("content", 9), ("styles", 2), ("paintings", 3)):
        (folder / kind).mkdir()
        for number in range(count):
            pixels = rng.integers(0, 255, (36, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / kind / f"{kind}-{number}.png")
    weights, inputs = {}, 3
    for name in VGG_CONVOLUTIONS[:9]:
        outputs = channels_of(f"relu{name}")
        kernel = rng.standard_normal((outputs, inputs, 3, 3), np.float32)
        weights[f"conv{name}.weight"] = (kernel * (2 / (9 * inputs)) ** 0.5).astype(np.float16)
        weights[f"conv{name}.bias"] = np.zeros(outputs, np.float16)
        inputs = outputs
    (folder / LOSS_FILE).parent.mkdir()
    np.savez(folder / LOSS_FILE, allow_pickle=False, **weights)
    torch.manual_seed(0)
    torch.save(StyleEncoder().state_dict(), folder / "encoder.pt")
    return folder


def places_in(data: Path, into: Path) -> Places:
    return Places(data, into, into / "statistics.f32", encoder=data / "encoder.pt")


def known_of(places: Places) -> Checkpoint | None:
    return Checkpoint.read(places.checkpoint) if places.checkpoint.exists() else None


def one_process(rank: int, count: int, port: int, config: TrainingConfig, places: Places) -> None:
    """What torchrun starts, and a file of the weights and content weights that it ends with."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port,
            "TORCHELASTIC_USE_AGENT_STORE": True,
        }.items():  # fmt: skip
            patch.setenv(name, str(value))
        processes = Processes.join()
    trainer = Trainer(config, places, known_of(places), processes)
    trainer.run()
    weights = {**trainer.network.state_dict(), "balance": trainer.balance.logarithms}
    torch.save(weights, places.into / f"rank-{rank}.pt")
    processes.leave()


def train(count: int, config: TrainingConfig, places: Places) -> list[dict[str, Tensor]]:
    """What every process of a run ends with."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    context = multiprocessing.get_context("forkserver")
    # The second is what PyTorch imports with the first optimiser, in two seconds.
    context.set_forkserver_preload(["pastiche_training.train", "torch._dynamo"])
    started = [
        context.Process(target=one_process, args=(rank, count, store.port, config, places))
        for rank in range(count)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * count
    files = [places.into / f"rank-{rank}.pt" for rank in range(count)]
    return [torch.load(file, weights_only=True) for file in files]


def equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


def test_processes_have_equal_weights_and_any_number_goes_on(data: Path, tmp_path: Path) -> None:
    places = places_in(data, tmp_path)
    first = train(2, CONFIG, places)
    assert equal(*first)
    kept = Checkpoint.read(places.checkpoint)
    assert kept.progress == replace(Progress(3, 6), seconds=kept.progress.seconds)
    for name, value in kept.network.items():
        assert torch.equal(value, first[0][name].half())

    for count, steps, pictures in ((2, 3, 8), (3, 4, 11)):
        before = kept
        ended = train(count, replace(CONFIG, steps=steps), places)
        assert all(equal(ended[0], other) for other in ended)
        kept = Checkpoint.read(places.checkpoint)
        assert (kept.progress.step, kept.progress.pictures) == (1 + steps, pictures)
        assert kept.progress.seconds > before.progress.seconds
        # One step from where the run before has ended.
        name = "decoder.0.deconv.weight"
        moved = (kept.network[name].float() - before.network[name].float()).abs().max()
        assert 0 < moved < 1e-2


def draws_of(data: Path, rank: int, config: TrainingConfig, workers: int = 0) -> DataLoader[Draw]:
    photographs = Processes(rank, 2).share(sorted((data / "content").iterdir()))
    dataset = StepDraws(config, photographs, [0, 1], 5, rank)
    return read_ahead(dataset, range(config.last_step), workers, CPU)


def tensors_of(draw: Draw) -> list[Tensor]:
    found: list[Tensor] = []

    def kept(value: Tensor) -> Tensor:
        found.append(value.clone())
        return value

    draw.each(kept)
    return found


def test_draws_are_a_processs_own_whoever_draws_them(data: Path) -> None:
    config = replace(CONFIG, imitation_steps=1, steps=2, regions_share=1.0, batch=2)
    first, again, second = (
        list(draws_of(data, rank, config, workers)) for rank, workers in ((0, 0), (0, 2), (1, 0))
    )
    kinds = [PixelDraw, ImitationDraw, PerceptualDraw, PerceptualDraw]
    assert [type(draw) for draw in first] == kinds
    for draw, same, other in zip(first, again, second, strict=True):
        own, drawn_ahead, others = (tensors_of(drawn) for drawn in (draw, same, other))
        assert all(torch.equal(a, b) for a, b in zip(own, drawn_ahead, strict=True))
        assert not all(torch.equal(a, b) for a, b in zip(own, others, strict=True))
    # Of the styles, their shares, the other styles, the mask, the grain, the motion.
    assert len(tensors_of(first[-1])) == 8
    assert not torch.equal(tensors_of(first[-1])[-1], tensors_of(first[-2])[-1])


def test_photographs_are_shared_out() -> None:
    shares = [Processes(rank, 3).share(range(10)) for rank in range(3)]
    assert sorted(number for share in shares for number in share) == list(range(10))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_step_reads_no_number_off_the_device(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(CONFIG, imitation_steps=1, steps=3, halves_share=0.5, regions_share=0.5)
    trainer = Trainer(config, places_in(data, tmp_path))
    assert len(trainer.content_crops.crops) == config.crops
    draws = list(trainer.draws())

    def waited(*_: object) -> None:
        raise AssertionError("a GPU would be waited for")

    for name in ("item", "tolist", "numpy", "cpu", "__bool__", "__float__", "__int__", "__index__"):
        monkeypatch.setattr(torch.Tensor, name, waited)
    for draw in draws:
        terms = trainer.terms_of(draw)
        torch.autograd.backward(terms["loss"])
    assert len(draws) == config.last_step
    assert terms.keys() >= {"content", "near content", "temporal", "relu4_1", "repetition"}
    with pytest.raises(AssertionError, match="waited"):
        float(terms["loss"])
