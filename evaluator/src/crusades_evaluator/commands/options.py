"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

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
    "CUDA_DEVICE_ORDER",
    "CRUSADES_LOCK_DIR",
    "CRUSADES_CORPORA",
)

#: What torch reads from its environment in referee and zygote; contestants get an environment of their own. Looking for
#: a GPU must not start CUDA in the zygote, which a fork would not survive; a pool of compilers must not start there.
_TORCH = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1", "TORCH_WARM_POOL": "0"}


def add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", type=device, default="cpu", help="cpu (default), cuda or cuda:N")
    parser.add_argument("--threads", type=positive, default=1, help="threads on a CPU (default 1)")
    parser.add_argument(
        "--slot", type=int, help="place on the device, for several referees on one CPU (default: a free one)"
    )


def device(text: str) -> str:
    """An argparse type: the device's full name; the first GPU is `cuda`, too."""
    return "cuda:0" if text == "cuda" else text


def positive(text: str) -> int:
    """An argparse type: an integer of at least 1."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def corpora_folder() -> Path:
    """Folder of prepared corpora: CRUSADES_CORPORA, which a worker sets, else one in the home directory."""
    named = os.environ.get("CRUSADES_CORPORA")
    return Path(named) if named else Path.home() / ".local/state/crusades/corpora"


def scrub_environment() -> None:
    """Starts this process anew with a minimal environment, unless it has one.

    A forked contestant can read the environment block with which the process was started, whatever is unset later.
    """
    wanted = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | _TORCH
    if dict(os.environ) != wanted:
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], wanted)
