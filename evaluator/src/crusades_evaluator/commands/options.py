"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
import sys

#: What a referee needs of its environment. The rest stays out of the memory that a contestant is forked from.
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "CRUSADES_LOCK_DIR",
)


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="cpu", help="cpu (default) or cuda:N")
    parser.add_argument("--threads", type=positive, default=1, help="threads on a CPU (default 1)")
    parser.add_argument(
        "--slot", type=int, help="place on the device, for several referees on one CPU (default: a free one)"
    )


def positive(text: str) -> int:
    """An argparse type: an integer of at least 1."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def scrub_environment() -> None:
    """Starts this process anew with a minimal environment, unless it has one.

    A forked contestant can read the environment block with which the process was started, whatever is unset later.
    """
    if any(name not in _ENVIRONMENT for name in os.environ):
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], kept)
