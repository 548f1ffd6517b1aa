"""Owns one contestant: puts it into its cell, waits for its end, and kills everything that it left behind.

Three processes: the keeper (outside, kills), the guardian (process 1 of the cell: when it ends, the kernel ends
everything in there), and the contestant itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crusades_evaluator import processes
from crusades_evaluator.contestant import confine, linux
from crusades_evaluator.contestant.cgroup import ControlGroup
from crusades_evaluator.contestant.order import Order

_POLL_S = 0.2


def keep(order: Order, cache: str | None, keeper: int, contestant: int, output: int, buffers: Sequence[int]) -> None:
    """Runs one contestant to its end. Returns when nothing of it is left. `keeper` speaks JSON lines to the referee.

    Says {"keeper": pid}, {"started": ...}, {"exited": wait status}, {"gone": true}. Any byte, or the end of the
    stream, means: kill.
    """
    with contextlib.suppress(OSError):
        linux.die_with_parent()
    referee = socket.socket(fileno=keeper)
    cell = confine.Cell(own_user=os.geteuid() == 0)
    bounds = confine.bounds_for(order.device)
    group = ControlGroup.create(f"crusades-{order.uid}-{os.getpid()}", order.memory_bytes, bounds.processes)
    confine.enter_namespaces(cell)
    with contextlib.suppress(OSError):
        linux.adopt_orphans()
    report_out, report_in = os.pipe()
    guardian = os.fork()
    if guardian == 0:
        try:
            os.close(report_out)
            if group is not None:
                group.enter()
            _guard(_Cast(order, cache, cell, bounds, contestant, output, tuple(buffers)), report_in)
        finally:
            os._exit(1)
    for descriptor in (report_in, contestant, output, *buffers):
        os.close(descriptor)
    with contextlib.suppress(OSError):
        referee.sendall(json.dumps({"keeper": os.getpid()}).encode() + b"\n")
        _watch(referee, report_out, group)
    if group is not None:
        group.kill()
    _kill_all(guardian, order, cell)
    if group is not None:
        group.remove()
    with contextlib.suppress(OSError):
        referee.sendall(b'{"gone": true}\n')
    os._exit(0)


def _watch(referee: socket.socket, reports: int, group: ControlGroup | None) -> None:
    """Passes the guardian's reports on until the referee says kill."""
    poll = select.poll()
    poll.register(referee, select.POLLIN)
    poll.register(reports, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == referee.fileno():
                return
            line = os.read(reports, 65536)
            if line:
                if group is not None and group.ran_out_of_memory():
                    referee.sendall(b'{"out_of_memory": true}\n')
                referee.sendall(line)
            else:
                if group is not None and group.ran_out_of_memory():
                    # The guardian went with all others, before it could tell.
                    referee.sendall(b'{"out_of_memory": true}\n{"exited": 9}\n')
                poll.unregister(reports)


def _kill_all(guardian: int, order: Order, cell: confine.Cell) -> None:
    """Ends the guardian and with it the process namespace; without one, hunts the contestant's processes down."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(guardian, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(guardian, 0)  # returns only when the kernel has reaped all of the namespace
    if cell.own_processes:
        return
    while True:
        if os.geteuid() == 0 and order.uid != 0:
            _kill_as(order.uid)
        left = processes.family(os.getpid())[1:]
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left and not (order.uid and os.geteuid() == 0 and processes.owned_by(order.uid)):
            return
        time.sleep(0.005)


def _kill_as(uid: int) -> None:
    """kill(-1) as that user: reaches all of its processes in one step, so a fork bomb can't outrun it."""
    child = os.fork()
    if child == 0:
        try:
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


@dataclass(frozen=True)
class _Cast:
    """What guardian and contestant are given. contestant, output, buffers: descriptors."""

    order: Order
    cache: str | None
    cell: confine.Cell
    bounds: confine.Bounds
    contestant: int
    output: int
    buffers: tuple[int, ...]

    @property
    def owner(self) -> tuple[int, int]:
        return self.order.uid, self.order.gid


def _guard(cast: _Cast, report: int) -> None:
    with contextlib.suppress(OSError):
        linux.die_with_parent()
    with contextlib.suppress(OSError):
        linux.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work = confine.arrange_mounts(cast.cell, Path(cast.order.scratch), cast.cache, cast.owner, cast.bounds)
    confine.filter_system_calls(cast.cell, cast.order.device)
    child = os.fork()
    if child == 0:
        try:
            _compete(cast, work)
        finally:
            os._exit(1)
    for descriptor in (cast.contestant, cast.output, *cast.buffers):
        os.close(descriptor)
    _tell(report, {"started": {"own_user": cast.cell.own_user, "notices": cast.cell.notices}})
    while True:
        pid, status = os.wait()
        if pid == child:
            _tell(report, {"exited": status})
            os._exit(0)


def _tell(report: int, message: object) -> None:
    os.write(report, json.dumps(message).encode() + b"\n")


def _compete(cast: _Cast, work: Path) -> None:
    from crusades_evaluator.contestant.harness import compete

    os.chdir(work)
    silence = os.open(os.devnull, os.O_RDONLY)
    os.dup2(silence, 0)
    os.dup2(cast.output, 1)
    os.dup2(cast.output, 2)
    # By lines, because a process that is killed flushes nothing; and without what the parent had buffered.
    sys.stdout = open(1, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stdout
    kept = (cast.contestant, *cast.buffers)
    confine.become_contestant(cast.cell, cast.owner, kept, cast.bounds, cast.cache)
    compete(cast.order, cast.contestant, cast.buffers)
