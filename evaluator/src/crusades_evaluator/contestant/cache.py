"""The compile cache of one submission: kept from attempt to attempt, never shared with another, gone with the zygote.

A compile cache is code. It lies in a memory file system that only the zygote's mount namespace has: contestants of the
submission see it, the referee never reads it, and the kernel drops it with the last process.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from crusades_evaluator.contestant import linux

_OPTIONS = "size=4g,nr_inodes=262144,mode=0700"
#: Where the CUDA driver keeps what it has compiled, within a submission's cache.
KERNELS = "cuda"
#: Kernels of one training step are 0.8 MB.
_MOST_KERNELS_BYTES = 64 * 2**20


def remove_mount_point(uid: int) -> None:
    """The empty folder outside, once the zygote is gone. Only for a uid that the caller holds the lock of."""
    with contextlib.suppress(OSError):
        _mount_point(uid).rmdir()


def _mount_point(uid: int) -> Path:
    return Path(tempfile.gettempdir()) / f"crusades-cache-{uid}"


class CompileCache:
    """Kept by the zygote. `folder` is None where the machine does not let it mount: then nothing is kept.

    Each new cache begins with the kernels that the trusted side has had the driver compile, see keep_kernels.
    """

    def __init__(self) -> None:
        self._name: str | None = None
        self._root: Path | None = None
        #: Whether one contestant only was given the present folder.
        self._first = False
        #: Relative path -> content.
        self._kernels: dict[Path, bytes] = {}

    def folder_for(self, name: str | None, uid: int, gid: int) -> str | None:
        """An empty folder of that user for a new name, the same one for the name of the call before."""
        if name is None or os.geteuid() != 0:
            return None
        if name == self._name and self._root is not None:
            self._first = False
            return str(self._root)
        try:
            self._replace(uid, gid)
        except OSError:
            self._root = self._name = None
            return None
        self._name, self._first = name, True
        return str(self._root)

    def keep_kernels(self) -> None:
        """Takes what the driver has compiled for the first contestant of a cache, to begin other caches with.

        To be called before that contestant is given its program: up to then the harness alone has run there, so that no
        miner's code can have touched it. Does nothing for later contestants, which may find what a program has left.
        """
        if self._root is None or not self._first:
            return
        self._first = False
        folder = self._root / KERNELS
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        if sum(path.stat().st_size for path in files) <= _MOST_KERNELS_BYTES:
            self._kernels = {path.relative_to(folder): path.read_bytes() for path in files}

    def _replace(self, uid: int, gid: int) -> None:
        if self._root is None:
            linux.unshare(linux.CLONE_NEWNS)
            linux.keep_mounts_private()
            self._root = _mount_point(uid)
            self._root.mkdir(mode=0o700, exist_ok=True)
        else:
            linux.unmount(str(self._root))
        linux.mount("cache", str(self._root), "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, _OPTIONS)
        for name, content in self._kernels.items():
            path = self._root / KERNELS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for path in (self._root, *self._root.rglob("*")):
            os.chown(path, uid, gid)
