"""From measured values to an outcome. Pure: the same numbers always give the same verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from crusades_evaluator.interface import Limits, Mfu, Statistic
from crusades_evaluator.referee.statistics import Measured

#: Statistic -> the code of its failure, in the order in which they are asked.
_CODES = {
    "moment": "moment_mismatch",
    "moment_tensor": "moment_mismatch",
    "stray": "moment_mismatch",
    "row_min": "row_attribution_mismatch",
    "row_max": "row_attribution_mismatch",
    "block_min": "block_attribution_mismatch",
    "block_max": "block_attribution_mismatch",
    "patch": "block_attribution_mismatch",
    "update_min": "update_mismatch",
    "update_max": "update_mismatch",
    "logits": "logits_mismatch",
    "loss": "loss_mismatch",
    "second_moment": "second_moment_mismatch",
}


#: Statistic -> its coefficients, and what counts them.
_PLACES: dict[str, Callable[[Measured], tuple[torch.Tensor, tuple[str, ...]]]] = {
    **dict.fromkeys(("row_min", "row_max"), lambda measured: (measured.rows, ("step", "row"))),
    **dict.fromkeys(("block_min", "block_max"), lambda measured: (measured.blocks, ("block",))),
    **dict.fromkeys(("update_min", "update_max"), lambda measured: (measured.updates, ("step",))),
}


@dataclass(frozen=True)
class Verdict:
    """code: None if the training is accepted."""

    code: str | None
    message: str


def statistics_of(measured: Measured, claimed_loss: float, reference_loss: float, limits: Limits) -> list[Statistic]:
    """Every statistic beside its limits. A value that is not finite fails."""
    return [
        _statistic("moment", measured.moment, None, limits.moment),
        _statistic("moment_tensor", measured.moment_tensor, None, limits.moment_tensor),
        _statistic("stray", measured.stray, None, limits.stray),
        _statistic("row_min", float(measured.rows.min()), limits.row_low, None),
        _statistic("row_max", float(measured.rows.max()), None, limits.row_high),
        _statistic("block_min", float(measured.blocks.min()), limits.block_low, None),
        _statistic("block_max", float(measured.blocks.max()), None, limits.block_high),
        _statistic("patch", measured.patch, None, limits.patch),
        _statistic("update_min", float(measured.updates.min()), limits.update_low, None),
        _statistic("update_max", float(measured.updates.max()), None, limits.update_high),
        _statistic("logits", measured.logits, None, limits.logits),
        _statistic("second_moment", measured.second_moment, None, limits.second_moment),
        _statistic("loss", abs(claimed_loss - reference_loss), None, limits.loss),
    ]


def judge(statistics: list[Statistic], measured: Measured) -> Verdict:
    """The first failure in the catalogue's order names the code; the message names every failure."""
    failed = {statistic.name: statistic for statistic in statistics if not statistic.passed}
    for name, code in _CODES.items():
        if name in failed:
            return Verdict(code, "; ".join(_explain(s, measured) for s in failed.values()))
    return Verdict(None, "")


def judge_speed(mfu: float, bounds: Mfu) -> Verdict:
    """mfu in percent."""
    if mfu > bounds.max_plausible_mfu:
        return Verdict("implausible_mfu", f"MFU {mfu:.2f} % is above the plausible {bounds.max_plausible_mfu:g} %")
    if mfu < bounds.min_mfu:
        return Verdict("insufficient_mfu", f"MFU {mfu:.2f} % is below the minimum of {bounds.min_mfu:g} %")
    return Verdict(None, "")


def mfu_percent(parameters: int, tokens: int, seconds: float, peak_flops: float) -> float:
    """6 · P · T / (seconds · peak) · 100; 6 operations a parameter and token: Kaplan 2020 (arXiv 2001.08361), §2.1."""
    return 6 * parameters * tokens / (seconds * peak_flops) * 100


def _statistic(name: str, value: float, low: float | None, high: float | None) -> Statistic:
    finite = math.isfinite(value)
    passed = finite and (low is None or value >= low) and (high is None or value <= high)
    return Statistic(name=name, value=value if finite else None, low=low, high=high, passed=passed)


def _explain(statistic: Statistic, measured: Measured) -> str:
    value = "not a number" if statistic.value is None else f"{statistic.value:.4g}"
    limit = f"at least {statistic.low:g}" if statistic.low is not None else f"at most {statistic.high:g}"
    where = ""
    if statistic.name == "moment_tensor":
        where = f" in {max(measured.moment_tensors, key=lambda n: _rank(measured.moment_tensors[n]))}"
    elif statistic.value is not None and statistic.name in _PLACES:
        coefficients, words = _PLACES[statistic.name](measured)
        extreme = coefficients.argmin() if statistic.name.endswith("_min") else coefficients.argmax()
        found = torch.unravel_index(extreme, coefficients.shape)
        where = f" ({', '.join(f'{word} {int(at) + 1}' for word, at in zip(words, found, strict=True))})"
    return f"{statistic.name} is {value}{where}, allowed is {limit}"


def _rank(value: float) -> float:
    return math.inf if math.isnan(value) else value
