"""`replay`: a recorded attempt again, with the same weights and tokens."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.options import scrub_environment
from crusades_evaluator.interface import Result, Spec, write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", type=Path, metavar="RECORD.json", help='{"spec": …, "result": …}')
    parser.add_argument("--slot", type=int, help="place on the device (default: a free one)")
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="write the new record into a file")
    parser.add_argument("--json", action="store_true", help="print the new record instead of text")


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    spec, recorded = read_record(options.record)
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.tables import headline, limits, number, table

    with Desk(spec.device, spec.threads, options.slot, quiet=options.json) as desk:
        again = desk.run(spec)
    text = json.dumps({"spec": spec.model_dump(mode="json"), "result": again.model_dump(mode="json")}, indent=2) + "\n"
    if options.report:
        write_atomically(options.report, text)
    if options.json:
        print(text, end="")
    else:
        before = {statistic.name: statistic for statistic in recorded.statistics}
        rows = [("statistic", "recorded", "again", "limit", "")]
        for statistic in again.statistics:
            old = before.get(statistic.name)
            same = old is not None and old.passed == statistic.passed
            rows.append(
                (
                    statistic.name,
                    number(old.value) if old else "missing",
                    number(statistic.value),
                    limits(statistic),
                    "" if same else "VERDICT DIFFERS",
                )
            )
        print(f"recorded: {headline(recorded)}\nagain:    {headline(again)}\n\n{table(rows)}")
    return 0 if again.outcome == recorded.outcome else 1


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
