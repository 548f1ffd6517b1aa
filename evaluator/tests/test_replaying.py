"""A replay is compared with its record: the same within noise, or what differs."""

from __future__ import annotations

from typing import Any

import pytest

from crusades_evaluator.interface import Isolation, Result, Statistic
from crusades_evaluator.replaying import compare, noise_of


def _statistic(name: str, value: float | None, low: float | None = None, high: float | None = None) -> Statistic:
    return Statistic(name=name, value=value, low=low, high=high, passed=True)


def _result(*statistics: Statistic, outcome: str = "scored", **environment: Any) -> Result:
    return Result(
        submission="s",
        attempt=1,
        outcome=outcome,
        error=None,
        mfu=None,
        seconds=None,
        tokens=1,
        final_loss=None,
        seed=None,
        seed_commitment=None,
        statistics=list(statistics),
        phases_s={},
        isolation=Isolation(mode="two_users", notice=None),
        environment=environment,
        output_tail="",
        started_at="",
        finished_at="",
    )


def test_noise_is_a_twentieth_of_the_way_to_the_limit_and_half_of_it_for_extreme_coefficients() -> None:
    assert noise_of(_statistic("moment", 0, high=0.06)) == pytest.approx(0.003)
    assert noise_of(_statistic("row_min", 1, low=0.97)) == pytest.approx(0.015)
    assert noise_of(_statistic("moment", 0, high=2e-6)) == 1e-6


def test_noise_grows_with_what_was_measured_beyond_the_limit() -> None:
    assert noise_of(_statistic("moment", 0, high=0.06), 0.3, 0.29) == pytest.approx(0.015)
    assert noise_of(_statistic("row_min", 1, low=0.97), 0.6, 0.7) == pytest.approx(0.2)
    refused = _result(_statistic("moment", 0.3, high=0.06), outcome="moment_mismatch")
    assert compare(refused, _result(_statistic("moment", 0.312, high=0.06), outcome="moment_mismatch")).same
    assert not compare(refused, _result(_statistic("moment", 0.34, high=0.06), outcome="moment_mismatch")).same


def test_within_noise_is_the_same_and_beyond_it_differs() -> None:
    recorded = _result(_statistic("moment", 0.02, high=0.06), _statistic("row_min", 0.99, low=0.97))
    assert compare(recorded, recorded).same
    close = _result(_statistic("moment", 0.0229, high=0.06), _statistic("row_min", 0.991, low=0.97))
    assert compare(recorded, close).same
    far = compare(recorded, _result(_statistic("moment", 0.0231, high=0.06), _statistic("row_min", 0.99, low=0.97)))
    assert not far.same
    assert [pair.verdict for pair in far.pairs] == ["differs", "same"]


def test_what_is_not_measured_any_more_is_a_difference_and_what_is_new_is_none() -> None:
    one, two = _statistic("moment", 0.02, high=0.06), _statistic("stray", 0.0, high=1e-4)
    assert compare(_result(one), _result(one, two)).same
    gone = compare(_result(one, two), _result(one))
    assert (gone.same, gone.pairs[1].verdict) == (False, "only recorded")


def test_values_that_are_no_numbers_are_alike_only_on_both_sides() -> None:
    nothing, something = _statistic("moment", None, high=0.06), _statistic("moment", 0.02, high=0.06)
    assert compare(_result(nothing), _result(nothing)).same
    assert not compare(_result(nothing), _result(something)).same


def test_another_outcome_or_other_inputs_are_a_difference_and_another_version_is_only_told() -> None:
    record = _result(weights_digest="a", tokens_digest="b", torch="2.11.0")
    assert not compare(
        record, _result(outcome="late_write", weights_digest="a", tokens_digest="b", torch="2.11.0")
    ).same
    inputs = compare(record, _result(weights_digest="x", tokens_digest="b", torch="2.11.0"))
    assert (inputs.same, inputs.changed) == (False, ("weights_digest: a, now x",))
    version = compare(record, _result(weights_digest="a", tokens_digest="b", torch="2.12.0"))
    assert (version.same, version.changed) == (True, ("torch: 2.11.0, now 2.12.0",))
