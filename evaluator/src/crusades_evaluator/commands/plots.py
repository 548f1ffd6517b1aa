"""`plots`: the two populations of a calibration and the limits between them, as SVG files."""

from __future__ import annotations

import argparse
from pathlib import Path

from crusades_evaluator.calibration import tolerances
from crusades_evaluator.calibration_report import read_report
from crusades_evaluator.commands.hparams import Hparams
from crusades_evaluator.interface import write_atomically
from crusades_evaluator.plots import svgs_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="REPORT.json", help="report of calibrate")
    parser.add_argument("--settings", type=Path, metavar="HPARAMS.json", help="draw its limits, not the proposed ones")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the SVG files")


def run(options: argparse.Namespace) -> int:
    limits = tolerances(Hparams(options.settings).limits()) if options.settings else None
    for name, svg in svgs_of(read_report(options.report), limits).items():
        path = options.out / name
        write_atomically(path, svg)
        path.chmod(0o644)
        print(f"{path} ({len(svg) / 1000:.0f} kB)")
    return 0
