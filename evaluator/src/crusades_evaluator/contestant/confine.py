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
from crusades_evaluator.contestant.cache import KERNELS

#: Nice levels. The trusted side is ahead of contestants, so that none can keep it from its deadlines.
CONTESTANT_NICE, REFEREE_NICE = -10, -19
_FILE_BYTES = 256 * 2**20
_HIGHEST_DESCRIPTOR = 2**16
_SHM_OPTIONS = "size=64m,nr_inodes=1024,mode=1777"
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
#: Where the scratch folder is found within the cell. Always there: cuDNN and other compilers write the path of the
#: working folder into their kernels, and what one attempt has cached would be of no use to the next elsewhere.
_PLACE = Path("/tmp/attempt")
_MEMORY_OVERCOMMIT_FIRST_VICTIM = "1000"
_CARDS = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "NVIDIA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Bounds:
    """What one contestant may take. processes: with threads, of its user; a fork bomb ends there."""

    processes: int
    open_files: int
    scratch: str


_CPU_BOUNDS = Bounds(256, 1024, "size=256m,nr_inodes=8192,mode=0755")
#: The CUDA driver's threads, and as many compiler processes as the machine has cores, each with its own.
_CUDA_BOUNDS = Bounds(2048, 8192, "size=1g,nr_inodes=65536,mode=0755")


def bounds_for(device: str) -> Bounds:
    return _CPU_BOUNDS if device == "cpu" else _CUDA_BOUNDS


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
    """Own user namespace if not root, then own processes, network, IPC and host name; mounts follow in the guardian."""
    if os.geteuid() != 0:
        uid, gid = os.geteuid(), os.getegid()
        if not cell.attempt("user namespace", lambda: linux.unshare(linux.CLONE_NEWUSER)):
            return
        cell.own_user_namespace = True
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    cell.own_processes = cell.attempt("process namespace", lambda: linux.unshare(linux.CLONE_NEWPID))
    cell.attempt("network namespace", lambda: linux.unshare(linux.CLONE_NEWNET))
    cell.attempt("IPC namespace", lambda: linux.unshare(linux.CLONE_NEWIPC | linux.CLONE_NEWUTS))


def arrange_mounts(cell: Cell, scratch: Path, cache: str | None, owner: tuple[int, int], bounds: Bounds) -> Path:
    """Read-only root, a fresh small tmpfs for scratch, a /proc of its own, other people's folders hidden.

    Writable are the scratch folder, a small /dev/shm (semaphores of process pools) and the submission's compile cache.
    Returns the working folder, which is the owner's.
    """
    cell.own_mounts = cell.attempt("mount namespace", lambda: linux.unshare(linux.CLONE_NEWNS))
    here = scratch
    if cell.own_mounts:
        cell.attempt("read-only root", linux.freeze_all_mounts)
        flags = linux.MS_NOSUID | linux.MS_NODEV
        cell.attempt(
            "limited scratch folder",
            lambda: linux.mount("scratch", str(scratch), "tmpfs", flags, bounds.scratch),
        )
        writable = [scratch]
        if cache is not None and cell.attempt("compile cache", lambda: _thaw(cache)):
            writable.append(Path(cache))
        if cell.own_processes:
            cell.attempt(
                "own /proc",
                lambda: linux.mount("proc", "/proc", "proc", flags | linux.MS_NOEXEC, "hidepid=invisible"),
            )
        for folder in map(Path, _HIDDEN):
            moved = {_PLACE: scratch} if folder == _PLACE.parent else {}
            if folder.is_dir() and cell.attempt(
                f"hiding of {folder}", lambda f=folder, m=moved: _hide(f, _needed(writable), m)
            ):
                here = _PLACE if moved else here
        if Path("/dev/shm").is_dir():
            cell.attempt("small /dev/shm", lambda: linux.mount("shm", "/dev/shm", "tmpfs", flags, _SHM_OPTIONS))
    work = here / "work"
    work.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(work, *owner)
    return work


def _thaw(folder: str) -> None:
    """Lifts the read-only mark that freezing has put on this one mount."""
    linux.mount("", folder, "", linux.MS_REMOUNT | linux.MS_BIND | linux.MS_NOSUID | linux.MS_NODEV, "")


def filter_system_calls(cell: Cell, device: str) -> None:
    """For the caller and all that it forks from now on."""
    filters = seccomp.program(device)
    if filters is None:
        cell.notices.append("no filter of system calls (unknown architecture)")
    else:
        cell.attempt("filter of system calls", linux.no_new_privileges, lambda: linux.install_seccomp(filters))


def _needed(writable: Iterable[Path]) -> list[Path]:
    """What a contestant reads: Python, the environment, this package, its own folders. None inside another."""
    read = [Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[2]]
    paths = sorted({path.resolve() for path in (*read, *writable)})
    return [path for path in paths if not any(other in path.parents for other in paths)]


def _hide(folder: Path, needed: list[Path], moved: dict[Path, Path]) -> None:
    """Covers a folder with an empty read-only one, in which only what is needed shows through, and what is moved there.

    That also opens an environment that lies in a home folder closed to others, as pyenv's does for root.
    moved: place in the folder -> what is to be found there.
    """
    inside = {path: path for path in needed if path.is_relative_to(folder.resolve())} | moved
    handles = [os.open(path, os.O_PATH) for path in inside.values()]
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


def become_contestant(
    cell: Cell, owner: tuple[int, int], keep: Iterable[int], bounds: Bounds, cache: str | None
) -> None:
    """The last steps, in the contestant itself: user, limits, descriptors, environment. owner: user and group id."""
    uid, gid = owner
    os.setsid()
    set_priority(CONTESTANT_NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_MEMORY_OVERCOMMIT_FIRST_VICTIM)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (bounds.open_files, bounds.open_files))
    # Counted per user, and per user namespace since Linux 5.14: without either, the evaluator's own user is in it.
    others = 0 if cell.own_user or cell.own_user_namespace else len(processes.owned_by(os.getuid()))
    resource.setrlimit(resource.RLIMIT_NPROC, (others + bounds.processes, others + bounds.processes))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    for step in (linux.drop_capabilities, linux.no_new_privileges, linux.die_with_parent):
        with contextlib.suppress(OSError):  # not on this system; said in the notice of the missing namespaces
            step()
    gc.collect()  # so that no socket object closes a reused descriptor number later
    _close_all_but(keep)
    _clear_environment(cache)


def _close_all_but(keep: Iterable[int]) -> None:
    kept = sorted({0, 1, 2, *keep})
    for low, high in zip(kept, [*kept[1:], _HIGHEST_DESCRIPTOR], strict=True):
        os.closerange(low + 1, high)


def _clear_environment(cache: str | None) -> None:
    """A fixed environment: temporary files go to the working folder, caches to the submission's or there, too."""
    here = str(Path.cwd())
    compiled = cache if cache is not None and os.access(cache, os.W_OK) else here
    cards = {name: os.environ[name] for name in _CARDS if name in os.environ}  # else cuda:0 may be another card
    tempfile.tempdir = None  # asked for anew: the referee's answer was kept through the fork
    os.environ.clear()
    os.environ.update(
        {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "USER": "contestant",  # the user id has no name, and torch.compile asks for one
            **{name: here for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")},
            "TORCHINDUCTOR_CACHE_DIR": f"{compiled}/inductor",
            "TRITON_CACHE_DIR": f"{compiled}/triton",
            "CUDA_CACHE_PATH": f"{compiled}/{KERNELS}",
            **cards,
        }
    )
