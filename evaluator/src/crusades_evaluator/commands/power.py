"""`power`: with which probability left-out work is found, by a calibration's noise and the limits of the settings."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crusades_evaluator.calibration_report import Calibration, read_report
from crusades_evaluator.commands.hparams import Hparams
from crusades_evaluator.commands.tables import table
from crusades_evaluator.interface import Limits, write_atomically
from crusades_evaluator.power import Family, Power, Response, Rules, Shape
from crusades_evaluator.power_families import families_of
from crusades_evaluator.power_fit import around, at_best, fastest, power_of

#: Shares of the work in the table, as fractions; and the chances of a submission that bounds are given for.
_SHARES = (0.0, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)
_CHANCES = (0.5, 0.01)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="REPORT.json", help="report of calibrate")
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json", help="settings with the limits")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the probabilities, too")


def run(options: argparse.Namespace) -> int:
    calibration, settings = read_report(options.report), Hparams(options.settings)
    shape, (runs, rate) = shape_of(settings), settings.success()
    power = power_of(calibration, shape, Limits.model_validate(settings.limits()), Rules(runs, rate))
    report = report_of(power, calibration)
    print(json.dumps(report, indent=1) if options.json else _text(report))
    if options.svg:
        from crusades_evaluator.plots import power_svg

        caption = f"{calibration.environment.get('name')}, {power.noise.attempts} honest attempts"
        write_atomically(options.svg, power_svg(power, at_best(power, calibration), caption))
        options.svg.chmod(0o644)
    return 0


def shape_of(settings: Hparams) -> Shape:
    """Counts the parameters of the model that the settings describe. Raises AttemptFailed."""
    from crusades_evaluator.model import build_on_meta  # imports torch

    built: Any = build_on_meta(settings.model())
    data, head = settings.data(), built.get_output_embeddings().weight
    inputs = built.get_input_embeddings().weight
    parameters = list(built.parameters())
    return Shape(
        steps=data.steps,
        batch=data.batch_size,
        positions=data.sequence_length - 1,
        parameters=sum(p.numel() for p in parameters),
        head=head.numel(),
        matrices=sum(p.numel() for p in parameters if p.dim() > 1 and p is not head and p is not inputs),
    )


def report_of(power: Power, calibration: Calibration) -> dict[str, Any]:
    """What the command shows; shares of the work and probabilities are fractions."""
    quick = fastest(calibration)
    views = {
        "typical": power,
        "fastest": around(power, calibration, quick) if quick else power,
        "best case": at_best(power, calibration),
    }
    return {
        "honest_attempts": power.noise.attempts,
        "fastest": quick,
        "head_share": power.shape.head / power.shape.parameters,
        "row_response": power.row,
        "noise": {name: {"mean": n.mean, "sd": n.sd} for name, n in power.noise.errors.items()}
        | {name: {"mean": 1.0, "sd": sd} for name, sd in power.noise.coefficients.items()},
        "slopes": {
            f"{name}, {kind}": {"mean": r.slope, "sd": r.scatter, "probes": dict(r.probes)}
            for kind, responses in _kinds(power)
            for name, r in responses.items()
        },
        "families": {family.name: _family(power, family) for family in families_of(power)},
        "free_lunch": {
            family.name: {
                view: {f"{chance:g}": of.free_lunch(family, chance) for chance in _CHANCES}
                for view, of in views.items()
            }
            for family in families_of(power)
        },
    }


def _kinds(power: Power) -> Sequence[tuple[str, Mapping[str, Response]]]:
    """Muting only where it was measured by itself."""
    muting = () if power.muting is power.masking else (("muted", power.muting),)
    return (("masked", power.masking), *muting, ("zeroed", power.zeroing))


def _family(power: Power, family: Family) -> dict[str, Any]:
    rows = []
    for share in _SHARES:
        if share == 0 or family.piece <= share <= family.largest:
            statistic, found = power.found_by(family.effect(share))
            passes = power.rules.passes(1 - found)
            rows.append({"share": share, "found": found, "by": statistic, "submission_scores": passes})
    return {"words": family.words, "piece": family.piece, "largest": family.largest, "rows": rows}


def _text(report: Mapping[str, Any]) -> str:
    families, lunch = report["families"], report["free_lunch"]
    views = list(next(iter(lunch.values())))
    noise = [
        ("statistic", "honest mean", "sd"),
        *((n, f"{v['mean']:.3g}", f"{v['sd']:.2g}") for n, v in report["noise"].items()),
    ]
    slopes = [("slope of error² per share", "mean", "sd", "least", "most"), *map(_slope, report["slopes"].items())]
    shares = [("left out", *families), *(_share(share, families) for share in _SHARES)]
    bounds = [("", *(f"{view}, {float(c):.0%}" for view in views for c in lunch[next(iter(lunch))][view]))]
    bounds += [
        (f["words"], *(_percent(v) for view in views for v in lunch[n][view].values())) for n, f in families.items()
    ]
    row = f"a row's coefficient falls by {report['row_response']:.2f} of the share masked in it"
    return "\n\n".join(
        (
            f"Noise of {report['honest_attempts']} honest attempts; of coefficients, of a single one\n{table(noise)}",
            f"{table(slopes)}\n{row}",
            f"Found in one attempt / a submission scores nevertheless, by the share of the work\n{table(shares)}",
            "Free lunch: largest share of the work with which a submission scores with that probability\n"
            f"(noise of all honest programs; of {report['fastest']}; of the quietest, and what is hardest to see)\n"
            f"{table(bounds)}",
        )
    )


def _slope(item: tuple[str, Mapping[str, Any]]) -> Sequence[str]:
    name, slope = item
    probes = slope["probes"].values()
    return (f"{name} ({len(probes)})", *(f"{v:.3g}" for v in (slope["mean"], slope["sd"], min(probes), max(probes))))


def _share(share: float, families: Mapping[str, Any]) -> Sequence[str]:
    cells = [_percent(share) if share else "0 %"]
    for family in families.values():
        row = next((r for r in family["rows"] if r["share"] == share), None)
        cells.append(f"{_chance(row['found'])} / {_chance(row['submission_scores'])}" if row else "–")
    return cells


def _chance(probability: float) -> str:
    return "<.001" if probability < 0.0005 else ">.999" if probability > 0.9995 else f"{probability:.3f}".lstrip("0")


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share else "none"
