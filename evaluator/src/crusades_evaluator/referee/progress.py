"""Phases of an attempt: how long each took, and signs of life every second."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from crusades_evaluator.referee import clock

Report = Callable[[dict[str, Any]], None]
_SIGN_OF_LIFE_S = 1.0


class Phases:
    """The phases of one attempt. Each is reported when it begins and every second until the next one."""

    def __init__(self, submission: str, attempt: int, report: Report) -> None:
        self._identity = {"submission": submission, "attempt": attempt}
        self._report = report
        self._began = clock.now()
        self.current = "starting"
        self.seconds: dict[str, float] = {}
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[Phases]:
        """Sends signs of life for as long as the block lasts."""
        thread = threading.Thread(target=self._tick, name="signs-of-life", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """A phase that the outside sees."""
        self.current = name
        self._tell(None)
        with self.part(name):
            yield

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measures without telling. A name with a dot is a part of the phase before the dot, for `bench`."""
        start = clock.now()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + clock.now() - start, 6)

    def _tick(self) -> None:
        while not self._over.wait(_SIGN_OF_LIFE_S):
            self._tell("still running")

    def _tell(self, detail: str | None) -> None:
        event = {"event": "phase", **self._identity, "phase": self.current}
        event["elapsed_s"] = round(clock.now() - self._began, 3)
        self._report({**event, **({"detail": detail} if detail else {})})
