"""A referee at hand for the commands that evaluate files: peak known, attempts run with progress on the terminal."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.hparams import Hparams
from crusades_evaluator.commands.options import corpora_folder
from crusades_evaluator.interface import Result, Spec
from crusades_evaluator.referee.contestant import Cancel
from crusades_evaluator.referee.referee import Referee


class Desk:
    """Use as a context manager; Ctrl-C cancels the running attempt and ends the command."""

    def __init__(self, device: str, threads: int, slot: int | None, *, quiet: bool = False) -> None:
        self.referee = Referee(device, threads, slot, corpora=corpora_folder())
        self._cancel = Cancel()
        self._show = sys.stderr.isatty() and not quiet
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._cancel.set())

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.referee.close()

    def peak(self, hparams: Hparams | None) -> tuple[float, str]:
        """FLOP/s and whether it is configured or measured."""
        name = self.referee.device.facts().name
        listed = hparams.configured_peak(name) if hparams else None
        if listed:
            return listed, "configured"
        if self.referee.device.name != "cpu" and hparams is not None:
            raise AttemptFailed(
                "gpu_unavailable",
                f"{hparams.path} lists no peak for a GPU named {name!r}: its MFU would mean nothing",
                stage="session",
            )
        return self.referee.device.measure_peak(self.referee.threads), "measured"

    def spec(self, hparams: Hparams, train: Path, attempt: int, peak: tuple[float, str]) -> Spec:
        return hparams.spec(train, attempt, self.referee.device.name, self.referee.threads, *peak)

    def run(self, spec: Spec) -> Result:
        """One attempt. Raises AttemptFailed(cancelled) after Ctrl-C."""
        result = self.referee.attempt(spec, self._tell, self._cancel)
        if self._show:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        if result.outcome == "cancelled":
            raise AttemptFailed("cancelled")
        return result

    def _tell(self, event: dict[str, Any]) -> None:
        if self._show:
            line = f"{event['submission']} #{event['attempt']} {event['phase']} {event['elapsed_s']:.0f} s"
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
