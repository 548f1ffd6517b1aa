"""The reference against plain autograd: attribution by hooks gives exactly the gradient's shares."""

from __future__ import annotations

import pytest
import torch
from support import PROFILE
from torch.nn.functional import cross_entropy

from crusades_evaluator.data import fill_weights, synthetic_tokens
from crusades_evaluator.interface import Data, Model, Optimizer
from crusades_evaluator.layout import Layout
from crusades_evaluator.model import layout_for
from crusades_evaluator.referee.reference import Reference
from crusades_evaluator.referee.sampling import draw

_CPU = torch.device("cpu")
_DATA = Data(corpus="synthetic", sequence_length=21, batch_size=3, steps=2)
_SEED = b"some seed"


@pytest.fixture(scope="module", params=[True, False], ids=["tied head", "own head"])
def prepared(request: pytest.FixtureRequest) -> tuple[Layout, Reference]:
    torch.set_num_threads(1)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "vocab_size": 64}
    config = {**PROFILE["model"]["config"], **small, "tie_word_embeddings": request.param}
    model = Model(architecture="qwen2", config=config, dtype="float32")
    layout = layout_for(model, _DATA)
    return layout, Reference(model, Optimizer(), layout, _CPU)


def test_the_shares_of_rows_and_blocks_add_up_to_the_gradient(prepared: tuple[Layout, Reference]) -> None:
    layout, reference = prepared
    sample = draw(layout, 50, _CPU)
    weights, tokens = reference.fresh_weights(_SEED), reference.fresh_tokens(_SEED)
    expected = reference.train(weights, tokens, sample, lambda: None)
    assert expected.rows.shape == (2, 3, len(layout.slots), 50)
    assert expected.blocks.shape == (2, 3, len(layout.slots), 50)  # 20 positions in blocks of 8

    moment = 0.1 * (0.9 * expected.rows[0].sum(0) + expected.rows[1].sum(0))
    assert torch.allclose(moment, expected.reading.exp_avg, rtol=1e-3, atol=1e-8)
    moment = 0.1 * (0.9 * expected.blocks[0].sum(0) + expected.blocks[1].sum(0))
    assert torch.allclose(moment, expected.reading.exp_avg, rtol=1e-3, atol=1e-8)
    moved = expected.before + expected.updates.sum(0)
    assert torch.allclose(moved, expected.reading.parameters, atol=1e-8)


def test_every_tensor_is_covered(prepared: tuple[Layout, Reference]) -> None:
    layout, reference = prepared
    sample = draw(layout, 400, _CPU)
    expected = reference.train(reference.fresh_weights(_SEED), reference.fresh_tokens(_SEED), sample, lambda: None)
    uncovered = [slot.name for i, slot in enumerate(layout.slots) if not expected.rows[:, :, i].abs().sum() > 0]
    assert uncovered == []


def test_a_rows_share_is_the_gradient_of_that_row_alone(prepared: tuple[Layout, Reference]) -> None:
    layout, reference = prepared
    sample = draw(layout, 50, _CPU)
    weights, tokens = reference.fresh_weights(_SEED), reference.fresh_tokens(_SEED)
    expected = reference.train(weights, tokens, sample, lambda: None)
    reference._buffers.parameters.copy_(weights)
    model = reference._model
    batch = tokens[0]
    logits = model(batch[1:2, :-1]).logits
    loss = cross_entropy(logits.flatten(0, 1), batch[1:2, 1:].flatten()) / len(batch)
    parameters = dict(model.named_parameters())
    gradients = torch.autograd.grad(loss, [parameters[slot.name] for slot in layout.slots])
    for index, gradient in enumerate(gradients):
        alone = gradient.flatten()[sample.within[index]]
        assert torch.allclose(expected.rows[0, 1, index], alone, rtol=1e-3, atol=1e-7), layout.slots[index].name


def test_the_deadline_is_looked_at_between_steps(prepared: tuple[Layout, Reference]) -> None:
    layout, reference = prepared
    asked: list[int] = []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise TimeoutError

    weights, tokens = reference.fresh_weights(_SEED), reference.fresh_tokens(_SEED)
    with pytest.raises(TimeoutError):
        reference.train(weights, tokens, draw(layout, 5, _CPU), stop)


def test_weights_and_tokens_are_a_function_of_the_seed(prepared: tuple[Layout, Reference]) -> None:
    layout, reference = prepared
    assert torch.equal(reference.fresh_weights(b"a"), reference.fresh_weights(b"a"))
    assert not torch.equal(reference.fresh_weights(b"a"), reference.fresh_weights(b"b"))
    flat = torch.full_like(reference.fresh_weights(b"a"), 9.0)
    fill_weights(b"a", layout, flat, 0.02)
    assert torch.equal(flat, reference.fresh_weights(b"a")), "padding between tensors is defined, too"


def test_tokens_follow_zipf_and_no_row_repeats_another() -> None:
    tokens = synthetic_tokens(_SEED, (5, 8, 1024), 2048)
    assert tokens.shape == (5, 8, 1024)
    assert int(tokens.min()) >= 0 and int(tokens.max()) < 2048
    counts = torch.bincount(tokens.flatten(), minlength=2048).sort(descending=True).values.double()
    share = float(counts[0] / counts.sum())
    assert 0.05 < share < 0.2, "the commonest token has about 1/H(2048) = 12 %, less what follows bigrams"
    assert len({tuple(row.tolist()) for row in tokens.flatten(0, 1)}) == 40
