"""What a calibration says about noise, and about how the statistics answer to left-out work. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist, fmean, stdev

from crusades_evaluator.calibration import GROUPS, was_measured
from crusades_evaluator.calibration_report import Calibration
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Limits
from crusades_evaluator.power import COEFFICIENTS, ERRORS, Noise, Normal, Power, Response, Rules, Shape

#: Programs of test/adversaries that mask part of one row in one step.
_OF_ONE_ROW = ("eighth_of_a_row", "half_of_a_row", "one_row_missing")
#: Share of the tokens from which on a program tells how errors grow: below it, honest noise moves them by as much.
_TELLING = 0.01
#: Errors that grow with what is left out: nothing can be said without them.
_NEEDED = ("moment", "moment_tensor")
#: Program of test/adversaries -> share of the positions that its backward pass leaves out, in the same places of each
#: layer. What is left out at several places of the chain costs a tensor more than its masked tokens would.
MUTED_SHARES = {"backward_without_some_positions": 0.01}


def power_of(calibration: Calibration, shape: Shape, limits: Limits, rules: Rules) -> Power:
    """Raises AttemptFailed(evaluator_spec_invalid) if the report lacks honest runs, or cheats to fit to."""
    noise = noise_of(calibration, shape)

    def responses(shares: Mapping[str, float]) -> dict[str, Response]:
        return {name: _response(calibration, noise, name, shares) for name in _NEEDED}

    masked = {program: share for program, share in masked_shares(shape).items() if share >= _TELLING}
    masking, zeroing = responses(masked), responses(zeroed_shares(shape))
    muted = MUTED_SHARES.keys() & calibration.programs.keys()
    muting = responses(MUTED_SHARES) if muted else masking
    return Power(shape, limits, rules, noise, masking, muting, zeroing, row_response(calibration, shape))


def at_best(power: Power, calibration: Calibration) -> Power:
    """The same for the contestant's best case: the quietest honest program, and what is hardest to see left out."""
    means = {
        name: fmean(_value(run.statistics, "moment") for run in population.runs)
        for name, population in calibration.of(honest=True).items()
    }
    return replace(
        around(power, calibration, min(means, key=lambda name: means[name])),
        masking={name: response.least() for name, response in power.masking.items()},
        muting={name: response.least() for name, response in power.muting.items()},
        zeroing={name: response.least() for name, response in power.zeroing.items()},
    )


def around(power: Power, calibration: Calibration, program: str) -> Power:
    """The same with the mean relative errors of one honest program; the spread stays that of all."""
    runs = [run.statistics for run in calibration.programs[program].runs]
    errors = dict(power.noise.errors)
    for name, noise in power.noise.errors.items():
        values = [_value(run, name) for run in runs if name in run]
        if values:
            errors[name] = Normal(fmean(values), noise.sd)
    return replace(power, noise=replace(power.noise, errors=errors))


def fastest(calibration: Calibration) -> str | None:
    """The honest program with the highest MFU."""
    mfu = {
        name: max(run.mfu for run in population.runs if run.mfu is not None)
        for name, population in calibration.of(honest=True).items()
        if any(run.mfu is not None for run in population.runs)
    }
    return max(mfu, key=lambda name: mfu[name]) if mfu else None


def noise_of(calibration: Calibration, shape: Shape) -> Noise:
    """Means and standard deviations over all honest attempts, whichever program.

    Of coefficients only the extremes are known. Divided by the expected extreme of as many normal numbers (Blom 1958)
    they give the standard deviation of one. A statistic that fewer than two attempts have is left out: it can then find
    nothing, which understates what all together find.
    """
    runs = [run.statistics for population in calibration.of(honest=True).values() for run in population.runs]
    if len(runs) < 2:
        raise AttemptFailed("evaluator_spec_invalid", "the calibration has fewer than 2 honest attempts")
    errors = {name: values for name in ERRORS if len(values := [_value(run, name) for run in runs if name in run]) > 1}
    few = [name for name in _NEEDED if name not in errors]
    if few:
        raise AttemptFailed("evaluator_spec_invalid", f"fewer than 2 honest attempts of the calibration have {few[0]}")
    coefficients = {}
    for name in COEFFICIENTS:
        count = shape.count(name)
        extreme = NormalDist().inv_cdf((count - 0.375) / (count + 0.25))
        measured = [run for run in runs if was_measured(name, run)]
        if len(measured) > 1:
            farthest = fmean(abs(_value(run, side) - 1) for run in measured for side in GROUPS[name])
            coefficients[name] = farthest / extreme
    return Noise(len(runs), {name: Normal(fmean(v), stdev(v)) for name, v in errors.items()}, coefficients)


def masked_shares(shape: Shape) -> dict[str, float]:
    """Program of test/adversaries -> share of all tokens' loss that it leaves out."""
    length, row = shape.positions + 1, 1 / shape.row_steps
    return {
        "eighth_of_a_row": length // 8 / shape.positions * row,
        "half_of_a_row": (shape.positions - shape.positions // 2) / shape.positions * row,
        "one_row_missing": row,
        "sequence_without_a_128th": length // 128 / shape.positions,
        "head_without_a_128th": length // 128 / shape.positions,
        "sequence_without_a_32nd": length // 32 / shape.positions,
        "head_at_random_positions": 1 / 16,
    }


def zeroed_shares(shape: Shape) -> dict[str, float]:
    """Program of test/adversaries -> share of all coordinates whose gradient it leaves out."""
    return {"sparse_tampering": 0.01 * shape.matrices / shape.parameters}


def row_response(calibration: Calibration, shape: Shape) -> float:
    """By how much a row's coefficient falls for each share of its tokens that is masked; 1 if all weigh the same.

    The smallest ratio that was measured. The mean over the tokens left raises all coefficients, which is taken out.
    """
    ratios = []
    for program, lost in masked_shares(shape).items():
        if program in _OF_ONE_ROW and program in calibration.programs:
            of_row, of_step = lost * shape.row_steps, lost * shape.steps
            for run in calibration.programs[program].runs:
                ratios.append((1 - _value(run.statistics, "row_min") * (1 - of_step)) / of_row)
    return min([1.0, *ratios])


def _response(calibration: Calibration, noise: Noise, name: str, shares: Mapping[str, float]) -> Response:
    honest = noise.errors[name].mean
    probes = {
        program: fmean((_value(run.statistics, name) ** 2 - honest**2) / share for run in population.runs)
        for program, share in shares.items()
        if (population := calibration.programs.get(program)) and population.runs
    }
    if not probes:
        raise AttemptFailed("evaluator_spec_invalid", f"the calibration has none of {', '.join(sorted(shares))}")
    return Response(probes)


def _value(values: Mapping[str, float | None], name: str) -> float:
    value = values.get(name)
    if value is None:
        raise AttemptFailed("evaluator_spec_invalid", f"an attempt of the calibration has no finite {name}")
    return value
