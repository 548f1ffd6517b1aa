"""`attempt`: one attempt from a specification file to a result file."""

from __future__ import annotations

import argparse
import contextlib
import signal
from pathlib import Path

from crusades_evaluator.codes import CODES
from crusades_evaluator.commands.events import EventStream
from crusades_evaluator.commands.options import corpora_folder, scrub_environment
from crusades_evaluator.contestant import linux
from crusades_evaluator.interface import read_spec, write_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--spec", type=Path, required=True, metavar="SPEC.json")
    parser.add_argument("--result", type=Path, required=True, metavar="RESULT.json")
    parser.add_argument("--slot", type=int, help="place on the device (default: a free one)")
    parser.add_argument("--progress-fd", type=int, help="descriptor for progress events, JSON lines")
    parser.add_argument("--json", action="store_true", help="print the result, too")


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    with contextlib.suppress(OSError):
        linux.die_with_parent()
    spec = read_spec(options.spec)
    events = EventStream(options.progress_fd)
    from crusades_evaluator.referee.contestant import Cancel
    from crusades_evaluator.referee.referee import Referee

    cancel = Cancel()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: cancel.set())
    with Referee(spec.device, spec.threads, options.slot, corpora=corpora_folder(), prepare_ahead=False) as referee:
        result = referee.attempt(spec, events.send, cancel)
    write_result(options.result, result)
    events.send(
        {
            "event": "done",
            "submission": spec.submission,
            "attempt": spec.attempt,
            "result": str(options.result),
        }
    )
    if options.json:
        print(result.model_dump_json(indent=2))
    else:
        print(f"{result.outcome}" + (f": {result.error.message}" if result.error else f": MFU {result.mfu:.2f} %"))
    return exit_status(result.outcome)


def exit_status(outcome: str) -> int:
    """0 scored, 1 the training is refused, 3 the infrastructure failed or the operator stopped it."""
    if outcome == "scored":
        return 0
    return 1 if CODES[outcome].fault == "miner" else 3
