"""`session`: the warm referee that a GPU worker keeps for as long as it lives.

Reads JSON lines: {"spec": PATH, "result": PATH} runs an attempt, {"cancel": true} kills the running one. The end of
stdin, a TERM signal or the parent's death ends the session and everything under it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.events import EventStream
from crusades_evaluator.commands.options import add_device, corpora_folder, scrub_environment
from crusades_evaluator.contestant import linux
from crusades_evaluator.interface import read_spec, write_result

if TYPE_CHECKING:
    from crusades_evaluator.referee.contestant import Cancel
    from crusades_evaluator.referee.referee import Referee


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_device(parser)
    parser.add_argument("--progress-fd", type=int, required=True, help="descriptor for progress events, JSON lines")
    parser.add_argument(
        "--prepare-ahead",
        action="store_true",
        help="start the next attempt's process while the reference runs (always on a GPU)",
    )


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    with contextlib.suppress(OSError):
        linux.die_with_parent()
    events = EventStream(options.progress_fd)
    from crusades_evaluator.referee.referee import Referee

    try:
        referee = Referee(
            options.device,
            options.threads,
            options.slot,
            corpora=corpora_folder(),
            prepare_ahead=True if options.prepare_ahead else None,
        )
    except AttemptFailed as failed:
        events.send({"event": "fault", "code": failed.code, "message": failed.message})
        raise
    with referee:
        events.send({"event": "ready", **referee.environment()})
        return _Session(referee, events).serve()


class _Session:
    """Attempts run in the main thread, one after the other; another thread listens for what to do."""

    def __init__(self, referee: Referee, events: EventStream) -> None:
        self._referee = referee
        self._events = events
        self._work: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._running: Cancel | None = None
        self._over = False
        self._lock = threading.Lock()

    def serve(self) -> int:
        """Returns when there is nothing more to come."""
        signal.signal(signal.SIGTERM, lambda *_: self._finish())
        signal.signal(signal.SIGINT, lambda *_: self._finish())
        threading.Thread(target=self._listen, name="stdin", daemon=True).start()
        while (request := self._work.get()) is not None and not self._over:
            self._attempt(request)
            unfit = self._referee.unfit
            if unfit is not None:
                self._fault(*unfit)
                return 3
        return 0

    def _listen(self) -> None:
        for line in sys.stdin:
            try:
                request = json.loads(line)
                if request.get("cancel") is True:
                    self._cancel()
                else:
                    self._work.put({"spec": str(request["spec"]), "result": str(request["result"])})
            except (ValueError, KeyError, AttributeError):
                self._fault("evaluator_spec_invalid", f"not a request: {line.strip()[:200]}")
        self._finish()

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.set()

    def _finish(self) -> None:
        self._over = True
        self._cancel()
        self._work.put(None)

    def _attempt(self, request: dict[str, Any]) -> None:
        from crusades_evaluator.referee.contestant import Cancel

        cancel = Cancel()
        self._running = cancel
        if self._over:
            cancel.set()
        try:
            spec = read_spec(Path(request["spec"]))
            result = self._referee.attempt(spec, self._events.send, cancel)
            write_result(Path(request["result"]), result)
            end: dict[str, Any] = {"event": "done", "submission": spec.submission, "attempt": spec.attempt}
        except AttemptFailed as failed:
            end = {"event": "fault", "code": failed.code, "message": failed.message}
        except OSError as error:
            reason = f"{request['result']} can't be written: {error.strerror or error}"
            end = {"event": "fault", "code": "evaluator_failed", "message": reason}
        finally:
            self._running = None
            cancel.close()
        if end["event"] == "done":  # told last: who hears it may count on all else being over
            self._events.send({**end, "result": request["result"]})
        else:
            self._fault(end["code"], end["message"])

    def _fault(self, code: str, message: str) -> None:
        self._events.send({"event": "fault", "code": code, "message": message})
        print(f"{code}: {message}", file=sys.stderr, flush=True)
