"""What a program ended in against what it has to end in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import spec as plain_spec

from crusades_evaluator.interface import Failure, Isolation, Result, Spec, Statistic
from crusades_evaluator.programs import Program
from crusades_evaluator.trials import as_plain, fitted, judged, median_mfu


def _program(expect: str | None = None, *fails: str) -> Program:
    return Program(Path("a_program.py"), expect, fails, {}, None)


def _result(outcome: str = "scored", mfu: float | None = None, failed: str = "", fault: Any = "miner") -> Result:
    facts: dict[str, Any] = {
        "stage": "timed",
        "retryable": False,
        "final": False,
        "message": "so it is",
        "remedy": "",
        "details": {},
    }
    error = None if outcome == "scored" else Failure(code=outcome, fault=fault, **facts)
    return Result(
        submission="a",
        attempt=1,
        outcome=outcome,
        error=error,
        mfu=mfu,
        seconds=1.0,
        tokens=1,
        final_loss=None,
        seed=None,
        seed_commitment=None,
        statistics=[Statistic(name=n, value=1.0, low=None, high=0.5, passed=n != failed) for n in ("moment", "logits")],
        phases_s={},
        isolation=Isolation(mode="two_users", notice=None),
        environment={},
        output_tail="",
        started_at="",
        finished_at="",
    )


def test_an_honest_program_that_always_scores_is_as_stated() -> None:
    trial = judged(_program(), [_result(mfu=40.0), _result(mfu=41.0)], "cpu")
    assert (trial.status, trial.why) == ("as stated", "")
    assert median_mfu(trial.results) == 40.0


def test_one_refused_attempt_of_an_honest_program_disagrees() -> None:
    trial = judged(_program(), [_result(mfu=40.0), _result("moment_mismatch")], "cpu")
    assert (trial.status, trial.why) == ("DISAGREES", "moment_mismatch: so it is")


def test_a_cheat_that_scores_disagrees_and_is_measured_against_the_baseline() -> None:
    assert judged(_program("timeout"), [_result(mfu=30.0)], "cpu", 40.0).why == "scored MFU 30.00 %"
    above = judged(_program("timeout"), [_result(mfu=50.0)], "cpu", 40.0)
    assert (above.status, above.why) == ("DISAGREES", "scored MFU 50.00 %, above the baseline's 40.00 %")


def test_a_cheat_has_to_end_in_its_own_code_and_by_its_own_statistics() -> None:
    mismatch = _result("moment_mismatch", failed="moment")
    assert judged(_program("moment_mismatch", "moment"), [mismatch], "cpu").status == "as stated"
    assert judged(_program("timeout"), [mismatch], "cpu").why == "moment_mismatch: so it is"
    assert judged(_program("moment_mismatch", "moment", "logits"), [mismatch], "cpu").why == "passed logits"


def test_near_a_limit_a_cheat_may_end_in_one_of_several_codes_of_its_device() -> None:
    either: dict[str, tuple[str, ...]] = {"cuda": ("row_attribution_mismatch", "moment_mismatch")}
    program = Program(Path("near.py"), "moment_mismatch", ("moment",), {}, None, either)
    other = _result("row_attribution_mismatch", failed="moment")
    assert judged(program, [other, _result("moment_mismatch", failed="moment")], "cuda:0").status == "as stated"
    assert judged(program, [other], "cpu").why == "row_attribution_mismatch: so it is"
    assert judged(program, [_result("timeout")], "cuda:0").why == "timeout: so it is"
    assert as_plain(judged(program, [other], "cuda:0"))["expect"] == "row_attribution_mismatch moment_mismatch"


def test_an_honest_program_known_to_be_slow_has_to_train_and_need_not_score_there() -> None:
    slow = Program(Path("slow.py"), None, (), {}, None, slow="cuda")
    below = _result("insufficient_mfu")
    trial = judged(slow, [below, _result(mfu=21.0)], "cuda:0")
    assert (trial.status, trial.why) == ("as stated", "its training is accepted, but slow")
    assert judged(slow, [_result(mfu=21.0)], "cuda:0").why == ""
    assert judged(slow, [below], "cpu").status == "DISAGREES"
    assert judged(slow, [_result("insufficient_mfu", failed="moment")], "cuda:0").status == "DISAGREES"
    assert judged(slow, [_result("moment_mismatch", failed="moment")], "cuda:0").status == "DISAGREES"
    assert judged(_program(), [below], "cuda:0").status == "DISAGREES", "nobody said that it is slow"


def test_an_infrastructure_fault_says_nothing_of_the_program() -> None:
    fault = _result("gpu_unavailable", fault="infrastructure")
    for program in (_program(), _program("timeout")):
        assert judged(program, [fault], "cpu").status == "infrastructure"
    assert judged(_program("timeout"), [fault, _result("timeout")], "cpu").status == "infrastructure"
    assert judged(_program("timeout"), [fault, _result(mfu=1.0)], "cpu").status == "DISAGREES"


def test_cheats_get_less_time_hoards_less_memory_and_honest_programs_what_the_settings_give() -> None:
    given = Spec.model_validate(
        plain_spec(
            "", memory_bytes=2**40, deadlines_s=dict.fromkeys(("start", "warm_up", "timed", "judge", "total"), 900)
        )
    )
    assert fitted(given, _program()) == given
    codes = ("moment_mismatch", "timeout", "out_of_memory")
    cheat, endless, hoard = (fitted(given, _program(code)) for code in codes)
    assert hoard.memory_bytes < cheat.memory_bytes == endless.memory_bytes == 2**40
    assert endless.deadlines_s.timed < cheat.deadlines_s.timed < 900
    assert cheat.deadlines_s.warm_up == endless.deadlines_s.warm_up < 900
    strict = given.model_copy(update={"memory_bytes": 5})
    assert fitted(strict, _program("out_of_memory")).memory_bytes == 5, "never more than the settings give"


@pytest.mark.parametrize(("results", "median"), [([], None), ([3.0, 1.0], 1.0), ([3.0, 1.0, 2.0], 2.0)])
def test_the_median_is_the_lower_one(results: list[float], median: float | None) -> None:
    assert median_mfu(_result(mfu=mfu) for mfu in results) == median


def test_a_report_names_what_was_expected_and_which_statistics_failed() -> None:
    trial = judged(_program("moment_mismatch"), [_result("moment_mismatch", failed="logits")], "cpu")
    plain = as_plain(trial)
    assert (plain["name"], plain["expect"], plain["status"]) == ("a_program", "moment_mismatch", "as stated")
    assert plain["runs"][0]["failed"] == ["logits"]
