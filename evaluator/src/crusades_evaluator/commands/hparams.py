"""From the competition's settings file to specifications, with the keys that hparams/*.json has."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Data, Limits, Model, Spec, parse_spec

_FLOPS_PER_TFLOPS = 1e12
#: Fields of interface.Data that have defaults, and the settings that they come from.
_CORPUS_KEYS = {
    "split": "benchmark_dataset_split",
    "samples": "benchmark_data_samples",
    "master_seed": "benchmark_master_seed",
    "tokenizer": "benchmark_model_name",
}


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

    def data(self) -> Data:
        """What the corpus is made from, and the shape of an attempt."""
        try:
            return Data.model_validate(self._data())
        except (KeyError, TypeError) as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path} has no {error}") from error
        except ValidationError as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path}: {error.errors()[0]['msg']}") from error

    def limits(self) -> dict[str, float]:
        """As in the specification. Raises AttemptFailed(evaluator_spec_invalid) if one is missing or out of range."""
        try:
            return Limits.model_validate(self._settings["verification"]["limits"]).model_dump()
        except (KeyError, TypeError) as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path} has no {error}") from error
        except ValidationError as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path}: {error.errors()[0]['msg']}") from error

    def model(self) -> Model:
        """The model that is trained. Raises AttemptFailed(evaluator_spec_invalid)."""
        try:
            return Model.model_validate(self._settings["model"])
        except (KeyError, TypeError) as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path} has no {error}") from error
        except ValidationError as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path}: {error.errors()[0]['msg']}") from error

    def success(self) -> tuple[int, float]:
        """Attempts of a submission, and the share of them that has to succeed."""
        try:
            return int(self._settings["evaluation_runs"]), float(self._settings["min_success_rate"])
        except (KeyError, TypeError, ValueError) as error:
            raise AttemptFailed("evaluator_spec_invalid", f"{self.path} has no {error}") from error

    def vocabulary(self) -> int | None:
        """Number of tokens that the model knows; None if the settings leave it to the architecture."""
        size = self._settings.get("model", {}).get("config", {}).get("vocab_size")
        return size if isinstance(size, int) else None

    def _data(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "corpus": settings["benchmark_dataset_name"],
            **{field: settings[key] for field, key in _CORPUS_KEYS.items() if key in settings},
            "sequence_length": settings["benchmark_sequence_length"],
            "batch_size": settings["benchmark_batch_size"],
            "steps": settings["eval_steps"],
        }

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
                "data": self._data(),
                **{
                    key: verification[key]
                    for key in ("optimizer", "limits", "deadlines_s", "memory_bytes", "output_bytes", "warm_up_steps")
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
