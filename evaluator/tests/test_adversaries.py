"""Every cheat that is known ends in its stated code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import ADVERSARIES, IMPATIENT, PATIENT, PROFILE, SMALL, Session, failed, program, settled_family, spec

from crusades_evaluator.codes import CODES

_FILES: list[Path] = sorted(ADVERSARIES.glob("*.py"))


def _header(path: Path, name: str) -> list[str]:
    lines = program(path).splitlines()[:2]
    return next((line.split(":", 1)[1].split() for line in lines if line.startswith(f"# {name}:")), [])


def _is_judged(path: Path) -> bool:
    return bool(_header(path, "fails"))


#: The referee builds its reference once for each shape of the data.
_JUDGED_LAST: list[Path] = sorted(_FILES, key=_is_judged)


def test_there_are_adversaries_and_each_names_a_code() -> None:
    assert len(_FILES) > 50
    assert {code for path in _FILES for code in _header(path, "expect")} <= set(CODES)
    assert all(len(_header(path, "expect")) == 1 for path in _FILES)


@pytest.mark.parametrize("path", _JUDGED_LAST, ids=lambda p: p.stem)
def test_ends_in_its_stated_code(path: Path, referee: Session) -> None:
    (expected,) = _header(path, "expect")
    must_fail = set(_header(path, "fails"))
    result = referee.attempt(
        spec(
            program(path),
            submission=path.stem,
            data=PROFILE["data"] if must_fail else SMALL,
            deadlines_s=IMPATIENT if expected == "timeout" else PATIENT,
            # enough for Python and the model, little enough for a hoard to be found soon
            memory_bytes=2**30,
        )
    )
    error = result["error"]
    assert (result["outcome"], error["code"]) == (expected, expected), error["message"]
    assert error["fault"] == "miner"
    assert result["mfu"] is None
    assert must_fail <= failed(result), result["statistics"]
    assert len(result["output_tail"]) < 300_000
    assert "\x1b" not in result["output_tail"] + error["message"]


@pytest.mark.skipif(os.geteuid() != 0, reason="one user for all: nobody else's processes can be told apart")
def test_nothing_of_any_contestant_is_left(referee: Session) -> None:
    referee.attempt(spec(program(ADVERSARIES / "process_left_behind.py")))
    assert settled_family(referee.process.pid, 2) == 2, "the referee and its zygote"
