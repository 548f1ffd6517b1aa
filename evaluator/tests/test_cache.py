"""The compile cache of a submission, and the kernels that each new one begins with."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from crusades_evaluator.contestant.cache import KERNELS, CompileCache

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount")

_UID = 64999


def _in_a_process_of_its_own(work: Callable[[], None]) -> None:
    """A cache leaves the mounts of its process behind."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def _folder(cache: CompileCache, name: str) -> Path:
    folder = cache.folder_for(name, _UID, _UID)
    assert folder is not None
    return Path(folder) / KERNELS


def _leave(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_kernels_of_the_trusted_side_are_there_for_other_submissions() -> None:
    def work() -> None:
        cache = CompileCache()
        _leave(_folder(cache, "one"), "a/kernel", "trusted")
        cache.keep_kernels()
        _leave(_folder(cache, "one"), "a/kernel", "a miner's")
        _leave(_folder(cache, "one"), "other", "a miner's")
        found = _folder(cache, "two")
        assert [path.name for path in found.rglob("*") if path.is_file()] == ["kernel"]
        assert (found / "a/kernel").read_text() == "trusted"
        assert (found / "a/kernel").stat().st_uid == (found / "a").stat().st_uid == found.stat().st_uid == _UID

    _in_a_process_of_its_own(work)


def test_nothing_is_kept_once_a_program_may_have_run() -> None:
    def work() -> None:
        cache = CompileCache()
        _folder(cache, "one")
        _leave(_folder(cache, "one"), "kernel", "what the first contestant's program left")
        cache.keep_kernels()
        assert not _folder(cache, "two").exists()
        cache.keep_kernels()
        _leave(_folder(cache, "two"), "kernel", "after the only time to ask")
        cache.keep_kernels()
        assert not _folder(cache, "three").exists()

    _in_a_process_of_its_own(work)


def test_links_are_not_followed() -> None:
    def work() -> None:
        cache = CompileCache()
        folder = _folder(cache, "one")
        folder.mkdir()
        (folder / "link").symlink_to("/etc/hostname")
        cache.keep_kernels()
        assert not _folder(cache, "two").exists()

    _in_a_process_of_its_own(work)
