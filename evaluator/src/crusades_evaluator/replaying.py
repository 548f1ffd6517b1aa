"""A recorded attempt beside its replay: which statistics differ by more than the noise. Pure.

The same rule as the program `crusades` has it (lib/scoring/comparison.ts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crusades_evaluator.interface import Result, Statistic

#: Noise of a statistic, as a share of the distance from its honest value to its nearest limit, or to what was measured
#: if that lies farther; and the least of it. A coefficient is the extreme of many, and another one may be it when a GPU
#: sums in another order: 0.36 was measured.
_NOISE_SHARE, _NOISE_SHARE_OF_COEFFICIENTS, _LEAST_NOISE = 0.05, 0.5, 1e-6
#: Facts of a result's environment: if the inputs differ it was not the same attempt; versions explain a difference.
_INPUTS = ("weights_digest", "tokens_digest")
_VERSIONS = ("name", "driver", "torch", "transformers")

Verdict = Literal["same", "differs", "only recorded", "only again"]


@dataclass(frozen=True)
class Pair:
    """A statistic as it was recorded and as it came out again; None for what is not finite or was not measured."""

    name: str
    recorded: float | None
    again: float | None
    limits: Statistic
    noise: float
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """same: the same outcome from the same inputs, and all that was measured then measured again within the noise.

    changed: facts that are not the same, as sentences.
    """

    same: bool
    pairs: tuple[Pair, ...]
    changed: tuple[str, ...]


def compare(recorded: Result, again: Result) -> Comparison:
    """What a later evaluator measures besides is no difference; what it no longer measures is one."""
    pairs = _pairs(recorded.statistics, again.statistics)
    inputs = _changes(_INPUTS, recorded, again)
    outcome = [] if recorded.outcome == again.outcome else [f"outcome: {recorded.outcome}, now {again.outcome}"]
    same = not inputs and not outcome and all(pair.verdict in ("same", "only again") for pair in pairs)
    return Comparison(same, pairs, (*outcome, *inputs, *_changes(_VERSIONS, recorded, again)))


def noise_of(statistic: Statistic, *measured: float | None) -> float:
    """How far two measurements of it may be apart."""
    is_coefficient = statistic.name.endswith(("_min", "_max"))
    honest, share = (1.0, _NOISE_SHARE_OF_COEFFICIENTS) if is_coefficient else (0.0, _NOISE_SHARE)
    distances = [abs(limit - honest) for limit in (statistic.low, statistic.high) if limit is not None]
    deviations = [abs(value - honest) for value in measured if value is not None]
    return max(share * max(min(distances, default=0.0), *deviations, 0.0), _LEAST_NOISE)


def _pairs(recorded: Sequence[Statistic], again: Sequence[Statistic]) -> tuple[Pair, ...]:
    before, now = ({statistic.name: statistic for statistic in side} for side in (recorded, again))
    names = [*before, *(name for name in now if name not in before)]
    return tuple(_pair(before.get(name), now.get(name)) for name in names)


def _pair(before: Statistic | None, now: Statistic | None) -> Pair:
    some = before or now
    assert some is not None
    noise = noise_of(some, *(side.value for side in (before, now) if side))
    verdict: Verdict
    if before is None or now is None:
        verdict = "only again" if before is None else "only recorded"
    elif before.value is None or now.value is None:
        verdict = "same" if before.value is now.value else "differs"
    else:
        verdict = "same" if abs(before.value - now.value) <= noise else "differs"
    return Pair(some.name, before.value if before else None, now.value if now else None, some, noise, verdict)


def _changes(names: Sequence[str], recorded: Result, again: Result) -> list[str]:
    """A fact that one side does not tell counts only if the other does."""
    sides = [(name, recorded.environment.get(name), again.environment.get(name)) for name in names]
    return [f"{name}: {before}, now {now}" for name, before, now in sides if before != now]
