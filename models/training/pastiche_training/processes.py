"""The processes of one run: which this one is, and what they do together."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from .progress import with_time_left

Item = TypeVar("Item")

MAX_PAUSE = datetime.timedelta(hours=12)
"""How long processes wait for each other, so that a paused run (SIGSTOP) survives its pause."""


@dataclass(frozen=True)
class Processes:
    """This process among `count`, from 0 on, and the device that it computes on."""

    rank: int = 0
    count: int = 1
    device: torch.device = torch.device("cpu")

    @classmethod
    def join(cls) -> Processes:
        """As torchrun has set the environment: a GPU each where there are some. One process without
        torchrun."""
        environment = os.environ
        device = torch.device("cpu")
        if torch.cuda.is_available():
            device = torch.device("cuda", int(environment.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(device)
        joined = cls(int(environment.get("RANK", 0)), int(environment.get("WORLD_SIZE", 1)), device)
        if joined.count > 1:
            backend = "nccl" if device.type == "cuda" else "gloo"
            dist.init_process_group(backend, timeout=MAX_PAUSE)
        return joined

    @property
    def is_first(self) -> bool:
        """Whether it is this one that writes."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """The items that fall to this process: each falls to one."""
        return items[self.rank :: self.count]

    def own_share(self, count: int, what: str) -> Iterable[int]:
        """This process's of the numbers below `count`, of long work that is shared out; the first
        process says how long its share will take."""
        own = self.share(range(count))
        return with_time_left(own, len(own), what) if self.is_first else own

    def sum(self, values: Tensor) -> Tensor:
        """The sum of what every process has, on the device."""
        total = values.to(self.device, copy=True)
        if self.count > 1:
            dist.all_reduce(total)
        return total

    def wait(self) -> None:
        """Until all have come here."""
        if self.count > 1:
            dist.barrier()

    def together(self, network: nn.Module) -> nn.Module:
        """The network, whose gradients are the mean of all processes'; all begin with the first's
        weights."""
        if self.count == 1:
            return network
        ids = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(network, device_ids=ids)

    def leave(self) -> None:
        if self.count > 1:
            dist.destroy_process_group()


ALONE = Processes()
