"""Progress events: JSON lines on a descriptor."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import Any

from crusades_evaluator.codes import AttemptFailed


class EventStream:
    """Sends whole lines from any thread. A reader that went away is not an error: the parent's death ends us."""

    def __init__(self, descriptor: int | None) -> None:
        """None: events are dropped. Raises AttemptFailed(evaluator_spec_invalid) for a descriptor that is not open."""
        self._descriptor = descriptor
        self._lock = threading.Lock()
        if descriptor is not None:
            try:
                os.set_inheritable(descriptor, False)
            except OSError:
                raise AttemptFailed("evaluator_spec_invalid", f"descriptor {descriptor} is not open") from None

    def send(self, event: dict[str, Any]) -> None:
        if self._descriptor is None:
            return
        line = json.dumps(event).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):
            while line:
                line = line[os.write(self._descriptor, line) :]
