"""Programs under test: train.py files whose first lines say what has to come of them.

Lines `# key: words` before the docstring; the conventions are in docs/guides/developer.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from crusades_evaluator.codes import CODES, AttemptFailed

_DEVICES = ("cpu", "cuda")
_KEYS = ("expect", "expect-cpu", "expect-cuda", "fails", "fails-cpu", "fails-cuda", "needs", "slow")


@dataclass(frozen=True)
class Program:
    """expect: the code that the attempt has to end in, None for an honest program.

    expect_on: by kind of device ("cpu", "cuda") the codes of which it has to end in one there, instead of expect.
    fails: statistics that it has to fail on every device; fails_on: further ones by kind of device.
    needs: the only kind of device that it makes sense on, None for any.
    slow: kind of device where an honest program may fall below min_mfu, None for nowhere.
    """

    path: Path
    expect: str | None
    fails: tuple[str, ...]
    fails_on: dict[str, tuple[str, ...]]
    needs: str | None
    expect_on: dict[str, tuple[str, ...]] = field(default_factory=dict)
    slow: str | None = None

    @property
    def name(self) -> str:
        return self.path.stem

    def expected(self, device: str) -> tuple[str, ...]:
        """Codes of which every attempt on a device such as "cpu" or "cuda:0" has to end in one; none if honest."""
        return self.expect_on.get(kind_of(device), (self.expect,) if self.expect else ())

    def fails_with(self, device: str) -> tuple[str, ...]:
        """Statistics that it has to fail on a device such as "cpu" or "cuda:0"."""
        return self.fails + self.fails_on.get(kind_of(device), ())

    def skipped(self, device: str) -> str | None:
        """Why it is left out on that device; None if it runs there."""
        if self.needs in (None, kind_of(device)):
            return None
        return f"needs {self.needs}, this is {device}"


def kind_of(device: str) -> str:
    """ "cpu" or "cuda"."""
    return device.partition(":")[0]


def read_program(path: Path) -> Program:
    """Reads a file's header. Raises AttemptFailed(evaluator_spec_invalid) for one that says something unknown."""
    words = _header(path)
    expect = _code(path, words.get("expect", []))
    expect_on = {kind: tuple(words[f"expect-{kind}"]) for kind in _DEVICES if f"expect-{kind}" in words}
    for kind, codes in expect_on.items():
        if expect is None or not codes or not set(codes) <= set(CODES):
            reason = f"{path}: expect-{kind} has to name codes, next to expect: {' '.join(codes)}"
            raise AttemptFailed("evaluator_spec_invalid", reason)
    return Program(
        path=path,
        expect=expect,
        fails=tuple(words.get("fails", ())),
        fails_on={kind: tuple(words[f"fails-{kind}"]) for kind in _DEVICES if f"fails-{kind}" in words},
        needs=_device(path, "needs", words.get("needs", [])),
        expect_on=expect_on,
        slow=_device(path, "slow", words.get("slow", [])),
    )


def programs_in(folder: Path, only: Sequence[str] = ("*",)) -> list[Program]:
    """All programs of a folder whose names match one of the patterns, in the order of their names."""
    paths = (path for path in sorted(folder.glob("*.py")) if any(fnmatchcase(path.stem, p) for p in only))
    return [read_program(path) for path in paths]


def _code(path: Path, words: list[str]) -> str | None:
    if len(words) > 1 or not set(words) <= set(CODES):
        raise AttemptFailed("evaluator_spec_invalid", f"{path}: expect names no code: {' '.join(words)}")
    return words[0] if words else None


def _device(path: Path, key: str, words: list[str]) -> str | None:
    if len(words) > 1 or not set(words) <= set(_DEVICES):
        raise AttemptFailed("evaluator_spec_invalid", f"{path}: {key} is {' or '.join(_DEVICES)}, not {words}")
    return words[0] if words else None


def _header(path: Path) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} can't be read: {error}") from error
    for line in lines:
        if not line.startswith("# "):
            return words
        key, colon, rest = line.removeprefix("# ").partition(":")
        if colon and key in _KEYS:
            words[key] = rest.split()
    return words
