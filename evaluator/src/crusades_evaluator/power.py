"""How surely left-out work is found: probabilities from honest noise and the limits. Pure.

Assumptions and what they cost are in docs/confidence.md. All shares are fractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from crusades_evaluator.calibration import GROUPS
from crusades_evaluator.interface import Limits

#: As BLOCK_POSITIONS of referee/attribution.py, LOGIT_POSITIONS of referee/sampling.py and LACKS of
#: referee/statistics.py, which import torch.
BLOCK_POSITIONS, LOGIT_POSITIONS, LACKS = 4, 64, 0.2
#: Statistics that are the extremes of coefficients whose honest value is 1.
COEFFICIENTS = tuple(name for name, sides in GROUPS.items() if len(sides) == 2)
#: Statistics whose honest value is 0, but for the loss, which is a claim.
ERRORS = ("moment", "moment_tensor", "stray", "patch", "logits", "second_moment")
_BISECTIONS = 60


@dataclass(frozen=True)
class Shape:
    """An attempt. parameters, head (the matrix that gives the logits) and matrices (those of the layers): numbers of
    parameters, tied ones once. The attempt's work is 6 · parameters · tokens, a third of it weight gradients."""

    steps: int
    batch: int
    positions: int
    parameters: int
    head: int
    matrices: int

    @property
    def row_steps(self) -> int:
        return self.steps * self.batch

    @property
    def blocks(self) -> int:
        """Blocks of neighbouring positions in a row; one of them in one row of one step is a patch."""
        return -(-self.positions // BLOCK_POSITIONS)

    def count(self, statistic: str) -> int:
        """How many coefficients the statistic is the extreme of."""
        return {"row": self.row_steps, "block": self.blocks, "update": self.steps}[statistic]


@dataclass(frozen=True)
class Rules:
    """Of scoring: attempts of a submission, and the share of them that has to succeed."""

    runs: int
    min_success_rate: float

    @property
    def needed(self) -> int:
        """As lib/scoring/attempts.ts has it."""
        return max(1, math.ceil(self.min_success_rate * self.runs - 1e-9))

    def passes(self, unseen: float) -> float:
        """Probability that a submission scores whose attempts go unseen with probability `unseen` each."""
        return math.fsum(
            math.comb(self.runs, k) * unseen**k * (1 - unseen) ** (self.runs - k)
            for k in range(self.needed, self.runs + 1)
        )


@dataclass(frozen=True)
class Normal:
    mean: float
    sd: float

    def above(self, limit: float) -> float:
        if self.sd == 0:
            return float(self.mean > limit)
        return NormalDist().cdf((self.mean - limit) / self.sd)


@dataclass(frozen=True)
class Noise:
    """Honest attempts. errors: relative errors and `stray`; coefficients: standard deviation of a single one.

    Statistics that were not measured are in neither.
    """

    attempts: int
    errors: Mapping[str, Normal]
    coefficients: Mapping[str, float]


@dataclass(frozen=True)
class Response:
    """How a relative error grows with left-out work: error² = honest² + slope · share.

    probes: program -> its own slope; slope is their mean.
    """

    probes: Mapping[str, float]

    @property
    def slope(self) -> float:
        return fmean(self.probes.values())

    @property
    def scatter(self) -> float:
        """Standard deviation between the programs."""
        return stdev(self.probes.values()) if len(self.probes) > 1 else 0.0

    def least(self) -> Response:
        """That of the program that is hardest to see."""
        name = min(self.probes, key=lambda program: self.probes[program])
        return Response({name: self.probes[name]})


@dataclass(frozen=True)
class Effect:
    """What left-out work does to the statistics.

    fallen: statistic -> (how many of its coefficients fall, by how much). masked: share of the tokens' gradients that
    is missing. muted: share of the positions that the backward pass leaves out. zeroed: share of the coordinates that
    are zero. lacking: share of the patches that lack a part of their gradient. logits: share of the last step's logits
    that is missing.
    """

    fallen: Mapping[str, tuple[int, float]]
    masked: float = 0.0
    muted: float = 0.0
    zeroed: float = 0.0
    lacking: float = 0.0
    logits: float = 0.0


@dataclass(frozen=True)
class Family:
    """A way to leave work out. piece, largest: the shares of the attempt's work that it can take, from and to."""

    name: str
    words: str
    piece: float
    largest: float
    effect: Callable[[float], Effect]


@dataclass(frozen=True)
class Power:
    """All that the probability of being found depends on.

    masking, muting, zeroing: how errors grow with what Effect calls masked, muted and zeroed. row: see
    power_fit.row_response.
    """

    shape: Shape
    limits: Limits
    rules: Rules
    noise: Noise
    masking: Mapping[str, Response]
    muting: Mapping[str, Response]
    zeroing: Mapping[str, Response]
    row: float

    def found(self, effect: Effect) -> float:
        """Probability that one attempt with such an effect is found."""
        return self.found_by(effect)[1]

    def found_by(self, effect: Effect) -> tuple[str, float]:
        """The statistic that most probably finds it, and with which probability: together they can only find more."""
        chances = {name: self._error(name, effect) for name in self.noise.errors}
        chances |= {
            name: self._coefficients(name, *effect.fallen.get(name, (0, 0.0))) for name in self.noise.coefficients
        }
        best = max(chances, key=lambda name: chances[name])
        return best, chances[best]

    def passes(self, effect: Effect) -> float:
        """Probability that a submission scores all of whose attempts have such an effect."""
        return self.rules.passes(1 - self.found(effect))

    def free_lunch(self, family: Family, chance: float) -> float:
        """Largest share of the work that can be left out while a submission scores with that probability.

        0 if not even the smallest piece can.
        """
        if self.passes(family.effect(family.piece)) < chance:
            return 0.0
        low, high = family.piece, family.largest
        if self.passes(family.effect(high)) >= chance:
            return high
        for _ in range(_BISECTIONS):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.passes(family.effect(middle)) >= chance else (low, middle)
        return low

    def _error(self, name: str, effect: Effect) -> float:
        honest, limit = self.noise.errors[name], float(getattr(self.limits, name))
        if name == "logits":
            return max(honest.above(limit), _some_missing(effect.logits, honest.mean, limit))
        if name == "stray":
            return Normal(honest.mean + effect.zeroed, honest.sd).above(limit)
        if name == "patch":
            return Normal(honest.mean + effect.lacking, honest.sd).above(limit)
        if name not in self.masking:
            return honest.above(limit)
        grown = self.masking[name].slope * effect.masked + self.zeroing[name].slope * effect.zeroed
        grown += self.muting[name].slope * effect.muted
        mean = math.sqrt(honest.mean**2 + grown)
        return Normal(mean, honest.sd).above(limit)

    def _coefficients(self, name: str, fallen: int, by: float) -> float:
        low, high = (float(getattr(self.limits, f"{name}_{side}")) for side in ("low", "high"))
        sd = self.noise.coefficients[name]

        def within(mean: float) -> float:
            return max(0.0, 1 - Normal(-mean, sd).above(-low) - Normal(mean, sd).above(high))

        return 1 - float(within(1.0) ** (self.shape.count(name) - fallen) * within(1.0 - by) ** fallen)


def _some_missing(share: float, honest: float, limit: float) -> float:
    """Probability that enough of the compared positions are missing; the relative error of one is 1 at least."""
    enough = math.floor(max(0.0, limit**2 - honest**2) * LOGIT_POSITIONS) + 1
    fewer = (math.comb(LOGIT_POSITIONS, k) * share**k * (1 - share) ** (LOGIT_POSITIONS - k) for k in range(enough))
    return max(0.0, 1 - math.fsum(fewer))
