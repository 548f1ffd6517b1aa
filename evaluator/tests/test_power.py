"""The power analysis: what is left out is found the more surely the more it is, and honest attempts are not."""

from __future__ import annotations

import itertools
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import ROOT, command, environment

from crusades_evaluator.calibration_report import Calibration, Run, read_report
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Limits
from crusades_evaluator.power import LACKS, Effect, Family, Power, Rules, Shape
from crusades_evaluator.power_families import families_of
from crusades_evaluator.power_fit import at_best, masked_shares, power_of
from crusades_evaluator.referee import statistics
from crusades_evaluator.referee.attribution import BLOCK_POSITIONS
from crusades_evaluator.referee.sampling import LOGIT_POSITIONS

_REPORT = ROOT / "evaluator" / "calibration" / "h200-qwen2.5-3b.json"
_SETTINGS = ROOT / "hparams" / "hparams.json"
#: Qwen2.5-3B with batch 8, 1024 tokens, 5 steps; parameters as in its configuration.
_SHAPE = Shape(steps=5, batch=8, positions=1023, parameters=3_085_938_688, head=311_164_928, matrices=2_774_532_096)
_NAMES = ("row", "block", "backward", "slices", "head", "logits", "weights")


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return read_report(_REPORT)


@pytest.fixture(scope="module")
def power(calibration: Calibration) -> Power:
    limits = json.loads(_SETTINGS.read_text())["verification"]["limits"]
    return power_of(calibration, _SHAPE, Limits.model_validate(limits), Rules(5, 0.5))


def _family(power: Power, name: str) -> Family:
    return next(family for family in families_of(power) if family.name == name)


def _shares(family: Family) -> list[float]:
    return [family.piece * (family.largest / family.piece) ** (step / 50) for step in range(51)]


@pytest.mark.parametrize("name", _NAMES)
def test_more_left_out_is_never_less_likely_found(power: Power, calibration: Calibration, name: str) -> None:
    for view in (power, at_best(power, calibration)):
        family = _family(view, name)
        found = [view.found(family.effect(share)) for share in _shares(family)]
        assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(found))
        assert found[0] < 0.1
        assert found[-1] > 0.999


def test_an_honest_attempt_is_hardly_ever_refused(power: Power) -> None:
    assert power.found(Effect({})) < 0.001
    assert power.passes(Effect({})) > 0.999


def test_limits_within_the_noise_refuse_honest_attempts(power: Power) -> None:
    tight = replace(power, limits=power.limits.model_copy(update={"row_low": 0.999}))
    statistic, found = tight.found_by(Effect({}))
    assert statistic == "row"
    assert found > 0.99


def test_a_missing_row_of_one_step_is_found_and_by_its_coefficient(power: Power) -> None:
    assert power.found(_family(power, "row").effect(1 / 40)) > 1 - 1e-9
    only_row = Effect({"row": (1, 1.0)})
    assert power.found_by(only_row)[0] == "row"
    assert power.found(only_row) > 1 - 1e-9


def test_a_position_that_every_row_lacks_is_found(power: Power) -> None:
    assert power.found(_family(power, "block").effect(1 / 1023)) > 0.999


def test_a_loss_at_random_places_moves_the_moment_as_its_fit_says(power: Power) -> None:
    honest, limit, slope = power.noise.errors["moment"], power.limits.moment, power.masking["moment"].slope
    at_the_limit = (limit**2 - honest.mean**2) / slope
    statistic, found = power.found_by(Effect({}, masked=at_the_limit))
    assert statistic == "moment"
    assert found == pytest.approx(0.5)
    family = _family(power, "slices")
    assert power.free_lunch(family, 0.5) == pytest.approx(at_the_limit / 3, rel=0.01)


def test_positions_at_random_are_counted_by_the_patches_that_lack_them(power: Power) -> None:
    family = _family(power, "backward")
    bound = power.free_lunch(family, 0.5)
    assert power.found_by(family.effect(bound))[0] == "patch"
    patches = family.effect(bound).lacking + power.noise.errors["patch"].mean
    assert patches == pytest.approx(power.limits.patch, rel=0.01)


def test_fits_use_only_what_the_adversaries_really_leave_out(power: Power, calibration: Calibration) -> None:
    shares = masked_shares(_SHAPE)
    assert shares["eighth_of_a_row"] == pytest.approx(128 / 1023 / 40)
    assert shares["sequence_without_a_128th"] == pytest.approx(8 / 1023)
    response = power.masking["moment"]
    assert set(response.probes) == {name for name in calibration.programs if shares.get(name, 0) >= 0.01}
    assert len(response.probes) == 4
    assert min(response.probes.values()) < response.slope < max(response.probes.values())


