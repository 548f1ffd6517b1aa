"""Where a contestant waits for its entrance: its process started and bound to the buffers, without its program as yet.

The next attempt's process can be made while the reference of the last one runs. No line of a miner's has run in it: the
program comes over the socket when the attempt begins.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Sequence

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.contestant.order import Order
from crusades_evaluator.contestant.zygote import ask_to_keep_kernels
from crusades_evaluator.interface import Spec
from crusades_evaluator.referee.contestant import Cancel, Contestant, make_scratch


class DressingRoom:
    """Starts contestants from the zygote. At most one waits."""

    def __init__(self, zygote: socket.socket, uid: int | None) -> None:
        self._zygote = zygote
        self._uid = uid
        self._waiting: tuple[str, Contestant] | None = None
        self._never = Cancel()

    def prepare(self, spec: Spec, descriptors: Sequence[int]) -> None:
        """Starts a contestant for another attempt like this one."""
        if self._waiting is None:
            with contextlib.suppress(AttemptFailed):  # then the next attempt starts its own, and tells
                self._waiting = (_kind_of(spec), self._start(spec, descriptors, self._never))

    def call(self, spec: Spec, descriptors: Sequence[int], cancel: Cancel) -> Contestant:
        """The one that waits, if it was made for such an attempt; otherwise a new one."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            kind, contestant = waiting
            if kind == _kind_of(spec) and contestant.waits():
                contestant.belongs_to(cancel)
                return contestant
            _dismiss(contestant)
        return self._start(spec, descriptors, cancel)

    def keep_kernels(self) -> None:
        """Lets later submissions begin with what the driver has compiled for the contestant that is bound now.

        To be called before it is given its program. Raises AttemptFailed(evaluator_failed).
        """
        try:
            ask_to_keep_kernels(self._zygote)
        except OSError as error:
            raise AttemptFailed("evaluator_failed", f"the warm parent does not answer: {error}") from error

    def close(self) -> None:
        """Sends away whoever waits."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            _dismiss(waiting[1])

    def _start(self, spec: Spec, descriptors: Sequence[int], cancel: Cancel) -> Contestant:
        uid, gid = self._uid or os.getuid(), self._uid or os.getgid()
        order = Order(
            device=spec.device,
            threads=spec.threads,
            memory_bytes=spec.memory_bytes,
            uid=uid,
            gid=gid,
            scratch=make_scratch(uid),
            warm_up_steps=spec.warm_up_steps,
            cache=_cache_of(spec),
            model=spec.model,
            data=spec.data,
            optimizer=spec.optimizer,
        )
        return Contestant(self._zygote, order, descriptors, spec.output_bytes, cancel)


def _cache_of(spec: Spec) -> str:
    """Compile caches are kept for one submission's code only."""
    return f"{spec.submission} {spec.code_sha256}"


def _kind_of(spec: Spec) -> str:
    """Equal for attempts that one prepared process can serve."""
    shared = ("device", "threads", "memory_bytes", "output_bytes", "warm_up_steps", "model", "data", "optimizer")
    return _cache_of(spec) + spec.model_dump_json(include=set(shared))


def _dismiss(contestant: Contestant) -> None:
    with contextlib.suppress(AttemptFailed, OSError):
        contestant.kill()
    contestant.close()
