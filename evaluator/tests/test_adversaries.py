"""Every cheat that is known ends in its stated code."""

from __future__ import annotations

import os

import pytest
from support import ADVERSARIES, IMPATIENT, PATIENT, PROFILE, SMALL, Session, failed, program, settled_family, spec

from crusades_evaluator.programs import Program, programs_in

_ALL = programs_in(ADVERSARIES)
#: The referee builds its reference once for each shape of the data.
_JUDGED_LAST = sorted(_ALL, key=lambda p: bool(p.fails))


def test_there_are_adversaries_and_each_names_a_code() -> None:
    assert len(_ALL) > 90
    assert [adversary.name for adversary in _ALL if adversary.expect is None] == []


def test_nearly_all_of_them_run_here_or_on_a_gpu() -> None:
    assert sum(adversary.skipped("cpu") is None for adversary in _ALL) > 75
    assert sum(adversary.skipped("cuda:0") is None for adversary in _ALL) > 90


@pytest.mark.parametrize("adversary", _JUDGED_LAST, ids=lambda p: p.name)
def test_ends_in_its_stated_code(adversary: Program, referee: Session) -> None:
    if reason := adversary.skipped("cpu"):
        pytest.skip(reason)
    must_fail = set(adversary.fails_with("cpu"))
    result = referee.attempt(
        spec(
            program(adversary.path),
            submission=adversary.name,
            data=PROFILE["data"] if must_fail else SMALL,
            deadlines_s=IMPATIENT if "timeout" in adversary.expected("cpu") else PATIENT,
            # a hoard is to be found soon; Python and the model take most of a GiB by themselves
            memory_bytes=2**30 if adversary.expect == "out_of_memory" else PROFILE["memory_bytes"],
        )
    )
    error = result["error"]
    assert error is not None, "it scored"
    assert result["outcome"] == error["code"]
    assert error["code"] in adversary.expected("cpu"), error["message"]
    assert error["fault"] == "miner"
    assert result["mfu"] is None
    assert must_fail <= failed(result), result["statistics"]
    assert len(result["output_tail"]) < 300_000
    shown = result["output_tail"] + error["message"]
    assert [c for c in shown if c not in "\n\t" and not c.isprintable()] == []


@pytest.mark.parametrize("name", ["write_after_done", "process_left_behind"])
def test_a_late_write_is_seen_as_such(name: str, referee: Session) -> None:
    # on a busy machine the writer may get no processor between the two readings, but not every time
    code = program(ADVERSARIES / f"{name}.py")
    outcomes = (referee.attempt(spec(code, submission=name))["outcome"] for _ in range(5))
    assert "late_write" in outcomes


def test_code_left_in_the_caches_is_not_there_for_another_submission(referee: Session) -> None:
    # attempts of one submission share their compile cache on purpose
    code = program(ADVERSARIES / "poisoned_cache.py")
    submissions = ["the poisoner", "the poisoned"]
    assert [referee.attempt(spec(code, submission=s))["outcome"] for s in submissions] == ["warmup_failed"] * 2


@pytest.mark.skipif(os.geteuid() != 0, reason="one user for all: nobody else's processes can be told apart")
def test_nothing_of_any_contestant_is_left(referee: Session) -> None:
    referee.attempt(spec(program(ADVERSARIES / "process_left_behind.py")))
    assert settled_family(referee.process.pid, 2) == 2, "the referee and its zygote"