def test_what_was_not_measured_finds_nothing(power: Power, calibration: Calibration) -> None:
    def without(run: Run) -> Run:
        return replace(
            run, statistics={n: v for n, v in run.statistics.items() if n not in ("patch", "row_min", "row_max")}
        )

    programs = {
        name: replace(program, runs=tuple(map(without, program.runs))) if program.honest else program
        for name, program in calibration.programs.items()
    }
    blind = power_of(replace(calibration, programs=programs), _SHAPE, power.limits, power.rules)
    ends = _family(power, "ends").effect(0.001)
    assert power.found_by(ends)[0] == "patch"
    assert blind.found_by(ends)[0] not in ("patch", "row")
    assert blind.found(ends) < power.found(ends)


def test_the_best_case_lets_more_go_unseen(power: Power, calibration: Calibration) -> None:
    best = at_best(power, calibration)
    for name in ("slices", "head"):
        assert best.free_lunch(_family(best, name), 0.5) > power.free_lunch(_family(power, name), 0.5)


def test_a_smaller_chance_lets_more_go_unseen(power: Power) -> None:
    for family in families_of(power):
        assert power.free_lunch(family, 0.01) >= power.free_lunch(family, 0.5) > 0


def test_missing_logits_are_found_as_often_as_one_is_among_those_compared(power: Power) -> None:
    assert power.found(Effect({}, logits=0.01)) == pytest.approx(1 - 0.99**LOGIT_POSITIONS)


@pytest.mark.parametrize(("runs", "rate"), [(5, 0.5), (5, 1.0), (4, 0.5), (7, 0.3), (1, 0.5), (25, 0.28)])
@pytest.mark.parametrize("unseen", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_a_submission_passes_as_often_as_enumeration_says(runs: int, rate: float, unseen: float) -> None:
    rules = Rules(runs, rate)
    if runs <= 7:
        outcomes = itertools.product((True, False), repeat=runs)
        enough = [outcome for outcome in outcomes if sum(outcome) >= rules.needed]
        expected = sum(unseen ** sum(o) * (1 - unseen) ** (runs - sum(o)) for o in enough)
        assert rules.passes(unseen) == pytest.approx(expected)
    assert rules.needed == {(5, 0.5): 3, (5, 1.0): 5, (4, 0.5): 2, (7, 0.3): 3, (1, 0.5): 1, (25, 0.28): 7}[runs, rate]


def test_constants_are_those_of_the_referee(power: Power) -> None:
    assert BLOCK_POSITIONS * _SHAPE.count("block") == pytest.approx(_SHAPE.positions, abs=BLOCK_POSITIONS)
    assert _SHAPE.count("block") == 256
    assert LACKS == statistics.LACKS
    assert power.found(Effect({}, logits=1 / LOGIT_POSITIONS)) == pytest.approx(1 - (1 - 1 / 64) ** 64)


def test_a_report_without_honest_runs_or_without_the_cheats_is_refused(calibration: Calibration, power: Power) -> None:
    none = replace(calibration, programs={})
    with pytest.raises(AttemptFailed, match="fewer than 2 honest"):
        power_of(none, _SHAPE, power.limits, power.rules)
    honest = replace(calibration, programs=calibration.of(honest=True))
    with pytest.raises(AttemptFailed, match="has none of"):
        power_of(honest, _SHAPE, power.limits, power.rules)


def test_the_command_counts_the_model_and_draws_the_same_plot_twice(power: Power, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    drawn = []
    for name in ("a.svg", "b.svg"):
        words = command("power", str(_REPORT), "--settings", str(_SETTINGS), "--json", "--svg", str(tmp_path / name))
        done = subprocess.run(
            words, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        drawn.append((tmp_path / name).read_text())
    report = json.loads(done.stdout)
    assert report["head_share"] == pytest.approx(_SHAPE.head / _SHAPE.parameters)
    bound = report["free_lunch"]["backward"]["typical"]["0.5"]
    assert bound == pytest.approx(power.free_lunch(_family(power, "backward"), 0.5))
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) < 100_000
    texts = {element.text for element in ElementTree.fromstring(drawn[0]).iter()}
    assert {family.words for family in families_of(power)} <= texts


def test_the_published_tables_are_those_of_the_published_calibration(tmp_path: Path) -> None:
    words = command("power", str(_REPORT), "--settings", str(_SETTINGS))
    done = subprocess.run(words, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    published = (ROOT / "docs" / "confidence.md").read_text().splitlines()
    stale = [line for line in done.stdout.splitlines() if line not in published]
    assert not stale, "docs/confidence.md says how to write its tables anew"
