"""Limits lie between what honest programs measure and what the nearest cheats do."""

from __future__ import annotations

import json
import math

import pytest
from support import ADVERSARIES, HONEST, PROFILE, ROOT

from crusades_evaluator.calibration import GROUPS, deviation, limits_of, propose
from crusades_evaluator.commands.calibrate import declared

_FINE: dict[str, float | None] = {name: 1.0 if len(names) == 2 else 1e-6 for names in GROUPS.values() for name in names}


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


def test_a_cheat_that_is_not_told_apart_shows_in_the_margin() -> None:
    cheats = {"alike": (["moment"], [{**_FINE, "moment": 1e-6}])}
    moment = next(p for p in propose({"fine": [_FINE]}, cheats) if p.statistic == "moment")
    assert moment.margin_cheat == pytest.approx(1)


def test_a_value_that_is_no_number_is_infinitely_far() -> None:
    assert deviation("moment", {"moment": None}) == math.inf
    assert deviation("row", {"row_min": 0.5, "row_max": 1.1}) == 0.5


def test_the_committed_profile_has_the_calibrated_limits_and_they_separate() -> None:
    report = json.loads((ROOT / "evaluator" / "calibration" / "cpu-small.json").read_text())
    assert report["limits"] == PROFILE["limits"]
    assert all(s["margin_honest"] > 3 and s["margin_cheat"] > 3 for s in report["statistics"])
    assert set(report["honest"]) == {path.stem for path in HONEST.glob("*.py")}
    assert set(report["cheats"]) <= {path.stem for path in ADVERSARIES.glob("*.py") if declared(path)}
