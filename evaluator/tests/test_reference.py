"""The reference against plain autograd: attribution by hooks gives exactly the gradient's shares."""

from __future__ import annotations

import pytest
import torch
from support import PROFILE, spec
from torch.nn.functional import cross_entropy

from crusades_evaluator.data import fill_weights, stream_seed, synthetic_tokens
from crusades_evaluator.devices import device_named
from crusades_evaluator.interface import Spec
from crusades_evaluator.referee.arena import Arena
from crusades_evaluator.referee.reference import Expected
from crusades_evaluator.referee.sampling import Sample

_SEED = b"some seed"
_SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 64}
_DATA = {"corpus": "synthetic", "sequence_length": 21, "batch_size": 3, "steps": 2}


def _arena(**config: object) -> Arena:
    torch.set_num_threads(1)
    model = {**PROFILE["model"], "config": {**PROFILE["model"]["config"], **_SMALL, **config}}
    arena = Arena(Spec(**spec("", model=model, data=_DATA)), device_named("cpu"), None)
    arena.prepare()
    return arena


@pytest.fixture(scope="module", params=[True, False], ids=["tied head", "own head"])
def arena(request: pytest.FixtureRequest) -> Arena:
    return _arena(tie_word_embeddings=request.param)


def _trained(arena: Arena, seed: bytes = _SEED) -> tuple[Expected, Sample]:
    sample = arena.sampler.draw(_SEED)
    arena.material.write_weights(seed, arena.weights)
    return arena.reference.train(arena.weights, arena.material.tokens(seed), sample, lambda: None), sample


def test_the_shares_of_rows_and_blocks_add_up_to_the_gradient(arena: Arena) -> None:
    expected, sample = _trained(arena)
    slots, count = sample.within.shape
    assert expected.rows.shape == (2, 3, slots, count)
    assert expected.blocks.shape == (5, slots, count)  # 20 positions in blocks of 4

    assert [patch.shape for patch in expected.patches] == [(slots, 3, 5, count)] * 2
    assert torch.allclose(expected.patches[1].sum(2).transpose(0, 1), expected.rows[1], rtol=1e-3, atol=1e-8)
    moment = 0.1 * (0.9 * expected.rows[0].sum(0) + expected.rows[1].sum(0))
    assert torch.allclose(moment, expected.reading.exp_avg, rtol=1e-3, atol=1e-8)
    assert torch.allclose(expected.blocks.sum(0), expected.reading.exp_avg, rtol=1e-3, atol=1e-8)
    moved = expected.before + expected.updates.sum(0)
    assert torch.allclose(moved, expected.reading.parameters, atol=1e-8)


@pytest.mark.parametrize("rows", [1, 2])
def test_rows_that_go_through_one_after_the_other_give_the_same(arena: Arena, rows: int) -> None:
    torch.manual_seed(0)
    whole, _ = _trained(arena)
    arena.reference._rows_at_once = rows
    try:
        sample = arena.sampler.draw(_SEED)
        arena.material.write_weights(_SEED, arena.weights)
        parts = arena.reference.train(arena.weights, arena.material.tokens(_SEED), sample, lambda: None)
    finally:
        arena.reference._rows_at_once = 3
    moment = 0.1 * (0.9 * parts.rows[0].sum(0) + parts.rows[1].sum(0))
    assert torch.allclose(moment, parts.reading.exp_avg, rtol=1e-3, atol=1e-8)
    assert torch.allclose(parts.blocks.sum(0), parts.reading.exp_avg, rtol=1e-3, atol=1e-8)
    assert parts.losses == pytest.approx(whole.losses, rel=1e-5)


def test_every_tensor_is_covered(arena: Arena) -> None:
    expected, _ = _trained(arena)
    slots = arena.layout.slots
    uncovered = [slot.name for i, slot in enumerate(slots) if not expected.rows[:, :, i].abs().sum() > 0]
    assert uncovered == []


def test_a_rows_share_is_the_gradient_of_that_row_alone(arena: Arena) -> None:
    expected, sample = _trained(arena)
    arena.material.write_weights(_SEED, arena.memory.buffers.parameters)
    model = arena.reference._model
    batch = arena.material.tokens(_SEED)[0]
    logits = model(batch[1:2, :-1]).logits
    loss = cross_entropy(logits.flatten(0, 1), batch[1:2, 1:].flatten()) / len(batch)
    parameters = dict(model.named_parameters())
    slots = arena.layout.slots
    gradients = torch.autograd.grad(loss, [parameters[slot.name] for slot in slots])
    for index, gradient in enumerate(gradients):
        alone = gradient.flatten()[sample.within[index]]
        assert torch.allclose(expected.rows[0, 1, index], alone, rtol=1e-3, atol=1e-7), slots[index].name


def test_what_the_contestant_left_is_compared_over_all_coordinates(arena: Arena) -> None:
    arena.memory.buffers.exp_avg.zero_()
    expected, _ = _trained(arena)
    assert expected.moment.overall == pytest.approx(1), "an optimizer that never ran"
    kept = arena.memory.buffers.exp_avg.clone()
    arena.memory.buffers.exp_avg.copy_(kept)
    assert _trained(arena)[0].moment.overall == pytest.approx(0, abs=1e-6)


def test_after_a_rehearsal_everything_is_as_before(arena: Arena) -> None:
    before, _ = _trained(arena)
    arena._rehearse()
    after, _ = _trained(arena)
    assert after.losses == before.losses
    assert torch.equal(after.reading.exp_avg, before.reading.exp_avg)


def test_the_deadline_is_looked_at_between_steps(arena: Arena) -> None:
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        arena.reference.train(arena.weights, arena.material.tokens(_SEED), arena.sampler.draw(_SEED), stop)


def test_weights_and_tokens_are_a_function_of_the_seed(arena: Arena) -> None:
    def weights(seed: bytes) -> torch.Tensor:
        flat = torch.full_like(arena.weights, 9.0)  # padding between tensors is defined, too
        arena.material.write_weights(seed, flat)
        return flat

    assert torch.equal(weights(b"a"), weights(b"a"))
    assert not torch.equal(weights(b"a"), weights(b"b"))
    direct = torch.empty_like(arena.weights)
    fill_weights(torch.Generator().manual_seed(stream_seed(b"a", "weights")), arena.layout, direct, 0.02)
    assert torch.equal(direct, weights(b"a"))


def test_after_a_release_the_buffers_hold_a_training_in_its_middle(arena: Arena) -> None:
    arena.set_up_warm_up(b"warm-up")
    buffers = arena.memory.buffers
    assert torch.equal(buffers.parameters, arena.weights)
    assert not buffers.exp_avg.any() and not buffers.logits.any()
    assert bool((buffers.step == 1000).all())
    for slot, constant in zip(arena.layout.slots, arena.reference.second_moments, strict=True):
        assert torch.allclose(buffers.view(buffers.exp_avg_sq, slot), torch.tensor(constant)), slot.name


def test_tokens_follow_zipf_and_no_row_repeats_another() -> None:
    tokens = synthetic_tokens(_SEED, (5, 8, 1024), 2048)
    assert tokens.shape == (5, 8, 1024)
    assert int(tokens.min()) >= 0 and int(tokens.max()) < 2048
    counts = torch.bincount(tokens.flatten(), minlength=2048).sort(descending=True).values.double()
    share = float(counts[0] / counts.sum())
    assert 0.05 < share < 0.2, "the commonest token has about 1/H(2048) = 12 %, less what follows bigrams"
    assert len({tuple(row.tolist()) for row in tokens.flatten(0, 1)}) == 40
