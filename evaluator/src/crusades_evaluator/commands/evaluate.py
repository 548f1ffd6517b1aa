"""`evaluate`: train.py files, several attempts each, with every statistic beside its limit."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median_low
from typing import Any

from crusades_evaluator.commands.options import add_device, positive, scrub_environment
from crusades_evaluator.interface import Result, write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, nargs="+", metavar="TRAIN.py")
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    parser.add_argument("--attempts", type=positive, default=5, help="attempts for each file (default 5)")
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="write all results into a file")
    parser.add_argument("--json", action="store_true", help="print the report instead of text")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams
    from crusades_evaluator.commands.tables import headline, statistics_table

    hparams = Hparams(options.settings)
    reports = []
    with Desk(options.device, options.threads, options.slot, quiet=options.json) as desk:
        peak = desk.peak(hparams)
        if not options.json:
            print(f"{desk.referee.device.facts().name}: peak {peak[0] / 1e9:.1f} GFLOP/s ({peak[1]})")
        for train in options.train:
            results = []
            for number in range(1, options.attempts + 1):
                result = desk.run(desk.spec(hparams, train, number, peak))
                results.append(result)
                if not options.json:
                    print(f"\n{train}, {headline(result)}")
                    if number == 1 and result.isolation.notice:
                        print(f"NOTICE: {result.isolation.notice}")
                    if result.statistics:
                        print(statistics_table(result.statistics))
                if result.error and result.error.final:
                    break
            reports.append(_report(train, results))
            if not options.json:
                print(f"\n{train}: {_summary(reports[-1])}")
    text = json.dumps({"files": reports}, indent=2) + "\n"
    if options.report:
        write_atomically(options.report, text)
    if options.json:
        print(text, end="")
    errors = [attempt["error"] for report in reports for attempt in report["attempts"] if attempt["error"]]
    if any(error["fault"] != "miner" for error in errors):
        return 3
    return 0 if all(report["mfu"] is not None for report in reports) else 1


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
