"""Honest programs score, the faster one more than the baseline; the limits are what decides."""

from __future__ import annotations

import runpy

import pytest
import torch
from support import ADVERSARIES, HONEST, PROFILE, Session, program, spec, values
from torch.utils.flop_counter import FlopCounterMode

from crusades_evaluator.contestant.harness import Batches
from crusades_evaluator.data import fill_weights, synthetic_tokens
from crusades_evaluator.interface import Spec
from crusades_evaluator.layout import Buffers
from crusades_evaluator.model import bind, enable_checkpointing, layout_for, optimizer_for
from crusades_evaluator.programs import Program, programs_in


@pytest.mark.parametrize("honest", programs_in(HONEST), ids=lambda p: p.name)
def test_an_honest_program_scores(honest: Program, referee: Session) -> None:
    if reason := honest.skipped("cpu"):
        pytest.skip(reason)
    result = referee.attempt(spec(program(honest.path), submission=honest.name, data=PROFILE["data"]))
    assert result["outcome"] == "scored", result["error"]
    assert [s["name"] for s in result["statistics"] if not s["passed"]] == []
    assert result["tokens"] == 8 * 128 * 5
    # the MFU follows from parameters, tokens and the clock
    parameters = 262_144 + 4 * (3 * 128 * 512 + 2 * 128 * 128 + 2 * 64 * 128 + 128 + 2 * 64 + 2 * 128) + 128
    assert result["mfu"] == pytest.approx(6 * parameters * 5120 / (result["seconds"] * 1e11) * 100)


def test_the_faster_program_needs_at_least_15_percent_less_work() -> None:
    assert _operations("baseline") > 1.15 * _operations("faster")


def _operations(name: str) -> int:
    """Of matrix products and attention in one run: counted, because time says more about the machine's other work."""
    one = Spec(**spec(program(HONEST / f"{name}.py")))
    layout = layout_for(one.model, one.data)
    buffers = Buffers(**{region.name: torch.zeros(region.numel, dtype=region.dtype) for region in layout.regions})
    fill_weights(torch.Generator().manual_seed(1), layout, buffers.parameters, 0.02)
    model = bind(one.model, layout, buffers, torch.device("cpu"))
    enable_checkpointing(model)
    optimizer = optimizer_for(model, layout, buffers, one.optimizer)
    tokens = synthetic_tokens(b"some seed", layout.tokens_shape, layout.logits_shape[2])
    inner_steps = runpy.run_path(str(HONEST / f"{name}.py"))["inner_steps"]
    with FlopCounterMode(display=False) as counter:
        inner_steps(model, Batches(tokens), optimizer, len(tokens), torch.device("cpu"))
    operations: int = counter.get_total_flops()
    return operations


def test_a_broken_limit_refuses_an_honest_program(referee: Session) -> None:
    strict = {**PROFILE["limits"], "moment": 1e-12}
    result = referee.attempt(spec(program(HONEST / "own_attention.py"), data=PROFILE["data"], limits=strict))
    assert result["outcome"] == "moment_mismatch"


def test_without_limits_a_cheat_scores(referee: Session) -> None:
    loose = {name: -1e9 if name.endswith("_low") else 1e9 for name in PROFILE["limits"]}
    result = referee.attempt(spec(program(ADVERSARIES / "skip_last_step.py"), data=PROFILE["data"], limits=loose))
    assert result["outcome"] == "scored"


@pytest.mark.parametrize(("bound", "code"), [("min_mfu", "insufficient_mfu"), ("max_plausible_mfu", "implausible_mfu")])
def test_an_mfu_outside_the_bounds_is_an_outcome(bound: str, code: str, referee: Session) -> None:
    mfu = {"peak_flops": 1e11, "peak_source": "measured", "min_mfu": 0, "max_plausible_mfu": 1e6}
    mfu[bound] = 1e5 if bound == "min_mfu" else 1e-6
    result = referee.attempt(spec(program(HONEST / "baseline.py"), mfu=mfu))
    assert result["outcome"] == code
    assert result["mfu"] is None


def test_a_recorded_seed_gives_the_same_training_again(referee: Session) -> None:
    first = referee.attempt(spec(program(HONEST / "baseline.py")))
    again = referee.attempt(spec(program(HONEST / "baseline.py"), seed=first["seed"]))
    other = referee.attempt(spec(program(HONEST / "baseline.py")))
    assert again["final_loss"] == first["final_loss"] != other["final_loss"]
    assert again["seed_commitment"] == first["seed_commitment"] != other["seed_commitment"]
    assert values(again).keys() == values(first).keys()
