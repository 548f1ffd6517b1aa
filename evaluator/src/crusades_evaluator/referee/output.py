"""The end of what a contestant printed. For people: nothing here is parsed, and printing delays nothing."""

from __future__ import annotations

import os
import threading

from crusades_evaluator.protocol import printable

_READ_BYTES = 1 << 16


class OutputTail:
    """Drains a pipe in a thread and keeps its last `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._dropped = 0
        self._source, self.descriptor = os.pipe()
        self._thread = threading.Thread(target=self._drain, name="output", daemon=True)
        self._thread.start()

    def writer_passed_on(self) -> None:
        """Closes this side's copy of the writing end: the pipe then ends with its last writer."""
        os.close(self.descriptor)

    def finish(self) -> str:
        """The text, once all writers are gone. Waits at most a second for them."""
        self._thread.join(timeout=1.0)
        text = printable(bytes(self._kept))[-self._limit :] if self._limit else ""
        return f"[{self._dropped} bytes left out]\n{text}" if self._dropped else text

    def _drain(self) -> None:
        while piece := os.read(self._source, _READ_BYTES):
            self._kept += piece
            surplus = len(self._kept) - self._limit
            if surplus > 0:
                del self._kept[:surplus]
                self._dropped += surplus
        os.close(self._source)
