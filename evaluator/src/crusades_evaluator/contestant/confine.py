"""Takes away from the contestant's process everything that training does not need.

Each step that the machine refuses is reported, never silently left out: the verdict carries the notice.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crusades_evaluator import processes
from crusades_evaluator.contestant import linux, seccomp

#: Processes and threads of the contestant's user; a fork bomb ends here.
_PROCESSES = 256
_OPEN_FILES = 1024
#: Nice levels. The trusted side is ahead of contestants, so that none can keep it from its deadlines.
CONTESTANT_NICE, REFEREE_NICE = -10, -19
_FILE_BYTES = 256 * 2**20
_SCRATCH_OPTIONS = "size=256m,nr_inodes=8192,mode=0755"
#: Folders that may hold other people's data; hidden but for what is needed.
_HIDDEN = (
    "/home",
    "/root",
    "/run",
    "/srv",
    "/mnt",
    "/media",
    "/dev/shm",
    "/tmp",
    "/var/tmp",
    "/var/lib",
    "/var/log",
)
_MEMORY_OVERCOMMIT_FIRST_VICTIM = "1000"


@dataclass
class Cell:
    """What was achieved. `notices` is for people: one clause for each thing that could not be had."""

    own_user: bool = False
    own_user_namespace: bool = False
    own_processes: bool = False
    own_mounts: bool = False
    notices: list[str] = field(default_factory=list)

    def attempt(self, what: str, *steps: object) -> bool:
        """Runs the steps (callables); notes `what` as missing if one raises OSError."""
        try:
            for step in steps:
                step()  # type: ignore[operator]
        except OSError as error:
            self.notices.append(f"no {what} ({error.strerror or error})")
            return False
        return True


def enter_namespaces(cell: Cell) -> None:
    """Own user namespace if not root, then own processes, mounts, network, IPC and host name."""
    if os.geteuid() != 0:
        uid, gid = os.geteuid(), os.getegid()
        if not cell.attempt("user namespace", lambda: linux.unshare(linux.CLONE_NEWUSER)):
            return
        cell.own_user_namespace = True
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    cell.own_processes = cell.attempt("process namespace", lambda: linux.unshare(linux.CLONE_NEWPID))
    cell.own_mounts = cell.attempt("mount namespace", lambda: linux.unshare(linux.CLONE_NEWNS))
    cell.attempt("network namespace", lambda: linux.unshare(linux.CLONE_NEWNET))
    cell.attempt("IPC namespace", lambda: linux.unshare(linux.CLONE_NEWIPC | linux.CLONE_NEWUTS))


def arrange_mounts(cell: Cell, scratch: Path, uid: int, gid: int) -> None:
    """Read-only root, a fresh small tmpfs at scratch, a /proc of its own, other people's folders hidden."""
    if cell.own_mounts:
        cell.attempt("read-only root", linux.freeze_all_mounts)
        flags = linux.MS_NOSUID | linux.MS_NODEV
        cell.attempt(
            "limited scratch folder",
            lambda: linux.mount("scratch", str(scratch), "tmpfs", flags, _SCRATCH_OPTIONS),
        )
        if cell.own_processes:
            cell.attempt(
                "own /proc",
                lambda: linux.mount("proc", "/proc", "proc", flags | linux.MS_NOEXEC, "hidepid=invisible"),
            )
        for folder in map(Path, _HIDDEN):
            if folder.is_dir():
                cell.attempt(f"hiding of {folder}", lambda f=folder: _hide(f, _needed(scratch)))
    work = scratch / "work"
    work.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(work, uid, gid)


def filter_system_calls(cell: Cell) -> None:
    """For the caller and all that it forks from now on."""
    filters = seccomp.program()
    if filters is None:
        cell.notices.append("no filter of system calls (unknown architecture)")
    else:
        cell.attempt("filter of system calls", linux.no_new_privileges, lambda: linux.install_seccomp(filters))


def _needed(scratch: Path) -> list[Path]:
    """What a contestant reads: Python, the environment, this package, its scratch folder. None inside another."""
    paths = sorted({Path(p).resolve() for p in (sys.prefix, sys.base_prefix, Path(__file__).parents[2], scratch)})
    return [path for path in paths if not any(other in path.parents for other in paths)]


def _hide(folder: Path, needed: list[Path]) -> None:
    """Covers a folder with an empty read-only one, in which only what is needed shows through.

    That also opens an environment that lies in a home folder closed to others, as pyenv's does for root.
    """
    inside = [path for path in needed if path.is_relative_to(folder.resolve())]
    handles = [os.open(path, os.O_PATH) for path in inside]
    try:
        flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
        linux.mount("none", str(folder), "tmpfs", flags, "size=64k,mode=0755")
        for path, handle in zip(inside, handles, strict=True):
            path.mkdir(parents=True, exist_ok=True)
            linux.mount(f"/proc/self/fd/{handle}", str(path), "", linux.MS_BIND | linux.MS_REC, "")
        linux.mount("", str(folder), "", linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | flags, "")
    finally:
        for handle in handles:
            os.close(handle)


def set_priority(nice: int) -> None:
    """Ahead of ordinary processes on a shared CPU, as far as the machine permits: the clock counts their time, too."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    with contextlib.suppress(OSError):  # with autogroups, what counts is the priority of the whole session
        Path("/proc/self/autogroup").write_text(str(nice))


def become_contestant(cell: Cell, uid: int, gid: int, keep: Iterable[int]) -> None:
    """The last steps, in the contestant itself: user, limits, descriptors, environment, system calls."""
    os.setsid()
    set_priority(CONTESTANT_NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_MEMORY_OVERCOMMIT_FIRST_VICTIM)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    # Counted per user, and per user namespace since Linux 5.14: without either, the evaluator's own user is in it.
    others = 0 if cell.own_user or cell.own_user_namespace else len(processes.owned_by(os.getuid()))
    resource.setrlimit(resource.RLIMIT_NPROC, (others + _PROCESSES, others + _PROCESSES))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    for step in (linux.drop_capabilities, linux.no_new_privileges, linux.die_with_parent):
        with contextlib.suppress(OSError):  # not on this system; said in the notice of the missing namespaces
            step()
    gc.collect()  # so that no socket object closes a reused descriptor number later
    _close_all_but(keep)
    _clear_environment()


def _close_all_but(keep: Iterable[int]) -> None:
    kept = sorted({0, 1, 2, *keep})
    for low, high in zip(kept, [*kept[1:], _OPEN_FILES * 64], strict=True):
        os.closerange(low + 1, high)


def _clear_environment() -> None:
    """A fixed environment: caches and temporary files go to the scratch folder, the working folder."""
    here = str(Path.cwd())
    tempfile.tempdir = None  # asked for anew: the referee's answer was kept through the fork
    os.environ.clear()
    os.environ.update(
        {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "USER": "contestant",  # the user id has no name, and torch.compile asks for one
            **{name: here for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")},
            "TORCHINDUCTOR_CACHE_DIR": f"{here}/inductor",
            "TRITON_CACHE_DIR": f"{here}/triton",
            "CUDA_CACHE_PATH": f"{here}/cuda",
        }
    )
