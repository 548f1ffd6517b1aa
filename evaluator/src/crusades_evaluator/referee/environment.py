"""The facts that every result carries about where it was measured."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from crusades_evaluator.devices import Device


def environment_of(device: Device, threads: int) -> dict[str, Any]:
    """Device, driver, software versions and threads, as plain data."""
    return {
        **device.facts().__dict__,
        "threads": threads,
        "python": platform.python_version(),
        "torch": version("torch"),
        "transformers": version("transformers"),
    }
