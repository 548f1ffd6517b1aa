"""Locks that the kernel frees when the process dies: one referee per device, one contestant user per referee."""

from __future__ import annotations

import fcntl
import os
import pwd
import tempfile
import time
from pathlib import Path

from crusades_evaluator.codes import AttemptFailed

#: Users for contestants: above what distributions give out, below systemd's dynamic users' end; skipped if taken.
_CONTESTANT_UIDS = range(64200, 64264)
#: A referee that was just killed may need a moment to vanish.
_PATIENCE_S = 5.0


def _device_folder() -> Path:
    """Where the devices' locks lie: CRUSADES_LOCK_DIR, or the private folder of this user."""
    chosen = os.environ.get("CRUSADES_LOCK_DIR")
    return _private(Path(chosen)) if chosen else _user_folder()


def _user_folder() -> Path:
    """A private folder of this user in the temporary folder: user ids are the whole host's, wherever else locks lie."""
    return _private(Path(tempfile.gettempdir()) / f"crusades-locks-{os.getuid()}")


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise AttemptFailed("evaluator_failed", f"{folder} belongs to another user", stage="session")
    return folder


def _try_lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


class DeviceLock:
    """One of the places on a device, in exclusive use. Raises AttemptFailed(gpu_busy) if all stay taken.

    The zygote inherits the descriptor: the place is free only when nothing can be forked from it any more.
    """

    def __init__(self, places: list[str]) -> None:
        paths = [_device_folder() / f"device-{place.replace(':', '-')}.lock" for place in places]
        until = time.monotonic() + _PATIENCE_S
        while (found := _first_free(paths)) is None:
            if time.monotonic() > until:
                raise AttemptFailed("gpu_busy", f"{paths[0]} is held by another referee", stage="session")
            time.sleep(0.1)
        self._descriptor = found

    def close(self) -> None:
        os.close(self._descriptor)


def _first_free(paths: list[Path]) -> int | None:
    return next((lock for path in paths if (lock := _try_lock(path)) is not None), None)


class UserLock:
    """A user id that nobody else uses, for this referee's contestants; None without root."""

    def __init__(self) -> None:
        self.uid: int | None = None
        self._descriptor: int | None = None
        if os.geteuid() != 0:
            return
        for uid in _CONTESTANT_UIDS:
            if _has_name(uid):
                continue
            self._descriptor = _try_lock(_user_folder() / f"user-{uid}.lock")
            if self._descriptor is not None:
                self.uid = uid
                return
        raise AttemptFailed("evaluator_failed", "no free user id for a contestant", stage="session")

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
