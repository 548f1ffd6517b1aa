"""From the competition's settings file to specifications, with the keys that hparams/*.json has."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Spec, parse_spec

_FLOPS_PER_TFLOPS = 1e12


class Hparams:
    """A settings file. Raises AttemptFailed(evaluator_spec_invalid) if it can't be read or lacks a key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{path} can't be read: {error}") from error

    def configured_peak(self, device_name: str) -> float | None:
        """FLOP/s listed for a GPU of that name, None if there is none."""
        listed = self._settings.get("mfu", {}).get("gpu_peak_tflops", {}).get(device_name)
        return float(listed) * _FLOPS_PER_TFLOPS if listed else None

    def spec(self, train: Path, attempt: int, device: str, threads: int, peak: float, source: str) -> Spec:
        """The specification of one attempt of a train.py file."""
        try:
            code = train.read_bytes().decode("utf-8")
        except OSError as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{train} can't be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{train} is not UTF-8: {error.reason}") from error
        settings = self._settings
        try:
            verification = settings["verification"]
            plain = {
                "version": 1,
                "submission": str(train),
                "attempt": attempt,
                "code": code,
                "code_sha256": hashlib.sha256(code.encode()).hexdigest(),
                "seed": None,
                "device": device,
                "threads": threads,
                "model": settings["model"],
                "data": {
                    "corpus": settings["benchmark_dataset_name"],
                    "sequence_length": settings["benchmark_sequence_length"],
                    "batch_size": settings["benchmark_batch_size"],
                    "steps": settings["eval_steps"],
                },
                **{
                    key: verification[key]
                    for key in ("optimizer", "limits", "deadlines_s", "memory_bytes", "output_bytes")
                },
                "mfu": {
                    "peak_flops": peak,
                    "peak_source": source,
                    "min_mfu": settings["mfu"]["min_mfu"],
                    "max_plausible_mfu": settings["mfu"]["max_plausible_mfu"],
                },
            }
        except (KeyError, TypeError) as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path} has no {error}") from error
        return parse_spec(json.dumps(plain), str(self.path))
