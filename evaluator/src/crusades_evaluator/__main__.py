"""Command line. Slow imports happen inside the commands, so that --help answers at once."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from crusades_evaluator.codes import CODES, AttemptFailed

#: Exit statuses, the same as those of the program `crusades`.
GOOD, NO, WRONG_USE, INFRASTRUCTURE = 0, 1, 2, 3

_COMMANDS = {
    "probe": "say what the device is and measure its peak",
    "session": "the warm referee that a GPU worker keeps: JSON lines in, progress events out",
    "attempt": "run one attempt from a specification file",
    "evaluate": "evaluate train.py files and show every statistic beside its limit",
    "replay": "run a recorded attempt again, with its seed, and compare",
    "adversaries": "run every honest program and every cheat, and compare with what has to come of them",
    "calibrate": "run honest programs and cheats, and propose limits",
    "plots": "draw the two populations of a calibration and the limits between them",
    "power": "how surely left-out work is found, and how little goes unseen",
    "bench": "show where the seconds of an attempt go",
    "corpus": "prepare the tokens of a data set, and show which are prepared",
    "codes": "list every way an attempt can end",
    "schema": "write the JSON Schemas of the interface",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="crusades_evaluator",
        description="Measures how fast a train.py really did the training it was asked to do.",
        epilog="Exit status: 0 good, 1 the answer is no, 2 wrong use, 3 infrastructure.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    words = list(sys.argv[1:] if arguments is None else arguments)
    named = next((word for word in words if word in _COMMANDS), None)
    for name, help_text in _COMMANDS.items():
        sub = subparsers.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        if name == named:
            module = importlib.import_module(f"crusades_evaluator.commands.{name}")
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    options = parser.parse_args(words)
    try:
        return int(options.run(options))
    except AttemptFailed as failed:
        entry = CODES[failed.code]
        print(f"{failed.code}: {failed.message}\n{entry.remedy}", file=sys.stderr)
        return WRONG_USE if failed.code == "evaluator_spec_invalid" else INFRASTRUCTURE
    except BrokenPipeError:
        return GOOD
    except KeyboardInterrupt:
        return INFRASTRUCTURE
    except OSError as error:
        where = error.filename or "The system"
        print(
            f"{where}: {error.strerror or error}.\nSee to that, or name another place, and run it again.",
            file=sys.stderr,
        )
        return INFRASTRUCTURE


if __name__ == "__main__":
    sys.exit(main())
