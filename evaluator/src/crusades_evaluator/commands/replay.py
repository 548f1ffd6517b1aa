"""`replay`: a recorded attempt again, with the same weights and tokens."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.options import scrub_environment
from crusades_evaluator.interface import Result, Spec, write_atomically
from crusades_evaluator.replaying import Comparison, compare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, metavar="RECORD.json", help='{"spec": …, "result": …}')
    parser.add_argument("--slot", type=int, help="place on the device (default: a free one)")
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="write the new record into a file")
    parser.add_argument("--json", action="store_true", help="print the new record instead of text")


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    spec, recorded = read_record(options.record)
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.tables import headline

    with Desk(spec.device, spec.threads, options.slot, quiet=options.json) as desk:
        again = desk.run(spec)
    comparison = compare(recorded, again)
    record = {"spec": spec.model_dump(mode="json"), "result": again.model_dump(mode="json")}
    if options.report:
        write_atomically(options.report, json.dumps(record, indent=2) + "\n")
    if options.json:
        print(json.dumps({**record, "comparison": as_plain(comparison)}, indent=2))
    else:
        print(f"recorded: {headline(recorded)}\nagain:    {headline(again)}\n\n{_as_text(comparison)}")
    if again.error is not None and again.error.fault != "miner" and again.outcome != recorded.outcome:
        return 3
    return 0 if comparison.same else 1


def as_plain(comparison: Comparison) -> dict[str, Any]:
    """For `--json`."""
    return {
        "same": comparison.same,
        "changed": comparison.changed,
        "statistics": [
            {"name": p.name, "recorded": p.recorded, "again": p.again, "noise": p.noise, "verdict": p.verdict}
            for p in comparison.pairs
        ],
    }


def _as_text(comparison: Comparison) -> str:
    from crusades_evaluator.commands.tables import limits, number, table

    rows = [("statistic", "recorded", "again", "limit", "noise", "")]
    for pair in comparison.pairs:
        before = "missing" if pair.verdict == "only again" else number(pair.recorded)
        now = "missing" if pair.verdict == "only recorded" else number(pair.again)
        mark = "" if pair.verdict == "same" else pair.verdict.upper()
        rows.append((pair.name, before, now, limits(pair.limits), f"{pair.noise:.2g}", mark))
    facts = [f"DIFFERENT {change}" for change in comparison.changed]
    summary = "The same verdict, within noise." if comparison.same else "Not the same: see what is marked."
    return "\n".join([table(rows) if comparison.pairs else "no statistics on either side", *facts, "", summary])


def read_record(path: Path) -> tuple[Spec, Result]:
    """Specification, with the recorded seed, and result. Raises AttemptFailed(evaluator_spec_invalid)."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        recorded = Result.model_validate(record["result"])
        spec = Spec.model_validate({**record["spec"], "seed": recorded.seed})
    except KeyError as error:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} has no {error}") from error
    except (OSError, ValueError, TypeError) as error:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} is no record: {error}") from error
    if spec.seed is None:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} has no seed: the attempt ended before it was drawn")
    return spec, recorded
