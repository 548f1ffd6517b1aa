"""`bench`: where the seconds of an attempt go."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median, pstdev
from typing import TYPE_CHECKING

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.options import add_device, positive, scrub_environment
from crusades_evaluator.commands.tables import table
from crusades_evaluator.interface import Result, Spec, write_atomically

if TYPE_CHECKING:
    from crusades_evaluator.commands.hparams import Hparams

_BASELINE = Path(__file__).parents[4] / "test" / "honest" / "baseline.py"
_ALONE_TIMEOUT_S = 300
_MOST_ALONE = 5
#: Attempts that are repeated because the machine spoilt them: a card that slowed down, say.
_MOST_SPOILT = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, nargs="?", default=_BASELINE, metavar="TRAIN.py")
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    parser.add_argument("--attempts", type=positive, default=5, help="attempts (default 5)")
    parser.add_argument("--report", type=Path, metavar="OUT.json")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams
    from crusades_evaluator.referee import clock

    hparams = Hparams(options.settings)
    on_cpu = options.device == "cpu"
    # The card has no room for both at once; on a CPU they take turns, for equal conditions on a busy machine.
    alone = [] if on_cpu else _alone_first(hparams, options)
    started = clock.now()
    with Desk(options.device, options.threads, options.slot, quiet=options.json) as desk:
        start_s = clock.now() - started
        peak = desk.peak(hparams)
        specs = [desk.spec(hparams, options.train, n, peak) for n in range(1, options.attempts + 1)]
        results, walls, spoilt = list[Result](), list[float](), list[str]()
        while len(results) < len(specs):
            spec = specs[len(results)]
            began = clock.now()
            result = desk.run(spec)
            if result.error and result.error.fault == "infrastructure" and len(spoilt) < _MOST_SPOILT:
                spoilt.append(f"{result.error.code}: {result.error.message}")
                print(f"attempt {spec.attempt} again: {spoilt[-1]}", file=sys.stderr)
                continue
            if result.error:
                raise AttemptFailed("evaluator_failed", f"the program was not scored: {result.error.message}")
            results.append(result)
            walls.append(clock.now() - began)
            if on_cpu:
                alone += _alone(options.train, spec, 1)
    report = {**_report(results, walls, alone, start_s), "repeated": spoilt}
    text = json.dumps(report, indent=2) + "\n"
    if options.report:
        write_atomically(options.report, text)
    print(text if options.json else _as_table(report), end="")
    return 0


def _alone_first(hparams: Hparams, options: argparse.Namespace) -> list[float]:
    spec = hparams.spec(options.train, 1, options.device, options.threads, 1e12, "measured")
    return _alone(options.train, spec, min(options.attempts, _MOST_ALONE))


def _alone(train: Path, spec: Spec, repeats: int) -> list[float]:
    """Seconds of the same code in a process without an evaluator."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(spec.model_dump_json())
        file.flush()
        command = [sys.executable, "-m", "crusades_evaluator.alone", str(train), file.name, str(repeats)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_ALONE_TIMEOUT_S,
            check=False,
            start_new_session=True,  # its priority is its own, as a contestant's is
        )
    if done.returncode != 0:
        raise AttemptFailed("evaluator_failed", f"the program does not run alone: {done.stderr[-300:]}")
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def _report(results: list[Result], walls: list[float], alone: list[float], start_s: float) -> dict[str, object]:
    timed = [result.seconds or 0.0 for result in results]
    scores = [result.mfu or 0.0 for result in results]
    names = list(results[-1].phases_s)
    return {
        "attempts": len(results),
        "referee_start_s": round(start_s, 3),
        "phases_s": {name: round(median(r.phases_s[name] for r in results), 4) for name in names},
        "first_phases_s": results[0].phases_s,
        "attempt_s": {
            "first": round(walls[0], 3),
            "median": round(median(walls), 3),
            "first_five": round(sum(walls[:5]), 3),
        },
        "timed_s": round(median(timed), 4),
        "alone_s": round(median(alone), 4),
        "timed_over_alone": round(median(timed) / median(alone), 4),
        "timed_over_alone_best": round(min(timed) / min(alone), 4),
        "overhead_over_timed": round((median(walls) - median(timed)) / median(timed), 3),
        "outside_timed_s": round(median(wall - t for wall, t in zip(walls, timed, strict=True)), 4),
        "mfu": {
            "all": [round(score, 3) for score in scores],
            "median": round(median(scores), 3),
            "spread_percent": round(pstdev(scores) / mean(scores) * 100, 2),
        },
        "statistics": _extremes(results),
        "environment": results[-1].environment,
    }


def _extremes(results: list[Result]) -> dict[str, list[float]]:
    """Least and greatest value of each statistic over the attempts."""
    values: dict[str, list[float]] = {}
    for result in results:
        for statistic in result.statistics:
            if statistic.value is not None:
                values.setdefault(statistic.name, []).append(statistic.value)
    return {name: [float(f"{v:.4g}") for v in (min(found), max(found))] for name, found in values.items()}


def _as_table(report: dict[str, object]) -> str:
    rows = [("what", "value")]
    for name, value in report.items():
        if isinstance(value, dict):
            rows += [(f"  {name}: {part}", str(inner)) for part, inner in value.items()]
        else:
            rows.append((name, str(value)))
    return table(rows) + "\n"
