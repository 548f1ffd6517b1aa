"""`adversaries`: every honest program has to score, every cheat has to end in its stated code, on this device."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.options import add_device, positive, scrub_environment
from crusades_evaluator.commands.tables import table
from crusades_evaluator.interface import Result, write_atomically

if TYPE_CHECKING:
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams
    from crusades_evaluator.programs import Program
    from crusades_evaluator.trials import Trial

_PROGRAMS = Path(__file__).parents[4] / "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    parser.add_argument("--seeds", type=positive, default=1, help="attempts of each program (default 1)")
    parser.add_argument("--only", action="append", metavar="GLOB", help="names of programs; may be given repeatedly")
    parser.add_argument("--honest", type=Path, default=_PROGRAMS / "honest", metavar="DIR")
    parser.add_argument("--adversaries", type=Path, default=_PROGRAMS / "adversaries", metavar="DIR")
    parser.add_argument("--baseline", type=Path, metavar="TRAIN.py", help="no cheat may score above this program")
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="written anew after every program")
    parser.add_argument("--json", action="store_true", help="print the report instead of text")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams
    from crusades_evaluator.programs import programs_in, read_program
    from crusades_evaluator.trials import judged, median_mfu, skipped

    hparams = Hparams(options.settings)
    only = options.only or ["*"]
    programs = programs_in(options.honest, only) + programs_in(options.adversaries, only)
    if not programs:
        raise AttemptFailed("evaluator_spec_invalid", f"no program is named {' or '.join(only)}")
    trials: list[Trial] = []
    with Desk(options.device, options.threads, options.slot, quiet=options.json) as desk:
        peak = desk.peak(hparams)
        environment = desk.referee.environment()
        say = _Sayer(quiet=options.json)
        baseline = None
        if options.baseline:
            baseline = median_mfu(_attempts(desk, hparams, read_program(options.baseline), options.seeds, peak))
            say.line(f"baseline {options.baseline.stem}: {'not scored' if baseline is None else f'{baseline:.2f} %'}")
        for program in programs:
            reason = program.skipped(options.device)
            if reason:
                trial = skipped(program, reason, options.device)
            else:
                results = _attempts(desk, hparams, program, options.seeds, peak)
                trial = judged(program, results, options.device, baseline)
            trials.append(trial)
            say.line(_line(trial))
            report = _report(trials, environment, options.settings, baseline)
            if options.report:
                write_atomically(options.report, json.dumps(report, indent=1) + "\n")
            if desk.referee.unfit is not None:
                say.line(f"stopped: {': '.join(desk.referee.unfit)}")
                break
    print(json.dumps(report, indent=1) if options.json else _as_table(trials))
    statuses = {trial.status for trial in trials}
    if "DISAGREES" in statuses:
        return 1
    return 3 if "infrastructure" in statuses or len(trials) < len(programs) else 0


def _attempts(desk: Desk, hparams: Hparams, program: Program, seeds: int, peak: tuple[float, str]) -> list[Result]:
    """Raises AttemptFailed(cancelled). An honest program's attempts share a compile cache, as one submission's do; a
    cheat's are submissions of their own, so that none finds what another left."""
    from crusades_evaluator.trials import fitted

    results = []
    for attempt in range(1, seeds + 1):
        spec = fitted(desk.spec(hparams, program.path, attempt, peak), program)
        name = program.name if program.expect is None else f"{program.name} {attempt}"
        results.append(desk.run(spec.model_copy(update={"submission": name})))
    return results


class _Sayer:
    """A line for each program as it is done, with the time since the start."""

    def __init__(self, *, quiet: bool) -> None:
        self._stream = sys.stderr if quiet else sys.stdout
        self._start = time.monotonic()

    def line(self, text: str) -> None:
        print(f"{time.monotonic() - self._start:6.0f} s  {text}", file=self._stream, flush=True)


def _line(trial: Trial) -> str:
    return f"{trial.status:14}  {trial.program.name}: {_outcomes(trial)}{f' ({trial.why})' if trial.why else ''}"


def _outcomes(trial: Trial) -> str:
    found = sorted({result.outcome for result in trial.results}) or ["-"]
    scores = [f"{result.mfu:.1f} %" for result in trial.results if result.mfu is not None]
    return " ".join([*found, *scores])


def _report(
    trials: Sequence[Trial], environment: dict[str, Any], settings: Path, baseline: float | None
) -> dict[str, Any]:
    from crusades_evaluator.trials import as_plain

    return {
        "environment": environment,
        "settings": settings.name,
        "baseline_mfu": baseline,
        "counts": {status: sum(t.status == status for t in trials) for status in sorted({t.status for t in trials})},
        "programs": [as_plain(trial) for trial in trials],
    }


def _as_table(trials: Sequence[Trial]) -> str:
    rows = [("program", "has to end in", "ended in", "")]
    rows += [(t.program.name, " or ".join(t.expect) or "scored", _outcomes(t), t.status) for t in trials]
    wrong = [f"{t.program.name}: {t.why}" for t in trials if t.status in ("DISAGREES", "infrastructure")]
    agreeing = sum(t.status == "as stated" for t in trials)
    return "\n".join(["", table(rows), "", *wrong, f"{agreeing} of {len(trials)} programs ended as stated"])
