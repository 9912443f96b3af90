"""How long long work will take."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

SAID_EVERY = 30.0
"""Seconds."""


def with_time_left(items: Iterable[Item], count: int, what: str) -> Iterator[Item]:
    """The items; says every half minute how many are done and how long the rest should take."""
    started = last = time.monotonic()
    for number, item in enumerate(items):
        now = time.monotonic()
        if number and now - last > SAID_EVERY:
            left = (now - started) / number * (count - number)
            print(f"{what}: {number} of {count}, {left / 60:.1f} minutes left", flush=True)
            last = now
        yield item


class Pace:
    """How long a step takes of late. What lies back counts less with every measurement: slow first
    steps, a pause, other work on the machine."""

    MEMORY = 0.7
    """What the pace before counts in the new one."""

    def __init__(self, step: int) -> None:
        """`step` is the one that is about to begin: those of a run before are not in the pace."""
        self.step, self.time = step, time.monotonic()
        self.seconds_a_step = 0.0

    def reached(self, step: int) -> None:
        """Measures, up to a later step."""
        now = time.monotonic()
        recent = (now - self.time) / (step - self.step)
        memory = self.MEMORY if self.seconds_a_step else 0
        self.seconds_a_step = memory * self.seconds_a_step + (1 - memory) * recent
        self.step, self.time = step, now

    def left(self, end: int) -> datetime.timedelta:
        """How long the steps up to `end` should take, to the second."""
        return datetime.timedelta(seconds=round(self.seconds_a_step * (end - self.step)))
