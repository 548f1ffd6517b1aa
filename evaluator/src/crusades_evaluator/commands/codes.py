"""`codes`: the catalogue of outcomes."""

from __future__ import annotations

import argparse
import json

from crusades_evaluator.codes import CODES, catalogue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, every field")


def run(options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(catalogue(), indent=2))
    else:
        for entry in CODES.values():
            flags = ", ".join(n for n, on in (("retryable", entry.retryable), ("final", entry.final)) if on)
            print(f"{entry.code:32} {entry.fault:15} {entry.message}" + (f" [{flags}]" if flags else ""))
    return 0
