"""Specification, result, codes and schemas: what others build against."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
from support import ROOT, spec

from crusades_evaluator.codes import CODES, AttemptFailed, catalogue
from crusades_evaluator.interface import parse_spec, read_spec, schemas, write_atomically

#: The names that miners and the worker know.
_NAMES = """syntax_error missing_inner_steps invalid_return_type insufficient_trainable_params token_count_mismatch
missing_logits invalid_logits_shape sequence_truncation insufficient_mfu implausible_mfu timeout out_of_memory
warmup_failed execution_failed moment_mismatch row_attribution_mismatch block_attribution_mismatch
update_mismatch logits_mismatch loss_mismatch second_moment_mismatch late_write protocol_breach
contestant_crashed model_load_failed data_load_failed gpu_busy gpu_memory_short gpu_quarantined gpu_slowed
gpu_unavailable evaluator_failed
evaluator_spec_invalid cancelled
"""


def test_the_committed_schemas_are_those_of_the_models() -> None:
    for name, text in schemas().items():
        assert (ROOT / "evaluator" / "schema" / name).read_text() == text, "run the command `schema --write`"


def test_every_code_is_there_and_complete() -> None:
    assert set(CODES) == set(_NAMES.split())
    assert all(entry["message"].endswith(".") and entry["remedy"].endswith(".") for entry in catalogue())


def test_only_infrastructure_faults_are_retried_and_only_miner_faults_are_final() -> None:
    assert all(entry.fault == "infrastructure" for entry in CODES.values() if entry.retryable)
    assert {code for code, entry in CODES.items() if entry.final} == {"syntax_error", "missing_inner_steps"}


def test_the_reference_page_lists_every_code() -> None:
    page = (ROOT / "docs" / "reference" / "evaluator.md").read_text()
    assert [code for code in CODES if f"`{code}`" not in page] == []


def test_a_valid_specification_is_accepted() -> None:
    parsed = parse_spec(json.dumps(spec("x = 1")), "here")
    assert parsed.optimizer.start_step == 1000
    assert parsed.output_bytes == 262_144


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"unknown": 1},
        {"seed": "abc"},
        {"seed": "Z" * 64},
        {"attempt": 0},
        {"device": "gpu"},
        {"data": {"corpus": "synthetic", "sequence_length": 1, "batch_size": 2, "steps": 2}},
        {"data": {"corpus": "synthetic", "sequence_length": 8, "batch_size": 2, "steps": 1}},
        {"limits": {}},
        {"mfu": {"peak_flops": 0, "peak_source": "guessed", "min_mfu": -1, "max_plausible_mfu": 0}},
    ],
)
def test_a_wrong_specification_is_refused_with_its_place(changes: dict[str, object]) -> None:
    with pytest.raises(AttemptFailed) as failure:
        parse_spec(json.dumps({**spec("x = 1"), **changes}), "here")
    assert failure.value.code == "evaluator_spec_invalid"
    assert next(iter(changes)) in failure.value.message


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(AttemptFailed, match="here is not a valid specification"):
        parse_spec("{", "here")


def test_code_with_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec("x = 1")).replace("x = 1", "x = '\\ud800'"))
    with pytest.raises(AttemptFailed):
        read_spec(path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "result.json"
    write_atomically(target, "one")
    write_atomically(target, "two")
    assert target.read_text() == "two"
    assert [path.name for path in target.parent.iterdir()] == ["result.json"]
    assert target.stat().st_mode & 0o077 == 0


def test_a_file_that_cant_be_written_whole_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError) as full:
            write_atomically(tmp_path / "report.json", "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert full.value.filename == str(tmp_path / "report.json")
    assert list(tmp_path.iterdir()) == []
