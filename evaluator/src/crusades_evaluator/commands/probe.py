"""`probe`: what the device is, and its peak."""

from __future__ import annotations

import argparse
import json

from crusades_evaluator.commands.options import add_device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_device(parser)
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(options: argparse.Namespace) -> int:
    from crusades_evaluator.devices import device_named
    from crusades_evaluator.referee.environment import environment_of

    device = device_named(options.device)
    device.open()
    facts = environment_of(device, options.threads)
    facts |= {"peak_flops": device.measure_peak(options.threads), "peak_source": "measured"}
    if options.json:
        print(json.dumps(facts))
    else:
        for name, value in facts.items():
            print(f"{name:14} {value:.4g}" if isinstance(value, float) else f"{name:14} {value}")
    return 0
