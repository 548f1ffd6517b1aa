"""`schema`: JSON Schemas of specification and result."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from crusades_evaluator.interface import schemas, write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the files into DIR (default: print them)")
    parser.add_argument("--check", type=Path, metavar="DIR", help="exit 1 if the files in DIR differ")


def run(options: argparse.Namespace) -> int:
    for name, text in schemas().items():
        if options.write:
            write_atomically(options.write / name, text)
            (options.write / name).chmod(0o644)
        elif options.check:
            path = options.check / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                print(f"{path} differs: run `schema --write {options.check}`", file=sys.stderr)
                return 1
        else:
            print(text, end="")
    return 0
