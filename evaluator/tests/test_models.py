"""Any family: built from its configuration, trained over the buffers, its gradient told apart by rows and blocks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from support import PROFILE, environment
from torch.nn.functional import cross_entropy

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.data import fill_weights, final_norm
from crusades_evaluator.devices import device_named
from crusades_evaluator.interface import Data, Model, Optimizer
from crusades_evaluator.layout import Buffers, Layout
from crusades_evaluator.model import bind, build_on_meta, enable_checkpointing, layout_for, optimizer_for
from crusades_evaluator.referee.attribution import BLOCK_POSITIONS, Attribution
from crusades_evaluator.referee.material import Material

_CPU = torch.device("cpu")
_DATA = Data(corpus="synthetic", sequence_length=14, batch_size=3, steps=2)
_PLAIN = {"vocab_size": 61, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
_HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
#: Embeddings of positions get one gradient for the whole batch, experts one for whatever was routed to them.
_FAMILIES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "qwen2": ("qwen2", {**_PLAIN, **_HEADS}, set()),
    "qwen2, tied": ("qwen2", {**_PLAIN, **_HEADS, "tie_word_embeddings": True}, set()),
    "qwen3, norms in attention": ("qwen3", {**_PLAIN, **_HEADS, "head_dim": 8}, set()),
    "llama": ("llama", {**_PLAIN, **_HEADS, "rms_norm_eps": 1e-3}, set()),
    "mistral": ("mistral", {**_PLAIN, **_HEADS, "sliding_window": 4}, set()),
    "gpt2": ("gpt2", {"vocab_size": 61, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 32}, {"wpe"}),
    "gemma": ("gemma", {**_PLAIN, **_HEADS, "head_dim": 8, "rms_norm_eps": 1e-3}, set()),
    "gemma2": ("gemma2", {**_PLAIN, **_HEADS, "head_dim": 8}, set()),
    "phi": ("phi", {**_PLAIN, "num_attention_heads": 4, "resid_pdrop": 0.0}, set()),
    "phi3": ("phi3", {**_PLAIN, **_HEADS, "pad_token_id": 0}, set()),
    "gemma3_text": ("gemma3_text", {**_PLAIN, **_HEADS, "head_dim": 8}, set()),
    "gpt_neox": ("gpt_neox", {**_PLAIN, "num_attention_heads": 4}, set()),
    "opt": (
        "opt",
        {"vocab_size": 61, "hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2, "num_attention_heads": 4},
        {"embed_positions"},
    ),
    "mixtral": ("mixtral", {**_PLAIN, **_HEADS, "num_local_experts": 4}, {"experts", "gate"}),
}
#: Off, or two passes would differ.
_NO_DROPOUT = {"gpt2": ("resid_pdrop", "embd_pdrop", "attn_pdrop"), "opt": ("dropout",)}


def _model(family: str, dtype: str = "float32") -> Model:
    architecture, config, _ = _FAMILIES[family]
    without = dict.fromkeys(_NO_DROPOUT.get(architecture, ()), 0.0)
    return Model.model_validate({"architecture": architecture, "config": {**config, **without}, "dtype": dtype})


def _prepared(model: Model) -> tuple[Layout, Buffers, torch.nn.Module]:
    """Layout, buffers with random weights, and the model over them."""
    torch.set_num_threads(1)
    layout = layout_for(model, _DATA)
    buffers = Buffers(**{region.name: torch.zeros(region.numel, dtype=region.dtype) for region in layout.regions})
    stream = torch.Generator().manual_seed(3)
    for slot in layout.slots:
        part = buffers.view(buffers.parameters, slot)
        middle = 1.0 if slot.name.endswith("weight") and len(slot.shape) == 1 else 0.0
        part.copy_(torch.randn(slot.shape, generator=stream) * 0.1 + middle)
    buffers.step.fill_(1000)
    return layout, buffers, bind(model, layout, buffers, _CPU)


def _tokens() -> torch.Tensor:
    shape = (_DATA.batch_size, _DATA.sequence_length)
    return torch.randint(0, 61, shape, generator=torch.Generator().manual_seed(5))


def _loss(model: Any, batch: torch.Tensor) -> Any:
    logits = model(batch[:, :-1]).logits
    return cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())


@pytest.mark.parametrize("family", _FAMILIES)
def test_rows_and_blocks_add_up_to_the_gradient_that_autograd_finds(family: str) -> None:
    layout, _, model = _prepared(_model(family))
    stream = torch.Generator().manual_seed(1)
    coordinates = {slot.name: torch.randint(slot.numel, (20,), generator=stream) for slot in layout.slots}
    attribution = Attribution(model, coordinates, (_DATA.batch_size, _DATA.sequence_length - 1))
    batch = _tokens()
    _loss(model, batch).backward()
    attribution.end_pass(0)
    attribution.close()
    without = {slot.name for slot in layout.slots if slot.name in attribution.without}
    patches = dict(zip(coordinates, attribution.patches, strict=True))
    assert all(not patches.pop(name).any() for name in without)
    rows = {name: patch.sum(1) for name, patch in patches.items()}
    blocks = {name: patch.sum(0) for name, patch in patches.items()}
    expected = _FAMILIES[family][2]
    assert {name for name in without if not any(part in name.split(".") for part in expected)} == set()
    assert all(any(part in name.split(".") for name in without) for part in expected)
    parameters = dict(model.named_parameters())
    for name, share in rows.items():
        gradient = parameters[name].grad
        assert gradient is not None
        whole = gradient.flatten()[coordinates[name]]
        scale = float(gradient.abs().max())  # rounding is all that there is of a key's bias without rotary embedding
        assert share.shape == (_DATA.batch_size, 20)
        assert blocks[name].shape == (-(-(_DATA.sequence_length - 1) // BLOCK_POSITIONS), 20)
        assert torch.allclose(share.sum(0), whole, rtol=1e-3, atol=1e-5 * scale + 1e-8), name
        assert torch.allclose(blocks[name].sum(0), whole, rtol=1e-3, atol=1e-5 * scale + 1e-8), name

    model.zero_grad()
    (_loss(model, batch[1:2]) / len(batch)).backward()
    for name, share in rows.items():
        gradient = parameters[name].grad
        assert gradient is not None
        alone, scale = gradient.flatten()[coordinates[name]], float(gradient.abs().max())
        assert torch.allclose(share[1], alone, rtol=1e-3, atol=1e-5 * scale + 1e-8), name


def test_a_sequence_that_is_shorter_than_a_block_is_one_block() -> None:
    layout, _, model = _prepared(_model("qwen2"))
    names = [slot.name for slot in layout.slots]
    attribution = Attribution(model, {name: torch.zeros(1, dtype=torch.long) for name in names}, (3, 4))
    _loss(model, _tokens()[:, :5]).backward()
    attribution.end_pass(0)
    norm = attribution.patches[names.index("model.norm.weight")]
    assert norm.shape == (3, 1, 1)
    gradient = dict(model.named_parameters())["model.norm.weight"].grad
    assert gradient is not None
    assert torch.allclose(norm.sum(), gradient[0])


@pytest.mark.parametrize("family", _FAMILIES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_step_of_training_reaches_every_weight_in_the_buffer(family: str, dtype: str) -> None:
    layout, buffers, model = _prepared(_model(family, dtype))
    enable_checkpointing(model)
    buffers.exp_avg_sq.fill_(1e-6)
    optimizer = optimizer_for(model, layout, buffers, Optimizer(learning_rate=0.05))
    before = buffers.parameters.clone()
    _loss(model, _tokens()).backward()
    optimizer.step()
    assert bool(buffers.parameters.isfinite().all())
    for index, slot in enumerate(layout.slots):
        place = slice(slot.offset, slot.offset + slot.numel)
        assert not torch.equal(before[place], buffers.parameters[place]), slot.name
        assert buffers.exp_avg[place].any(), slot.name
        assert float(buffers.step[index]) == 1001
    assert layout.parameter_count == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("family", ["qwen2", "gpt2", "gemma2"])
def test_buffers_are_those_of_a_model_that_transformers_builds_by_itself(family: str) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    model = _model(family, "bfloat16")
    _, _, bound = _prepared(model)
    own: Any = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(model.architecture, **model.config), dtype=torch.bfloat16
    )
    expected = dict(own.named_buffers())
    found = dict(bound.named_buffers())
    assert found.keys() == expected.keys()
    for name, buffer in expected.items():
        assert found[name].dtype == buffer.dtype
        assert torch.equal(found[name], buffer), name
    if family == "qwen2":
        assert found["model.rotary_emb.inv_freq"].dtype == torch.float32


def test_the_bound_model_computes_what_transformers_own_model_does_with_the_same_weights() -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    for family in ("qwen2, tied", "gpt2", "gemma2", "gpt_neox"):
        model = _model(family)
        _, _, bound = _prepared(model)
        own: Any = AutoModelForCausalLM.from_config(AutoConfig.for_model(model.architecture, **model.config))
        own.load_state_dict(bound.state_dict(), strict=False)
        batch = _tokens()
        with torch.no_grad():
            assert torch.allclose(own(batch).logits, bound(batch).logits, atol=1e-5), family


def test_production_size_takes_far_below_a_second_and_no_memory() -> None:
    config = {
        "vocab_size": 151_936,
        "hidden_size": 2048,
        "intermediate_size": 11_008,
        "num_hidden_layers": 36,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
        "rope_theta": 1_000_000,
        "tie_word_embeddings": True,
    }
    model = Model(architecture="qwen2", config=config, dtype="bfloat16")
    build_on_meta(model)
    began = time.process_time()
    built = build_on_meta(model)
    assert time.process_time() - began < 1
    assert sum(parameter.numel() for parameter in built.parameters()) == 3_085_938_688
    assert all(parameter.is_meta and parameter.dtype == torch.bfloat16 for parameter in built.parameters())
    assert not any(buffer.is_meta for buffer in built.buffers())


@pytest.mark.parametrize(
    ("architecture", "config", "reason"),
    [
        ("qwen", {}, r"has no causal language model 'qwen'; near: .*qwen2"),
        ("vit", {}, "has no causal language model 'vit'"),
        ("qwen2", {"hiden_size": 64, "layers": 2}, "qwen2 is refused: it has no hiden_size, layers"),
        ("qwen2", {"auto_map": {"AutoModelForCausalLM": "x.Y"}}, "it has no auto_map"),
        ("qwen2", {"vocab_size": "many"}, "vocab_size"),
        ("qwen2", {"vocab_size": 1}, "vocab_size must be a whole number above 1"),
        ("qwen2", {"hidden_act": "nix"}, "qwen2 can't be built: KeyError: 'nix'"),
        ("bert", {"vocab_size": 61, "num_hidden_layers": 1}, "attends to more than the tokens before"),
        ("xlm", {"vocab_size": 61, "n_layers": 1}, "attends to more than the tokens before"),
        ("gemma3", {}, "not for text alone"),
    ],
)
def test_what_can_not_be_built_is_refused_with_the_cause(
    architecture: str, config: dict[str, Any], reason: str
) -> None:
    model = Model(architecture=architecture, config=config, dtype="float32")
    with pytest.raises(AttemptFailed, match=reason) as failure:
        layout_for(model, _DATA)
    assert failure.value.code == "model_load_failed"


def test_nothing_more_is_imported_after_the_family(tmp_path: Path) -> None:
    program = f"""
