"""What the tests share: specifications, a client of the real session, the programs under test/."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from crusades_evaluator import processes

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "evaluator" / "src"
HONEST = ROOT / "test" / "honest"
ADVERSARIES = ROOT / "test" / "adversaries"
PROFILE: dict[str, Any] = json.loads((ROOT / "evaluator" / "calibration" / "local-profile.json").read_text())

#: In the environment of whoever starts the referee of all cases.
SECRET = "correct horse"
#: For cases about conduct, where the amount of work does not matter.
SMALL = {"corpus": "synthetic", "sequence_length": 33, "batch_size": 2, "steps": 3}
#: Generous: a busy machine is not what is tested.
PATIENT = {"start": 60, "warm_up": 60, "timed": 60, "judge": 60, "total": 200}
#: For programs that never end.
IMPATIENT = {"start": 2, "warm_up": 60, "timed": 2, "judge": 60, "total": 200}


def program(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def spec(code: str, **changes: Any) -> dict[str, Any]:
    """A valid specification as plain data; keyword arguments replace its top-level keys."""
    plain = {
        "version": 1,
        "submission": "a submission",
        "attempt": 1,
        "code": code,
        "code_sha256": hashlib.sha256(code.encode()).hexdigest(),
        "seed": None,
        "device": "cpu",
        "threads": 1,
        "model": PROFILE["model"],
        "data": SMALL,
        "limits": PROFILE["limits"],
        # on a CPU nothing has to be compiled or captured before
        "warm_up_steps": 2 if changes.get("device", "cpu") == "cpu" else 3,
        "deadlines_s": PATIENT,
        "memory_bytes": PROFILE["memory_bytes"],
        "mfu": {"peak_flops": 1e11, "peak_source": "measured", "min_mfu": 0, "max_plausible_mfu": 100},
    }
    return {**plain, **changes}


def environment(lock_dir: Path, **more: str) -> dict[str, str]:
    """What a subprocess of the evaluator gets."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONPATH": str(SOURCE), "CRUSADES_LOCK_DIR": str(lock_dir), **more}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "crusades_evaluator", *words]


class Session:
    """A running `session`. Reads its events in a thread, so that every wait has a time limit."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        prefix: list[str] | None = None,
        device: str = "cpu",
        **more_environment: str,
    ) -> None:
        self.folder = folder
        reading, writing = os.pipe()
        words = command("session", "--device", device, "--threads", "1", "--progress-fd", str(writing), *options)
        self.process = subprocess.Popen(
            [*(prefix or []), *words],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[writing],
            env=environment(folder, **more_environment),
            text=True,
        )
        os.close(writing)
        self.events: list[dict[str, Any]] = []
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._count = 0
        threading.Thread(target=self._read, args=(reading,), daemon=True).start()

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor) as stream:
            for line in stream:
                self._queue.put(json.loads(line))
        self._queue.put(None)

    def next_event(self, timeout: float = 60) -> dict[str, Any] | None:
        """The next event; None once the session has ended."""
        event = self._queue.get(timeout=timeout)
        if event is not None:
            self.events.append(event)
        return event

    def until(self, kind: str, timeout: float = 60, **fields: Any) -> dict[str, Any]:
        """Skips events until one of that kind with these fields."""
        while (event := self.next_event(timeout)) is not None:
            if event["event"] == kind and all(event.get(k) == v for k, v in fields.items()):
                return event
        raise AssertionError(f"the session ended before {kind} {fields}: {self.stderr()}")

    def send(self, request: dict[str, Any] | str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((request if isinstance(request, str) else json.dumps(request)) + "\n")
        self.process.stdin.flush()

    def begin(self, plain: dict[str, Any]) -> Path:
        """Starts an attempt and returns where its result will be."""
        self._count += 1
        spec_path = self.folder / f"spec-{self._count}.json"
        result_path = self.folder / f"result-{self._count}.json"
        spec_path.write_text(json.dumps(plain))
        self.send({"spec": str(spec_path), "result": str(result_path)})
        return result_path

    def attempt(self, plain: dict[str, Any], timeout: float = 120) -> dict[str, Any]:
        """Runs an attempt to its result."""
        path = self.begin(plain)
        self.until("done", timeout, result=str(path))
        result: dict[str, Any] = json.loads(path.read_text())
        return result

    def stderr(self) -> str:
        assert self.process.stderr is not None
        self.process.kill()
        return self.process.stderr.read()

    def close(self) -> int:
        """Ends the session as a worker does, by closing its stdin; returns its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=30)


def values(result: dict[str, Any]) -> dict[str, float | None]:
    return {statistic["name"]: statistic["value"] for statistic in result["statistics"]}


def failed(result: dict[str, Any]) -> set[str]:
    return {statistic["name"] for statistic in result["statistics"] if not statistic["passed"]}


def settled_family(pid: int, size: int, seconds: float = 10) -> int:
    """Number of processes under pid, once it is `size` or the time is over: a keeper takes a moment to exit."""
    until = time.monotonic() + seconds
    while (found := len(processes.family(pid))) != size and time.monotonic() < until:
        time.sleep(0.02)
    return found
