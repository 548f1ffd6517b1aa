"""`calibrate`: honest programs and cheats on this device, and the limits that separate them."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from crusades_evaluator.calibration import Proposal
from crusades_evaluator.calibration_report import (
    Calibration,
    Population,
    proposals_of,
    read_report,
    report_of,
    resumed,
    run_of,
    suggested_name,
    text_of,
    unmeasured,
)
from crusades_evaluator.codes import CODES, AttemptFailed
from crusades_evaluator.commands.options import add_device, positive, scrub_environment
from crusades_evaluator.commands.tables import number, table
from crusades_evaluator.interface import Result, Spec, write_atomically
from crusades_evaluator.programs import Program, programs_in

if TYPE_CHECKING:
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams

_PROGRAMS = Path(__file__).parents[4] / "test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    parser.add_argument("--seeds", type=positive, default=5, help="attempts of each honest program (default 5)")
    parser.add_argument("--cheat-seeds", type=positive, default=2, help="attempts of each cheat (default 2)")
    parser.add_argument("--only", action="append", metavar="GLOB", help="names of programs; may be given repeatedly")
    parser.add_argument("--honest", type=Path, default=_PROGRAMS / "honest", metavar="DIR")
    parser.add_argument("--adversaries", type=Path, default=_PROGRAMS / "adversaries", metavar="DIR")
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="written anew after every program")
    parser.add_argument("--resume", type=Path, metavar="REPORT.json", help="keep what an earlier report has measured")
    parser.add_argument("--json", action="store_true", help="print the report instead of a table")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams

    hparams = Hparams(options.settings)
    programs = _chosen(options)
    earlier = read_report(options.resume) if options.resume else None
    with Desk(options.device, options.threads, options.slot, quiet=options.json) as desk:
        peak = _peak(desk, hparams)

        def specification(program: Program, attempt: int) -> Spec:
            return desk.spec(hparams, program.path, attempt, peak)

        some = specification(programs[0], 1)
        calibration = Calibration(desk.referee.environment(), options.settings.name, _digest(some))
        if earlier is not None:
            calibration = resumed(earlier, calibration, str(options.resume))
        for program in programs:
            attempts = options.seeds if program.expect is None else options.cheat_seeds
            _measure(calibration, program, attempts, specification, desk)
            if options.report:
                write_atomically(options.report, text_of(report_of(calibration)))
                options.report.chmod(0o644)
            if desk.referee.unfit is not None:
                _say(f"stopped: {': '.join(desk.referee.unfit)}")
                break
    return _show(calibration, as_json=options.json, report=options.report)


def _chosen(options: argparse.Namespace) -> list[Program]:
    """Honest programs, then the cheats that are told apart by statistics on this device."""
    only = options.only or ["*"]
    honest = programs_in(options.honest, only)
    cheats = [p for p in programs_in(options.adversaries, only) if p.fails_with(options.device)]
    if not honest and not cheats:
        raise AttemptFailed("evaluator_spec_invalid", f"no program that is named {' or '.join(only)} can be measured")
    return honest + cheats


def _peak(desk: Desk, hparams: Hparams) -> tuple[float, str]:
    """Limits need no peak: on a GPU that the settings do not list it is measured."""
    try:
        return desk.peak(hparams)
    except AttemptFailed as unlisted:
        _say(f"{unlisted.message}; measuring the peak instead")
        return desk.peak(None)


def _digest(spec: Spec) -> str:
    """Of what shapes the statistics: the model, its data, the optimizer. Limits, deadlines and the peak do not."""
    parts = (spec.model, spec.data, spec.optimizer)
    return hashlib.sha256("".join(part.model_dump_json() for part in parts).encode()).hexdigest()


def _measure(
    calibration: Calibration,
    program: Program,
    attempts: int,
    specification: Callable[[Program, int], Spec],
    desk: Desk,
) -> None:
    """Fills in one program, or why it is left out. Raises AttemptFailed(cancelled)."""
    spec = specification(program, 1)
    if calibration.has(program, spec.code_sha256, spec.device, attempts):
        _say(f"{program.name}: kept from the earlier report")
        return
    calibration.programs.pop(program.name, None)
    calibration.left_out.pop(program.name, None)
    reason, results = program.skipped(spec.device), list[Result]()
    while reason is None and len(results) < attempts:
        began = time.monotonic()
        results.append(desk.run(specification(program, len(results) + 1)))
        took = time.monotonic() - began
        _say(f"{program.name} {len(results)}/{attempts}: {_told(results[-1])}, {took:.0f} s in all")
        reason = unmeasured(results)
    if reason is not None:
        _say(f"{program.name}: left out: {reason}")
        calibration.left_out[program.name] = reason
        return
    calibration.programs[program.name] = Population(
        honest=program.expect is None,
        code_sha256=spec.code_sha256,
        fails=program.fails_with(spec.device),
        runs=tuple(run_of(result) for result in results),
    )


def _told(result: Result) -> str:
    mfu = "" if result.mfu is None else f" MFU {result.mfu:.2f} %"
    return f"{result.outcome}{mfu}" + ("" if result.seconds is None else f" {result.seconds:.3f} s")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(calibration: Calibration, *, as_json: bool, report: Path | None) -> int:
    """0 if every limit lies below the nearest cheat that has to fail it, else 1; 3 if the machine failed a program."""
    plain = report_of(calibration)
    for name, reason in plain["left_out"].items():
        _say(f"not measured: {name}: {reason}")
    if not report:
        _say(f"to keep this, give --report calibration/{suggested_name(calibration.environment, calibration.settings)}")
    proposals = proposals_of(calibration)
    if not proposals:
        _say("no honest program was measured: there are no limits yet")
    print(text_of(plain) if as_json else _as_table(proposals), end="")
    if any(_is_the_machines(reason) for reason in calibration.left_out.values()):
        return 3
    return 0 if all(p.margin_cheat is None or p.margin_cheat > 1 for p in proposals) else 1


def _is_the_machines(reason: str) -> bool:
    """Whether a program was left out by an infrastructure fault: limits without it mean less, so say it loudly."""
    entry = CODES.get(reason.partition(":")[0])
    return entry is not None and entry.fault == "infrastructure"


def _as_table(proposals: list[Proposal]) -> str:
    rows = [("statistic", "honest worst", "by", "cheat nearest", "by", "limit", "margin to honest", "to cheat")]
    for p in proposals:
        rows.append(
            (
                p.statistic,
                number(p.honest_worst),
                p.honest_program,
                number(p.cheat_nearest) if p.cheat else "-",
                p.cheat or "-",
                f"{p.limit:g}",
                f"{p.margin_honest:.3g} ×",
                f"{p.margin_cheat:.3g} ×" if p.margin_cheat else "-",
            )
        )
    return table(rows) + "\n"
