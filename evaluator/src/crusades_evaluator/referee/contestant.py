"""The referee's hold on one contestant: start it, hear its messages in time, kill it, know how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crusades_evaluator import processes
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.contestant.order import Order
from crusades_evaluator.contestant.zygote import send_order
from crusades_evaluator.protocol import GO, MESSAGE_BYTES, Kind, Malformed, Message, decode, encode_length
from crusades_evaluator.referee import clock
from crusades_evaluator.referee.output import OutputTail

_WATCH_S = 0.5
_KILL_S = 30.0
_HAND_OVER_S = 10.0


class Cancel:
    """Set from another thread; wakes a referee that waits for a contestant."""

    def __init__(self) -> None:
        self._flag = threading.Event()
        self.descriptor, self._write = os.pipe()

    def set(self) -> None:
        self._flag.set()
        os.write(self._write, b"x")

    def check(self) -> None:
        """Raises AttemptFailed(cancelled) once set."""
        if self._flag.is_set():
            raise AttemptFailed("cancelled")

    def close(self) -> None:
        os.close(self.descriptor)
        os.close(self._write)


class Contestant:
    """One contestant, from the zygote's fork to the certainty that nothing of it is left."""

    def __init__(
        self, zygote: socket.socket, order: Order, buffers: Sequence[int], output_bytes: int, cancel: Cancel
    ) -> None:
        self._order = order
        self._cancel = cancel
        self.output = OutputTail(output_bytes)
        self._talk, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._keeper, keepers = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._inbox = bytearray()
        self._news = bytearray()
        self._gone = False
        self._started = False
        self._out_of_memory = False
        self.pid = 0
        self.own_user = False
        self.notices: list[str] = []
        self.exit_status: int | None = None
        try:
            send_order(zygote, order, [keepers.fileno(), theirs.fileno(), self.output.descriptor, *buffers])
        except OSError as error:
            raise AttemptFailed("evaluator_failed", f"the warm parent is gone: {error}") from error
        finally:
            theirs.close()
            keepers.close()
            self.output.writer_passed_on()
        self._talk.setblocking(False)

    def expect(self, kind: Kind, seconds: float, phase: str) -> Message:
        """The next message, which must be of that kind. Raises AttemptFailed for everything else that can happen."""
        until = clock.now() + seconds
        while len(self._inbox) < MESSAGE_BYTES or not self._started:
            self._wait(until, phase, seconds)
        raw = bytes(self._inbox[:MESSAGE_BYTES])
        del self._inbox[:MESSAGE_BYTES]
        try:
            message = decode(raw)
        except Malformed:
            raise AttemptFailed("protocol_breach", "bytes that are no message of the protocol", stage=phase) from None
        if message.kind is Kind.FAILED:
            raise AttemptFailed(message.code, message.text, stage=phase)
        if message.kind is not kind:
            raise AttemptFailed("protocol_breach", f"said {message.kind.name} instead of {kind.name}", stage=phase)
        return message

    @property
    def gone(self) -> bool:
        """Whether the keeper has said that nothing of it is left."""
        return self._gone

    def waits(self) -> bool:
        """Whether it still lives, as far as has been heard."""
        poll = select.poll()
        poll.register(self._keeper, select.POLLIN)
        while self.exit_status is None and poll.poll(0):
            if not self._hear_keeper():
                return False
        return self.exit_status is None

    def belongs_to(self, cancel: Cancel) -> None:
        """From now on that switch ends it; a contestant may be started before its attempt is known."""
        self._cancel = cancel

    def expect_bound(self, seconds: float) -> None:
        """Until the process holds device, buffers and model. No code of a miner runs before: a failure is ours."""
        try:
            self.expect(Kind.BOUND, seconds, "starting")
        except AttemptFailed as failed:
            if failed.code == "cancelled":
                raise
            reason = f"the contestant's process could not be prepared: {failed.message}"
            raise AttemptFailed("evaluator_failed", reason, stage="starting") from failed

    def hand_code(self, code: str) -> None:
        """Gives the program over. The other side is still the harness alone, and waits for it."""
        text = code.encode("utf-8")
        try:
            self._talk.settimeout(_HAND_OVER_S)
            self._talk.sendall(encode_length(len(text)) + text)
        except OSError as error:
            raise AttemptFailed("evaluator_failed", f"the program could not be handed over: {error}") from error
        finally:
            self._talk.setblocking(False)

    def must_be_silent(self, phase: str) -> None:
        """Raises AttemptFailed(protocol_breach) if anything was said that nobody asked for."""
        self._receive()
        if self._inbox:
            raise AttemptFailed("protocol_breach", "spoke before the timed run began", stage=phase)

    def go(self) -> None:
        with contextlib.suppress(OSError):  # that it died is found out by the next expect()
            self._talk.sendall(GO)

    def kill(self) -> None:
        """Ends the contestant and everything that it started; returns when the keeper has seen them all gone."""
        if self._gone:
            return
        with contextlib.suppress(OSError):
            self._keeper.sendall(b"K")
        until = clock.now() + _KILL_S
        poll = select.poll()
        poll.register(self._keeper, select.POLLIN)
        while not self._gone:
            if not poll.poll(max(0.0, until - clock.now()) * 1000):
                raise AttemptFailed("gpu_quarantined", f"contestant's processes survived {_KILL_S:g} s of killing")
            if not self._hear_keeper() and not self._gone:
                raise AttemptFailed("evaluator_failed", "the keeper ended without saying that all is gone")
        shutil.rmtree(self._order.scratch, ignore_errors=True)

    def close(self) -> None:
        self._talk.close()
        self._keeper.close()
        shutil.rmtree(self._order.scratch, ignore_errors=True)

    def _wait(self, until: float, phase: str, seconds: float) -> None:
        self._cancel.check()
        left = until - clock.now()
        if left <= 0:
            raise AttemptFailed(
                "timeout",
                f"the phase {phase} took longer than {seconds:g} s",
                stage=phase,
                details={"phase": phase, "limit_s": seconds},
            )
        poll = select.poll()
        for descriptor in (self._talk.fileno(), self._keeper.fileno(), self._cancel.descriptor):
            poll.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(min(left, _WATCH_S) * 1000)}
        if not ready:
            self._check_memory(phase)
        if self._talk.fileno() in ready and not self._receive():
            self._report_death(phase)
        if self._keeper.fileno() in ready and not self._hear_keeper():
            raise AttemptFailed("evaluator_failed", "the contestant's keeper died", stage=phase)
        if self.exit_status is not None and not self._receive() and len(self._inbox) < MESSAGE_BYTES:
            self._report_death(phase)

    def _receive(self) -> bool:
        """Takes what is there, no more than a message beyond what is due. False at the end of the stream."""
        try:
            piece = self._talk.recv(MESSAGE_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._inbox += piece
        return bool(piece)

    def _hear_keeper(self) -> bool:
        piece = self._keeper.recv(65536)
        self._news += piece
        while b"\n" in self._news:
            line, _, rest = bytes(self._news).partition(b"\n")
            self._news = bytearray(rest)
            self._take_news(json.loads(line))
        return bool(piece)

    def _take_news(self, news: dict[str, Any]) -> None:
        if "keeper" in news:
            self.pid = news["keeper"]
        elif "started" in news:
            self._started = True
            self.own_user, self.notices = news["started"]["own_user"], news["started"]["notices"]
        elif "exited" in news:
            self.exit_status = news["exited"]
        elif "out_of_memory" in news:
            self._out_of_memory = True
        elif "gone" in news:
            self._gone = True

    def _report_death(self, phase: str) -> None:
        """Raises AttemptFailed with what is known about the end of the process."""
        until = clock.now() + 1.0
        poll = select.poll()
        poll.register(self._keeper, select.POLLIN)
        while self.exit_status is None and clock.now() < until and poll.poll(100):
            self._hear_keeper()
        status = self.exit_status
        details: dict[str, Any] = {"phase": phase}
        if self._out_of_memory:
            reason = f"the kernel ended it at {self._order.memory_bytes / 2**20:.0f} MiB"
            raise AttemptFailed("out_of_memory", reason, stage=phase, details=details)
        how = "closed its channel"
        if status is not None and os.WIFSIGNALED(status):
            how = f"was ended by {signal.Signals(os.WTERMSIG(status)).name}"
            details["signal"] = os.WTERMSIG(status)
        elif status is not None:
            how = f"exited with status {os.WEXITSTATUS(status)}"
            details["exit_status"] = os.WEXITSTATUS(status)
        raise AttemptFailed("contestant_crashed", f"the contestant {how} in {phase}", stage=phase, details=details)

    def _check_memory(self, phase: str) -> None:
        used = sum(process.resident_bytes for process in processes.family(self.pid))
        if used > self._order.memory_bytes:  # counts shared pages more than once: look closely only then
            used = processes.proportional_bytes(self.pid)
        if used > self._order.memory_bytes:
            raise AttemptFailed(
                "out_of_memory",
                f"the contestant's processes use {used / 2**20:.0f} MiB, "
                f"allowed are {self._order.memory_bytes / 2**20:.0f}",
                stage=phase,
            )


def make_scratch(uid: int) -> str:
    """An empty folder for one attempt, which its contestant may reach but not list from outside."""
    path = Path(tempfile.mkdtemp(prefix=_scratch_prefix(uid)))
    path.chmod(0o711)
    return str(path)


def remove_stale_scratch(uid: int) -> None:
    """Folders that a killed referee left behind. Only for a uid that the caller holds the lock of."""
    for path in Path(tempfile.gettempdir()).glob(f"{_scratch_prefix(uid)}*"):
        shutil.rmtree(path, ignore_errors=True)


def _scratch_prefix(uid: int) -> str:
    return f"crusades-attempt-{uid}-"
