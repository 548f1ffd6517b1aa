"""`evaluate`: train.py files, several attempts each, with every statistic beside its limit."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median_low
from typing import Any

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.options import add_device, positive, scrub_environment
from crusades_evaluator.interface import Result, Spec, write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, nargs="+", metavar="TRAIN.py")
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    parser.add_argument("--attempts", type=positive, default=5, help="attempts for each file (default 5)")
    parser.add_argument(
        "--report", type=Path, metavar="OUT.json", help="write all results into a file, anew after each attempt"
    )
    parser.add_argument("--records", type=Path, metavar="DIR", help="write a record of each attempt, for `replay`")
    parser.add_argument("--json", action="store_true", help="print the report instead of text")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams
    from crusades_evaluator.commands.tables import headline, statistics_table

    hparams = Hparams(options.settings)

    def say(text: str) -> None:
        if not options.json:
            print(text, flush=True)

    reports: list[dict[str, Any]] = []
    with Desk(options.device, options.threads, options.slot, quiet=options.json) as desk:
        peak = desk.peak(hparams)
        say(f"{desk.referee.device.facts().name}: peak {peak[0] / 1e9:.1f} GFLOP/s ({peak[1]})")
        for train in options.train:
            results: list[Result] = []
            reports.append({})
            for number in range(1, options.attempts + 1):
                spec = desk.spec(hparams, train, number, peak)
                result = desk.run(spec)
                results.append(result)
                reports[-1] = _report(train, results)
                _keep(options, reports, spec, result)
                say(f"\n{train}, {headline(result)}")
                if number == 1 and result.isolation.notice:
                    say(f"NOTICE: {result.isolation.notice}")
                if result.statistics:
                    say(statistics_table(result.statistics))
                if result.error and result.error.final:
                    break
                if desk.referee.unfit is not None:
                    raise AttemptFailed(*desk.referee.unfit)
            say(f"\n{train}: {_summary(reports[-1])}")
    if options.json:
        print(_text(reports), end="")
    errors = [attempt["error"] for report in reports for attempt in report["attempts"] if attempt["error"]]
    if any(error["fault"] != "miner" for error in errors):
        return 3
    return 0 if all(report["mfu"] is not None for report in reports) else 1


def _keep(options: argparse.Namespace, reports: list[dict[str, Any]], spec: Spec, result: Result) -> None:
    """Everything so far goes into the report after each attempt: an interruption loses none of it."""
    if options.report:
        write_atomically(options.report, _text(reports))
    if options.records:
        record = {"spec": spec.model_dump(mode="json"), "result": result.model_dump(mode="json")}
        name = f"{Path(spec.submission).stem}-{spec.attempt}.json"
        write_atomically(options.records / name, json.dumps(record, indent=2) + "\n")


def _text(reports: list[dict[str, Any]]) -> str:
    return json.dumps({"files": reports}, indent=2) + "\n"


def _report(train: Path, results: list[Result]) -> dict[str, Any]:
    scores = [result.mfu for result in results if result.mfu is not None]
    return {
        "file": str(train),
        "mfu": median_low(scores) if scores else None,
        "scored": len(scores),
        "attempts": [result.model_dump(mode="json") for result in results],
    }


def _summary(report: dict[str, Any]) -> str:
    count = f"{report['scored']} of {len(report['attempts'])} attempts scored"
    return count if report["mfu"] is None else f"median MFU {report['mfu']:.2f} %, {count}"
