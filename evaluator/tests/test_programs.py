"""Programs under test say in their first lines what has to come of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import ADVERSARIES, HONEST

from crusades_evaluator.calibration import GROUPS
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.programs import programs_in, read_program

_STATISTICS = {name for names in GROUPS.values() for name in names}


def _program(folder: Path, text: str) -> Path:
    path = folder / "train.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_header_names_code_statistics_and_device(tmp_path: Path) -> None:
    text = "# expect: moment_mismatch\n# fails: moment row_min\n# fails-cuda: logits\n# needs: cuda\n# a remark: so\n"
    found = read_program(_program(tmp_path, text + '"""What it does."""\n'))
    assert (found.expect, found.fails, found.needs) == ("moment_mismatch", ("moment", "row_min"), "cuda")
    assert found.fails_with("cuda:3") == ("moment", "row_min", "logits")
    assert found.fails_with("cpu") == ("moment", "row_min")


def test_a_program_is_skipped_on_the_other_kind_of_device_with_a_reason(tmp_path: Path) -> None:
    found = read_program(_program(tmp_path, "# needs: cuda\n"))
    assert found.skipped("cuda:0") is None
    assert found.skipped("cpu") == "needs cuda, this is cpu"


def test_a_program_without_a_header_is_honest_and_runs_anywhere(tmp_path: Path) -> None:
    found = read_program(_program(tmp_path, '"""Trains."""\n# expect: timeout\n'))
    assert (found.expect, found.fails, found.skipped("cpu"), found.skipped("cuda:0")) == (None, (), None, None)


def test_on_one_kind_of_device_a_program_may_have_to_end_in_another_code_or_in_one_of_several(tmp_path: Path) -> None:
    text = "# expect: timeout\n# expect-cuda: row_attribution_mismatch moment_mismatch\n"
    found = read_program(_program(tmp_path, text))
    assert found.expected("cuda:1") == ("row_attribution_mismatch", "moment_mismatch")
    assert found.expected("cpu") == ("timeout",)
    assert read_program(_program(tmp_path, "")).expected("cuda:0") == ()


def test_a_header_says_where_an_honest_program_is_slow(tmp_path: Path) -> None:
    assert read_program(_program(tmp_path, "# slow: cuda\n")).slow == "cuda"
    assert read_program(_program(tmp_path, "")).slow is None


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("# expect: no_such_code", "no_such_code"),
        ("# needs: abacus", "abacus"),
        ("# slow: snail", "snail"),
        ("# expect: timeout x", "timeout x"),
        ("# expect: timeout\n# expect-cuda: no_such_code", "no_such_code"),
        ("# expect: timeout\n# expect-cuda:", "expect-cuda"),
        ("# expect-cuda: timeout", "next to expect"),
    ],
)
def test_a_header_that_says_something_unknown_is_refused(header: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(AttemptFailed) as refused:
        read_program(_program(tmp_path, header + "\n"))
    assert refused.value.code == "evaluator_spec_invalid"
    assert part in refused.value.message


def test_patterns_choose_programs_by_name() -> None:
    assert [p.name for p in programs_in(ADVERSARIES, ["lying_n*", "hang"])] == ["hang", "lying_nan", "lying_negative"]
    assert programs_in(HONEST, ["nothing"]) == []


def test_adversaries_name_statistics_that_exist_and_honest_programs_none() -> None:
    adversaries = programs_in(ADVERSARIES)
    named = {name for p in adversaries for device in ("cpu", "cuda") for name in p.fails_with(device)}
    assert named <= _STATISTICS
    assert [p.name for p in programs_in(HONEST) if p.expect or p.fails] == []
    assert [p.name for p in adversaries if p.slow] == []
