"""What the kernel says about processes, read from /proc. On systems without it nothing is known."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Process:
    """cpu_seconds includes children that were waited for."""

    pid: int
    parent: int
    state: str
    cpu_seconds: float
    resident_bytes: int


def available() -> bool:
    return (_PROC / "self" / "stat").exists()


def _read(pid: str) -> Process | None:
    try:
        raw = (_PROC / pid / "stat").read_text(errors="replace")
    except OSError:  # it ended between listing and reading
        return None
    fields = raw[raw.rindex(")") + 2 :].split()  # the name may hold spaces and brackets; the rest may not
    ticks = sum(int(value) for value in fields[11:15])
    return Process(int(pid), int(fields[1]), fields[0], ticks / _TICK, int(fields[21]) * _PAGE)


def family(root: int) -> list[Process]:
    """The process `root` and all its descendants, zombies left out."""
    everything = [
        process
        for entry in (_PROC.iterdir() if available() else ())
        if entry.name.isdigit() and (process := _read(entry.name)) is not None
    ]
    children: dict[int, list[Process]] = {}
    for process in everything:
        children.setdefault(process.parent, []).append(process)
    found = [process for process in everything if process.pid == root]
    for process in found:
        found.extend(children.get(process.pid, ()))
    return [process for process in found if process.state != "Z"]


def owned_by(uid: int) -> list[int]:
    """Living processes whose real owner is uid."""
    pids: list[int] = []
    for entry in _PROC.iterdir() if available() else ():
        if entry.name.isdigit():
            try:
                owner = entry.stat().st_uid
                process = _read(entry.name)
            except OSError:
                continue
            if owner == uid and process is not None and process.state != "Z":
                pids.append(process.pid)
    return pids


def proportional_bytes(root: int) -> int:
    """Memory of the family with pages shared among processes counted once in all (PSS)."""
    total = 0
    for process in family(root):
        try:
            text = (_PROC / str(process.pid) / "smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    return total


def runnable(root: int) -> int:
    """Threads of the family that run or wait for a processor; on a busy machine they need not have had any time."""
    count = 0
    for process in family(root):
        for task in _listing(_PROC / str(process.pid) / "task"):
            try:
                raw = (task / "stat").read_text(errors="replace")
            except OSError:
                continue
            count += raw[raw.rindex(")") + 2] == "R"
    return count


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