import sys, torch
from crusades_evaluator.model import *
from crusades_evaluator.interface import Data, Model, Optimizer
from crusades_evaluator.layout import Buffers
import_family("qwen2")
before = set(sys.modules)
model = Model(architecture="qwen2", config={PROFILE["model"]["config"]!r}, dtype="float32")
layout = layout_for(model, Data(corpus="synthetic", sequence_length=9, batch_size=2, steps=2))
buffers = Buffers(**{{r.name: torch.zeros(r.numel, dtype=r.dtype) for r in layout.regions}})
built = bind(model, layout, buffers, torch.device("cpu"))
enable_checkpointing(built)
built(torch.ones(2, 8, dtype=torch.long)).logits.sum().backward()
optimizer_for(built, layout, buffers, Optimizer()).step()
print(*sorted(set(sys.modules) - before))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def _logits_at_random_weights(model: Model) -> torch.Tensor:
    layout = layout_for(model, _DATA)
    buffers = Buffers(**{region.name: torch.zeros(region.numel, dtype=region.dtype) for region in layout.regions})
    fill_weights(torch.Generator().manual_seed(1), layout, buffers.parameters, 0.02, model.logit_spread)
    with torch.no_grad():
        logits: torch.Tensor = bind(model, layout, buffers, _CPU)(_tokens()).logits
    return logits


