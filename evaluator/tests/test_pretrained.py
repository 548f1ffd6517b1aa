"""Pretrained weights: read as they were saved, refused with everything that does not fit, disturbed for an attempt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Data, Model
from crusades_evaluator.layout import Layout
from crusades_evaluator.model import layout_for
from crusades_evaluator.pretrained import disturb, read_pretrained

_DATA = Data(corpus="synthetic", sequence_length=9, batch_size=2, steps=2)
_SMALL = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
_HEADS = {"num_attention_heads": 4, "num_key_value_heads": 2}
_GPT2 = {"vocab_size": 64, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 32}


def _model(architecture: str = "qwen2", dtype: str = "float32", **config: Any) -> Model:
    base = _GPT2 if architecture == "gpt2" else {**_SMALL, **_HEADS}
    return Model.model_validate({"architecture": architecture, "config": {**base, **config}, "dtype": dtype})


def _save(model: Model, folder: Path, **options: Any) -> dict[str, torch.Tensor]:
    """Saves a freshly initialised model as transformers does; returns its parameters."""
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(7)
    built: Any = AutoModelForCausalLM.from_config(AutoConfig.for_model(model.architecture, **model.config))
    built.save_pretrained(folder, **options)
    return {name: parameter.detach().clone() for name, parameter in built.named_parameters()}


def _empty(layout: Layout, value: float = 9.0) -> torch.Tensor:
    region = layout.regions[0]
    return torch.full((region.numel,), value, dtype=region.dtype)


def _check(layout: Layout, flat: torch.Tensor, expected: dict[str, torch.Tensor]) -> None:
    padding = torch.ones_like(flat, dtype=torch.bool)
    for slot in layout.slots:
        place = slice(slot.offset, slot.offset + slot.numel)
        padding[place] = False
        assert torch.equal(flat[place].view(slot.shape), expected[slot.name].to(flat.dtype)), slot.name
    assert not flat[padding].any(), "padding between tensors is zero"


@pytest.mark.parametrize("architecture", ["qwen2", "gpt2"])
@pytest.mark.parametrize("tied", [True, False])
def test_weights_are_read_as_they_were_saved(tmp_path: Path, architecture: str, tied: bool) -> None:
    model = _model(architecture, tie_word_embeddings=tied)
    saved = _save(model, tmp_path)
    layout = layout_for(model, _DATA)
    flat = _empty(layout)
    read_pretrained(tmp_path, layout, flat)
    _check(layout, flat, saved)


def test_weights_are_converted_to_the_models_type(tmp_path: Path) -> None:
    model = _model(dtype="bfloat16")
    saved = _save(model, tmp_path)
    layout = layout_for(model, _DATA)
    flat = _empty(layout)
    read_pretrained(tmp_path, layout, flat)
    assert flat.dtype == torch.bfloat16
    _check(layout, flat, saved)


def test_shards_give_the_same_weights_and_hash_as_one_file(tmp_path: Path) -> None:
    model = _model()
    layout = layout_for(model, _DATA)
    saved = _save(model, tmp_path / "one")
    _save(model, tmp_path / "many", max_shard_size="20KB")
    assert len(list((tmp_path / "many").glob("*.safetensors"))) > 1
    one, many = _empty(layout), _empty(layout)
    assert read_pretrained(tmp_path / "one", layout, one) == read_pretrained(tmp_path / "many", layout, many)
    _check(layout, many, saved)


def test_the_hash_changes_with_any_weight(tmp_path: Path) -> None:
    model = _model()
    layout = layout_for(model, _DATA)
    _save(model, tmp_path)
    before = read_pretrained(tmp_path, layout, _empty(layout))
    assert len(before) == 64
    _rewrite(tmp_path, lambda tensors: tensors["model.norm.weight"].__setitem__(3, 1.5))
    assert read_pretrained(tmp_path, layout, _empty(layout)) != before


def test_names_may_lack_or_have_the_prefix_of_the_base_model(tmp_path: Path) -> None:
    for architecture, prefix in (("qwen2", "model."), ("gpt2", "transformer.")):
        model = _model(architecture, tie_word_embeddings=True)
        layout = layout_for(model, _DATA)
        folder = tmp_path / architecture
        saved = _save(model, folder)
        tensors = {name.removeprefix(prefix): tensor for name, tensor in saved.items()}
        tensors["h.0.attn.bias" if architecture == "gpt2" else "rotary_emb.inv_freq"] = torch.ones(4)
        save_file(tensors, folder / "model.safetensors")
        flat = _empty(layout)
        read_pretrained(folder, layout, flat)
        _check(layout, flat, saved)


def test_a_head_that_is_stored_beside_its_embedding_or_not_at_all_is_no_problem(tmp_path: Path) -> None:
    tied = _model(tie_word_embeddings=True)
    saved = _save(tied, tmp_path)
    untied = layout_for(_model(tie_word_embeddings=False), _DATA)
    flat = _empty(untied)
    read_pretrained(tmp_path, untied, flat)
    _check(untied, flat, {**saved, "lm_head.weight": saved["model.embed_tokens.weight"]})

    _rewrite(tmp_path, lambda tensors: tensors.update({"lm_head.weight": torch.zeros(64, 32)}))
    layout = layout_for(tied, _DATA)
    flat = _empty(layout)
    read_pretrained(tmp_path, layout, flat)
    _check(layout, flat, saved)


def test_everything_that_does_not_fit_is_listed_and_nothing_is_written(tmp_path: Path) -> None:
    model = _model()
    layout = layout_for(model, _DATA)
    _save(model, tmp_path)

    def spoil(tensors: dict[str, torch.Tensor]) -> None:
        del tensors["model.layers.1.mlp.up_proj.weight"]
        tensors["model.layers.2.mlp.up_proj.weight"] = torch.ones(2, 2)
        tensors["model.norm.weight"] = torch.ones(33)
        tensors["model.layers.0.mlp.up_proj.weight"] = torch.ones(64, 32, dtype=torch.int8)

    _rewrite(tmp_path, spoil)
    flat = _empty(layout)
    with pytest.raises(AttemptFailed) as failure:
        read_pretrained(tmp_path, layout, flat)
    assert failure.value.code == "model_load_failed"
    assert failure.value.details == {
        "missing": ["model.layers.1.mlp.up_proj.weight"],
        "unexpected": ["model.layers.2.mlp.up_proj.weight"],
        "of another shape or type": [
            "model.layers.0.mlp.up_proj.weight is I8 [64, 32], not [64, 32]",
            "model.norm.weight is F32 [33], not [32]",
        ],
    }
    assert "model.norm.weight is F32 [33], not [32]" in failure.value.message
    assert bool((flat == 9.0).all())


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "has neither model.safetensors nor"),
        ({"model.safetensors": "no tensors"}, "can't be read"),
        ({"model.safetensors.index.json": "[]"}, "is not an index"),
        ({"model.safetensors.index.json": json.dumps({"weight_map": {"a": "../x"}})}, "not in the folder: ../x"),
        ({"model.safetensors.index.json": json.dumps({"weight_map": {"a": "b"}})}, "not in the folder: b"),
    ],
)
def test_a_folder_without_readable_weights_is_refused(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    layout = layout_for(_model(), _DATA)
    with pytest.raises(AttemptFailed, match=problem) as failure:
        read_pretrained(tmp_path, layout, _empty(layout))
    assert failure.value.code == "model_load_failed"
    with pytest.raises(AttemptFailed, match="is not a folder"):
        read_pretrained(tmp_path / "nowhere", layout, _empty(layout))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_disturbed_weights_differ_by_one_percent_of_each_tensors_rms(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crusades_evaluator.pretrained._CHUNK", 500)  # more than one piece for the larger tensors
    layout = layout_for(_model(dtype=dtype), _DATA)
    before = torch.zeros_like(_empty(layout))
    for index, slot in enumerate(layout.slots):
        stream = torch.Generator().manual_seed(index)
        values = torch.randn(slot.numel, generator=stream) * 10.0 ** (index % 5 - 2)
        before[slot.offset : slot.offset + slot.numel] = values
    zeros = layout.slots[3]
    before[zeros.offset : zeros.offset + zeros.numel] = 0
    after = before.clone()
    disturb(after, layout, torch.Generator().manual_seed(1))
    for slot in layout.slots:
        place = slice(slot.offset, slot.offset + slot.numel)
        change, size = (after[place].float() - before[place].float()), before[place].float().square().mean().sqrt()
        if slot is zeros:
            assert not after[place].any()
            continue
        share = float(change.square().mean().sqrt() / size)
        assert 0.006 < share < 0.014, slot.name
        assert abs(float(change.mean())) < 4 * 0.01 * float(size) / slot.numel**0.5
    again, other = before.clone(), before.clone()
    disturb(again, layout, torch.Generator().manual_seed(1))
    disturb(other, layout, torch.Generator().manual_seed(2))
    assert torch.equal(after, again)
    assert not torch.equal(after, other)


def _rewrite(folder: Path, change: Any) -> None:
    path = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    change(tensors)
    save_file(tensors, path)
