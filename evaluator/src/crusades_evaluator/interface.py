"""Interface v1 towards the outside: a specification file in, a result file out, progress events on a descriptor.

The JSON Schemas under evaluator/schema are generated from these models (`python -m crusades_evaluator schema`).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crusades_evaluator.codes import AttemptFailed

Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
PositiveInt = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Strict):
    architecture: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")] = Field(
        description="model_type of transformers, for example qwen2; any causal language model."
    )
    config: dict[str, Any] = Field(description="Keys of that model's configuration class in transformers.")
    dtype: Literal["float32", "bfloat16"]
    weights: str | None = Field(
        default=None,
        description="Folder of safetensors with pretrained weights on the GPU's host; null: random weights.",
    )
    logit_spread: Annotated[float, Field(ge=0.5, le=10)] | None = Field(
        default=None,
        description="Standard deviation of the logits at random weights; null: as the family initialises.",
    )


class Data(_Strict):
    corpus: str = Field(description="Name of a data set, or synthetic: deterministic text by Zipf's law.")
    split: str = Field(default="train", description="Split of the data set.")
    samples: PositiveInt = Field(default=10_000, description="Documents taken from the data set.")
    master_seed: Annotated[int, Field(ge=0)] = Field(default=42, description="Selects the documents.")
    tokenizer: str = Field(default="", description="Name of the tokenizer; empty for a synthetic corpus.")
    sequence_length: Annotated[int, Field(ge=2)]
    batch_size: PositiveInt
    steps: Annotated[int, Field(ge=2, description="At one step Adam's update is the sign of the gradient.")]


class Optimizer(_Strict):
    learning_rate: Positive = 5e-5
    weight_decay: Annotated[float, Field(ge=0)] = 0.1
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    eps: Positive = 1e-8
    start_step: Annotated[int, Field(ge=0)] = 1000


class Limits(_Strict):
    """Largest errors and the range of the coefficients. Relative errors are fractions; 1 is the honest coefficient."""

    moment: Positive
    moment_tensor: Positive
    row_low: float
    row_high: float
    block_low: float
    block_high: float
    patch: Positive
    update_low: float
    update_high: float
    logits: Positive
    second_moment: Positive
    stray: Positive
    loss: Positive = 0.3


class Deadlines(_Strict):
    """Seconds that each phase may take; output does not extend them."""

    start: Positive
    warm_up: Positive
    timed: Positive
    judge: Positive
    total: Positive


class Mfu(_Strict):
    """peak_flops in FLOP/s; min_mfu and max_plausible_mfu in percent of it."""

    peak_flops: Positive
    peak_source: Literal["measured", "configured"]
    min_mfu: Annotated[float, Field(ge=0)]
    max_plausible_mfu: Positive


class Spec(_Strict):
    """All that one attempt needs."""

    version: Literal[1] = 1
    submission: Annotated[str, Field(max_length=500)]
    attempt: PositiveInt
    code: Annotated[str, Field(max_length=2_000_000, description="The exact text of train.py.")]
    code_sha256: Hex64
    seed: Hex64 | None = Field(description="null: drawn after READY. Given only for a replay.")
    device: Annotated[str, Field(pattern=r"^(cpu|cuda:\d+)$")]
    threads: PositiveInt
    warm_up_steps: Annotated[int, Field(ge=1, le=100, description="Steps of the untimed warm-up.")] = 3
    model: Model
    data: Data
    optimizer: Optimizer = Optimizer()
    limits: Limits
    deadlines_s: Deadlines
    memory_bytes: PositiveInt
    output_bytes: Annotated[int, Field(ge=0, le=16_777_216)] = 262_144
    mfu: Mfu

    @model_validator(mode="after")
    def _hash_matches(self) -> Spec:
        if hashlib.sha256(self.code.encode("utf-8")).hexdigest() != self.code_sha256:
            raise ValueError("code_sha256 is not the SHA-256 of code")
        return self


class Failure(_Strict):
    code: str
    stage: str
    fault: Literal["miner", "infrastructure", "operator"]
    retryable: bool
    final: bool
    message: str
    remedy: str
    details: dict[str, Any]


class Statistic(_Strict):
    """A measured value beside its limits; null: no limit on that side. A value that is not finite is null and fails."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    passed: bool


class Isolation(_Strict):
    mode: Literal["two_users", "one_user"]
    notice: str | None


class Result(_Strict):
    version: Literal[1] = 1
    submission: str
    attempt: int
    outcome: str = Field(description="scored, or a code of codes.py.")
    error: Failure | None
    mfu: float | None = Field(description="Percent of the peak; null unless the training was accepted.")
    seconds: float | None = Field(description="Timed window, t0 to t1.")
    tokens: int = Field(description="batch_size x sequence_length x steps; never what the contestant says.")
    final_loss: float | None = Field(description="The contestant's claim, if it is a finite number.")
    seed: str | None
    seed_commitment: str | None = Field(description="SHA-256 of the seed's 32 bytes, recorded before t0.")
    statistics: list[Statistic]
    phases_s: dict[str, float]
    isolation: Isolation
    environment: dict[str, Any]
    output_tail: str = Field(description="The end of stdout and stderr, for people; never parsed.")
    started_at: str
    finished_at: str


def read_spec(path: Path) -> Spec:
    """Reads a specification. Raises AttemptFailed(evaluator_spec_invalid) with every problem in its details."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} can't be read: {error}", stage="starting") from error
    return parse_spec(text, str(path))


def parse_spec(text: str, source: str) -> Spec:
    """As read_spec, from the text itself; `source` names it in messages."""
    try:
        return Spec.model_validate_json(text)
    except ValidationError as error:
        problems = [
            {"where": ".".join(str(part) for part in problem["loc"]) or "(whole)", "problem": problem["msg"]}
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        first = "; ".join(f"{p['where']}: {p['problem']}" for p in problems[:5])
        raise AttemptFailed(
            "evaluator_spec_invalid",
            f"{source} is not a valid specification: {first}",
            stage="starting",
            details={"problems": problems},
        ) from None


def write_result(path: Path, result: Result) -> None:
    """Writes the result so that a reader sees all of it or nothing (temporary file, then rename)."""
    write_atomically(path, result.model_dump_json(indent=2) + "\n")


def write_atomically(path: Path, text: str) -> None:
    """Writes text to path by way of a temporary file of mode 0600 in the same folder.

    Raises OSError that names path, whatever went wrong.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def schemas() -> dict[str, str]:
    """File name -> JSON Schema text, as committed under evaluator/schema."""
    return {
        f"{name}.v1.json": json.dumps(model.model_json_schema(), indent=2) + "\n"
        for name, model in (("spec", Spec), ("result", Result))
    }