@pytest.mark.parametrize("spread", [0.5, 3.0])
@pytest.mark.parametrize(
    ("architecture", "config"),
    [
        ("qwen2", {**_HEADS, "tie_word_embeddings": True}),
        ("llama", {**_HEADS, "tie_word_embeddings": False}),
        ("gpt2", {"n_head": 4, "n_positions": 32}),
        ("opt", {"num_attention_heads": 4, "ffn_dim": 256, "dropout": 0.0}),  # its final norm stands before the layers
    ],
)
def test_random_weights_give_logits_the_spread_that_was_asked_for(
    architecture: str, config: dict[str, Any], spread: float
) -> None:
    wide = {"vocab_size": 4000, "hidden_size": 128, "num_hidden_layers": 2}
    model = Model.model_validate(
        {"architecture": architecture, "config": {**wide, **config}, "dtype": "float32", "logit_spread": spread}
    )
    assert float(_logits_at_random_weights(model).std()) == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("family", ["qwen2, tied", "llama", "gpt2"])
def test_a_spread_changes_the_final_norm_alone_and_none_changes_nothing(family: str) -> None:
    layout = layout_for(_model(family), _DATA)
    plain, without, wide = (torch.empty(layout.regions[0].numel) for _ in range(3))
    fill_weights(torch.Generator().manual_seed(1), layout, plain, 0.02)
    fill_weights(torch.Generator().manual_seed(1), layout, without, 0.02, None)
    fill_weights(torch.Generator().manual_seed(1), layout, wide, 0.02, 3.0)
    norm = final_norm(layout)
    assert norm is not None and norm.name in ("model.norm.weight", "transformer.ln_f.weight")
    assert torch.equal(plain, without)
    assert bool((plain[norm.offset : norm.offset + norm.numel] == 1).all())
    plain[norm.offset : norm.offset + norm.numel] = 3.0 / (0.02 * norm.numel**0.5)
    assert torch.equal(plain, wide)


def test_a_family_without_a_final_norm_can_not_be_given_a_spread() -> None:
    config = {**_PLAIN, **_HEADS, "pad_token_id": 0}
    model = Model.model_validate({"architecture": "olmo", "config": config, "dtype": "float32", "logit_spread": 3})
    with pytest.raises(AttemptFailed, match="olmo has no final norm") as caught:
        Material(model, _DATA, layout_for(model, _DATA), device_named("cpu"), None)
    assert caught.value.code == "model_load_failed"
