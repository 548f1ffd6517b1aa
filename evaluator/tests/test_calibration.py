"""Limits lie between what honest programs measure and what the nearest cheats do."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from support import ADVERSARIES, HONEST, PROFILE, ROOT

from crusades_evaluator.calibration import GROUPS, deviation, limits_of, propose, tolerances, was_measured
from crusades_evaluator.calibration_report import (
    Calibration,
    Population,
    Run,
    read_report,
    report_of,
    resumed,
    suggested_name,
    text_of,
)
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.hparams import Hparams
from crusades_evaluator.programs import Program, programs_in

_FINE: dict[str, float | None] = {name: 1.0 if len(names) == 2 else 1e-6 for names in GROUPS.values() for name in names}
_HERE = {"device": "cpu", "name": "a CPU", "threads": 1, "torch": "2", "transformers": "5"}


def _calibration() -> Calibration:
    fine = Run("scored", 40.0, 1.0, _FINE)
    off = Run("moment_mismatch", None, 0.9, {**_FINE, "moment": 1e-2})
    return Calibration(
        dict(_HERE),
        "local.json",
        "5" * 64,
        {
            "fine": Population(True, "a" * 64, (), (fine, fine)),
            "late": Population(False, "b" * 64, ("moment",), (off,)),
        },
        {"compiled": "needs cuda, this is cpu"},
    )


def _program(name: str, fails: tuple[str, ...] = ()) -> Program:
    return Program(Path(f"{name}.py"), None, fails, {}, None)


def test_the_limit_is_the_geometric_middle() -> None:
    cheats = {"late": (["moment"], [{**_FINE, "moment": 1e-2}]), "blind": (["row_min"], [{**_FINE, "row_min": 0.0}])}
    proposals = {p.statistic: p for p in propose({"fine": [_FINE]}, cheats)}
    moment = proposals["moment"]
    assert (moment.limit, moment.cheat) == (1e-4, "late")
    assert moment.margin_honest == pytest.approx(100)
    assert proposals["row"].cheat == "blind"
    assert proposals["loss"].limit == 0.3
    limits = limits_of(list(proposals.values()))
    assert limits.keys() == PROFILE["limits"].keys()
    assert limits["row_low"] == pytest.approx(2 - limits["row_high"])


def test_limits_of_settings_say_how_far_a_value_may_deviate() -> None:
    limits = {**PROFILE["limits"], "moment": 0.5, "row_low": 0.9, "row_high": 1.2}
    found = tolerances(limits)
    assert found.keys() == GROUPS.keys()
    assert found["moment"] == 0.5
    assert found["row"] == pytest.approx(0.2), "the wider side"


def test_a_cheat_that_is_not_told_apart_shows_in_the_margin() -> None:
    cheats = {"alike": (["moment"], [{**_FINE, "moment": 1e-6}])}
    moment = next(p for p in propose({"fine": [_FINE]}, cheats) if p.statistic == "moment")
    assert moment.margin_cheat == pytest.approx(1)


def test_an_attempt_from_before_a_statistic_existed_says_nothing_of_it() -> None:
    before = {name: value for name, value in _FINE.items() if name != "patch"}
    proposals = {p.statistic: p for p in propose({"before": [before], "fine": [{**_FINE, "patch": 1e-3}]}, {})}
    assert (proposals["patch"].honest_worst, proposals["patch"].honest_program) == (1e-3, "fine")
    assert "patch" not in {p.statistic for p in propose({"before": [before]}, {})}


def test_a_value_that_is_no_number_is_infinitely_far() -> None:
    assert deviation("moment", {"moment": None}) == math.inf
    assert deviation("row", {"row_min": 0.5, "row_max": 1.1}) == 0.5


def test_a_report_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text_of(report_of(_calibration())))
    assert read_report(path) == _calibration()
    runs = [line for line in path.read_text().splitlines() if '"outcome"' in line]
    assert len(runs) == 3
    assert all('"loss"' in line for line in runs), "one line for each run"


def test_a_report_keeps_how_far_a_coefficient_lies_from_1(tmp_path: Path) -> None:
    calibration = _calibration()
    near = Run("scored", 40.0, 1.0, {**_FINE, "row_max": 1.000000547, "moment": 2.08912e-7})
    calibration.programs["fine"] = Population(True, "a" * 64, (), (near,))
    path = tmp_path / "report.json"
    path.write_text(text_of(report_of(calibration)))
    (kept,) = read_report(path).programs["fine"].runs
    assert kept.statistics["row_max"] == 1.000000547
    assert kept.statistics["moment"] == 2.089e-7


def test_limits_are_proposed_from_the_first_honest_program_on() -> None:
    calibration = _calibration()
    assert report_of(calibration)["limits"]["moment"] == 1e-4
    del calibration.programs["fine"]
    assert report_of(calibration)["limits"] == {}


def test_a_resumed_calibration_keeps_what_was_measured_and_measures_what_changed() -> None:
    now = Calibration(dict(_HERE), "local.json", "5" * 64)
    kept = resumed(_calibration(), now, "report.json")
    assert kept.programs == _calibration().programs
    assert kept.has(_program("fine"), "a" * 64, "cpu", 2)
    assert not kept.has(_program("fine"), "a" * 64, "cpu", 3), "more attempts are wanted"
    assert not kept.has(_program("fine"), "c" * 64, "cpu", 2), "the program changed"
    assert kept.has(_program("late", ("moment",)), "b" * 64, "cpu", 1)
    assert not kept.has(_program("late", ("moment", "row_min")), "b" * 64, "cpu", 1), "it has to fail more"
    assert not kept.has(_program("new"), "a" * 64, "cpu", 1)


@pytest.mark.parametrize(
    ("change", "part"),
    [({"name": "another CPU"}, "name was a CPU, is another CPU"), ({"torch": "3"}, "torch was 2, is 3")],
)
def test_a_calibration_of_another_machine_is_not_resumed(change: dict[str, str], part: str) -> None:
    now = Calibration({**_HERE, **change}, "local.json", "5" * 64)
    with pytest.raises(AttemptFailed, match="can't be resumed") as refused:
        resumed(_calibration(), now, "report.json")
    assert part in refused.value.message


def test_a_calibration_of_other_settings_is_not_resumed() -> None:
    with pytest.raises(AttemptFailed, match="settings differ"):
        resumed(_calibration(), Calibration(dict(_HERE), "local.json", "6" * 64), "report.json")


@pytest.mark.parametrize("text", ["", "[]", '{"honest": {}}', '{"environment": {}, "honest": 1}'])
def test_a_file_that_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(AttemptFailed) as refused:
        read_report(path)
    assert refused.value.code == "evaluator_spec_invalid"
    assert str(path) in refused.value.message


def test_reports_are_named_after_the_gpu_and_the_settings() -> None:
    gpu = {"device": "cuda:0", "name": "NVIDIA H100 80GB HBM3"}
    assert suggested_name(gpu, "hparams.json") == "nvidia-h100-80gb-hbm3-hparams.json"
    assert suggested_name(_HERE, "hparams/local.json") == "cpu-local.json"


def test_the_committed_profile_has_the_calibrated_limits_and_they_separate() -> None:
    report = json.loads((ROOT / "evaluator" / "calibration" / "cpu-small.json").read_text())
    assert report["limits"] == PROFILE["limits"]
    assert all(s["margin_honest"] > 3 for s in report["statistics"])
    assert all(s["margin_cheat"] > 3 for s in report["statistics"])
    here = [program for program in programs_in(HONEST) if program.skipped("cpu") is None]
    assert set(report["honest"]) == {program.name for program in here}
    cheats = {program.name: program.fails_with("cpu") for program in programs_in(ADVERSARIES)}
    assert {name: tuple(cheat["fails"]) for name, cheat in report["cheats"].items()} == {
        name: fails for name, fails in cheats.items() if name in report["cheats"]
    }


def test_every_honest_run_of_the_committed_calibration_scored() -> None:
    calibration = read_report(ROOT / "evaluator" / "calibration" / "cpu-small.json")
    assert {run.outcome for program in calibration.of(honest=True).values() for run in program.runs} == {"scored"}
    assert "scored" not in {run.outcome for program in calibration.of(honest=False).values() for run in program.runs}


@pytest.fixture(scope="module", params=["h100-qwen2.5-3b", "h200-qwen2.5-3b", "h200-qwen2.5-3b-text"])
def gpu(request: pytest.FixtureRequest) -> Calibration:
    return read_report(ROOT / "evaluator" / "calibration" / f"{request.param}.json")


def _failed(run: Run) -> set[str]:
    """Names of the statistics that the competition's limits of today refuse in a recorded run."""
    limits = Hparams(ROOT / "hparams" / "hparams.json").limits()
    out = set()
    for group, names in GROUPS.items():
        sides = (f"{group}_low", f"{group}_high") if len(names) == 2 else (None, group)
        for name in names:
            if name not in run.statistics:  # made before the statistic had today's rule
                continue
            value = run.statistics[name]
            low = limits[sides[0]] if sides[0] and name == names[0] else -math.inf
            high = limits[sides[1]] if name == names[-1] else math.inf
            if value is None or not low <= value <= high:
                out.add(name)
    return out


