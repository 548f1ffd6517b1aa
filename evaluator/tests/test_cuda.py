"""On a GPU: the same attempts over virtual-memory buffers. Skipped, with the reason, where there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import ADVERSARIES, HONEST, PROFILE, SMALL, Session, program, spec

from crusades_evaluator.corpus.files import Description, place_of
from crusades_evaluator.interface import Data

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

_MODEL = {**PROFILE["model"], "dtype": "bfloat16"}
#: Wide: the small model's noise in bfloat16 is not calibrated; what is tested is conduct.
_LIMITS = {name: 1e9 if not name.endswith("_low") else -1e9 for name in PROFILE["limits"]}


@pytest.fixture(scope="module")
def gpu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = Path(tmp_path_factory.mktemp("gpu"))
    session = Session(folder, device="cuda:0", CRUSADES_CORPORA=str(folder / "corpora"))
    session.until("ready", timeout=120)
    yield session
    assert session.close() == 0


def _attempt(gpu: Session, path: Path, **changes: object) -> dict[str, object]:
    return gpu.attempt(
        spec(program(path), device="cuda:0", model=_MODEL, limits=_LIMITS, memory_bytes=2**34, **changes), timeout=200
    )


def test_an_honest_program_scores_over_shared_buffers(gpu: Session) -> None:
    first, second = (_attempt(gpu, HONEST / "baseline.py", attempt=n) for n in (1, 2))
    assert (first["outcome"], second["outcome"]) == ("scored", "scored"), (first["error"], second["error"])
    environment = first["environment"]
    assert isinstance(environment, dict)
    assert environment["memory"]["contestant_share"] > 0.9


def test_the_same_seed_gives_the_same_weights_and_tokens(gpu: Session) -> None:
    first = _attempt(gpu, HONEST / "baseline.py")
    again = _attempt(gpu, HONEST / "baseline.py", seed=first["seed"])
    one, two = first["environment"], again["environment"]
    assert isinstance(one, dict) and isinstance(two, dict)
    assert (one["weights_digest"], one["tokens_digest"]) == (two["weights_digest"], two["tokens_digest"])


@pytest.mark.parametrize(
    "name",
    [
        "device_assert",
        "illegal_address",
        "device_memory_in_the_warm_up",
        "device_memory_in_the_timed_run",
        "persistent_kernel",
        "kernel_before_the_start",
    ],
)
def test_a_fault_on_the_gpu_is_coded_and_harms_nobody_else(name: str, gpu: Session) -> None:
    path = ADVERSARIES / f"{name}.py"
    expected = program(path).splitlines()[0].removeprefix("# expect:").strip()
    assert _attempt(gpu, path)["outcome"] == expected
    assert _attempt(gpu, HONEST / "baseline.py")["outcome"] == "scored"


def test_pretrained_weights_and_a_prepared_corpus_are_what_is_trained(gpu: Session, tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    built: Any = AutoModelForCausalLM.from_config(AutoConfig.for_model(_MODEL["architecture"], **_MODEL["config"]))
    built.save_pretrained(tmp_path)
    data = Data.model_validate({**SMALL, "corpus": "a/set", "tokenizer": "a/model"})
    place = place_of(data, gpu.folder / "corpora")
    place.folder.mkdir(exist_ok=True)
    tokens = np.random.default_rng(1).integers(0, 2048, 10_000).astype("<u2").tobytes()
    place.tokens.write_bytes(tokens)
    description = Description(
        dataset=data.corpus,
        split=data.split,
        samples=data.samples,
        master_seed=data.master_seed,
        tokenizer=data.tokenizer,
        source="text folder",
        vocabulary=2048,
        dtype="uint16",
        tokens=len(tokens) // 2,
        documents=1,
        sha256=hashlib.sha256(tokens).hexdigest(),
        created_at="2026-01-01T00:00:00Z",
    )
    place.description.write_text(description.model_dump_json())
    result = gpu.attempt(
        spec(
            program(HONEST / "baseline.py"),
            device="cuda:0",
            model={**_MODEL, "weights": str(tmp_path)},
            data=data.model_dump(),
            limits=_LIMITS,
            memory_bytes=2**34,
        ),
        timeout=200,
    )
    assert result["outcome"] == "scored", result["error"]
    assert result["environment"]["weights"].startswith("pretrained")
    assert result["environment"]["corpus"]["kind"] == "prepared"
