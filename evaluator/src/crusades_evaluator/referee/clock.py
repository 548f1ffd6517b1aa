"""The only clock that counts: not adjusted by NTP, read in the referee alone."""

from __future__ import annotations

import time


def now() -> float:
    """Seconds of CLOCK_MONOTONIC_RAW; only differences mean anything."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) / 1e9