def test_the_competitions_limits_pass_every_honest_run_on_a_gpu(gpu: Calibration) -> None:
    honest = gpu.of(honest=True)
    # on text, those that compile for minutes were left out
    assert len(honest) >= (22 if gpu.environment.get("corpus", {}).get("kind") == "prepared" else 24)
    assert sum(len(program.runs) for program in honest.values()) >= 60
    assert {name: _failed(run) for name, p in honest.items() for run in p.runs if _failed(run)} == {}


def test_the_competitions_limits_fail_every_cheat_on_a_gpu_where_it_aims(gpu: Calibration) -> None:
    cheats = gpu.of(honest=False)
    assert len(cheats) >= 19
    missed = {name: set(p.fails) & run.statistics.keys() - _failed(run) for name, p in cheats.items() for run in p.runs}
    assert {name: names for name, names in missed.items() if names} == {}


def test_the_calibration_of_a_gpu_says_what_programs_have_to_fail_today(gpu: Calibration) -> None:
    programs = {p.name: p for p in (*programs_in(HONEST), *programs_in(ADVERSARIES))}
    assert {name: p.fails for name, p in gpu.programs.items()} == {
        name: programs[name].fails_with("cuda:0") for name in gpu.programs
    }
    judged = {p.name for p in programs.values() if p.expect is None or p.fails_with("cuda:0")}
    assert judged == set(gpu.programs) | set(gpu.left_out), "each program is there, or the reason why not"


def test_honest_runs_on_a_gpu_keep_a_distance_from_the_competitions_limits(gpu: Calibration) -> None:
    allowed = tolerances(Hparams(ROOT / "hparams" / "hparams.json").limits())
    runs = [run.statistics for program in gpu.of(honest=True).values() for run in program.runs]
    worst = {
        statistic: max(deviation(statistic, run) for run in runs if was_measured(statistic, run))
        for statistic in allowed
        if any(was_measured(statistic, run) for run in runs)
    }
    assert {name: value for name, value in worst.items() if value * 1.25 >= allowed[name]} == {}
