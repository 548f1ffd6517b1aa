"""Limits from two populations: what honest programs measure, and what the nearest cheats do. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

#: Statistics without a cheat's value to lie between, and those whose limit is a matter of contract.
_CONTRACTUAL = {"loss": 0.3}
#: Honest values may be exactly the reference's; below this, differences are rounding of another machine.
_ROUNDING = 1e-7

#: Statistic -> the names it has in results; two names are the sides of a coefficient whose honest value is 1.
GROUPS: dict[str, tuple[str, ...]] = {
    "moment": ("moment",),
    "moment_tensor": ("moment_tensor",),
    "stray": ("stray",),
    "row": ("row_min", "row_max"),
    "block": ("block_min", "block_max"),
    "patch": ("patch",),
    "update": ("update_min", "update_max"),
    "logits": ("logits",),
    "second_moment": ("second_moment",),
    "loss": ("loss",),
}


@dataclass(frozen=True)
class Proposal:
    """Deviations from the honest value (0, or 1 for coefficients); margins are factors on both sides of the limit."""

    statistic: str
    honest_worst: float
    honest_program: str
    cheat_nearest: float | None
    cheat: str | None
    limit: float
    margin_honest: float
    margin_cheat: float | None


def deviation(statistic: str, values: Mapping[str, float | None]) -> float:
    """How far one attempt's values of a statistic lie from honest; infinite if one is not a number."""
    found = [values.get(name) for name in GROUPS[statistic]]
    centre = 1.0 if len(found) == 2 else 0.0
    return max(math.inf if value is None else abs(value - centre) for value in found)


def was_measured(statistic: str, values: Mapping[str, float | None]) -> bool:
    """Whether an attempt has it at all: one that was made before a statistic existed says nothing of it."""
    return any(name in values for name in GROUPS[statistic])


def propose(
    honest: Mapping[str, Sequence[Mapping[str, float | None]]],
    cheats: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, float | None]]]],
) -> list[Proposal]:
    """One limit for each statistic: the geometric middle between the worst honest and the nearest cheating value.

    honest: program -> values of each attempt. cheats: program -> (result names that it has to fail, values).
    """
    attempts = [values for runs in honest.values() for values in runs]
    known = [statistic for statistic in GROUPS if any(was_measured(statistic, values) for values in attempts)]
    return [_propose(statistic, honest, cheats) for statistic in known]


def _propose(
    statistic: str,
    honest: Mapping[str, Sequence[Mapping[str, float | None]]],
    cheats: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, float | None]]]],
) -> Proposal:
    worst, program = max(
        (deviation(statistic, values), name)
        for name, runs in honest.items()
        for values in runs
        if was_measured(statistic, values)
    )
    aimed = [
        (deviation(statistic, values), name)
        for name, (fails, runs) in cheats.items()
        if set(fails) & set(GROUPS[statistic])
        for values in runs
        if was_measured(statistic, values)
    ]
    nearest, cheat = min(aimed) if aimed else (None, None)
    if statistic in _CONTRACTUAL or nearest is None:
        limit = _CONTRACTUAL.get(statistic, _round(10 * max(worst, _ROUNDING)))
    else:
        limit = _round(math.sqrt(max(worst, _ROUNDING) * min(nearest, 1.0)))
    return Proposal(
        statistic,
        worst,
        program,
        nearest,
        cheat,
        limit,
        limit / max(worst, _ROUNDING),
        None if nearest is None else nearest / limit,
    )


def limits_of(proposals: Sequence[Proposal]) -> dict[str, float]:
    """As in the specification: one-sided limits by name, coefficients as _low and _high around 1."""
    limits: dict[str, float] = {}
    for proposal in proposals:
        if len(GROUPS[proposal.statistic]) == 2:
            limits[f"{proposal.statistic}_low"] = round(1 - proposal.limit, 9)
            limits[f"{proposal.statistic}_high"] = round(1 + proposal.limit, 9)
        else:
            limits[proposal.statistic] = proposal.limit
    return limits


def tolerances(limits: Mapping[str, float]) -> dict[str, float]:
    """The other way round: statistic -> largest deviation that limits as in the specification let pass."""
    return {
        statistic: round(max(abs(limits[name] - 1) for name in (f"{statistic}_low", f"{statistic}_high")), 9)
        if len(names) == 2
        else limits[statistic]
        for statistic, names in GROUPS.items()
    }


def as_plain(proposals: Sequence[Proposal]) -> list[dict[str, float | str | None]]:
    """For the report; values to four digits."""
    return [
        {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in asdict(proposal).items()}
        for proposal in proposals
    ]


def _round(value: float) -> float:
    return float(f"{value:.0e}")
