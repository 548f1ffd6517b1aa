"""The model and its optimizer, built from configuration and laid over flat buffers.

Used alike by the contestant's harness and by the referee's reference.
"""

from __future__ import annotations

from typing import Any

import torch

from crusades_evaluator import interface
from crusades_evaluator.layout import Buffers, Layout, layout_of

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def build_on_meta(model: interface.Model) -> torch.nn.Module:
    """The bare model without storage. Raises whatever transformers raises for a configuration it refuses."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(**{**model.config, "use_cache": False, "attn_implementation": "sdpa"})
    with torch.device("meta"):
        built: torch.nn.Module = Qwen2ForCausalLM(config)
    return built


def layout_for(model: interface.Model, data: interface.Data) -> Layout:
    """The shared buffers' layout of a model and data shape."""
    bare = build_on_meta(model)
    config: Any = bare.config
    return layout_of(bare, DTYPES[model.dtype], int(config.vocab_size), data)


def bind(model: interface.Model, layout: Layout, buffers: Buffers, device: torch.device) -> torch.nn.Module:
    """The model in train mode, its parameters being views on buffers.parameters.

    The tied head is tied again (binding replaced one of the two), and the rotary tables, which are no
    parameters and stayed on the meta device, are computed anew.
    """
    built = build_on_meta(model)
    for slot in layout.slots:
        owner_path, _, attribute = slot.name.rpartition(".")
        owner = built.get_submodule(owner_path)
        setattr(owner, attribute, torch.nn.Parameter(buffers.view(buffers.parameters, slot)))
    any_model: Any = built
    any_model.tie_weights()
    any_model.model.rotary_emb = type(any_model.model.rotary_emb)(any_model.config).to(device)
    left = [name for name, tensor in (*built.named_parameters(), *built.named_buffers()) if tensor.is_meta]
    if left:
        raise ValueError(f"tensors without storage after binding: {', '.join(left)}")
    return built.train()


def enable_checkpointing(built: Any) -> None:
    """Gradient checkpointing as the contract has it; transformers 5.23 renamed the method and its argument."""
    enable = getattr(built, "activation_checkpointing_enable", None) or built.gradient_checkpointing_enable
    enable({"use_reentrant": False})


def optimizer_for(
    built: torch.nn.Module, layout: Layout, buffers: Buffers, settings: interface.Optimizer
) -> torch.optim.AdamW:
    """AdamW whose state (step, exp_avg, exp_avg_sq) are views on the buffers. Fused on CUDA."""
    parameters = dict(built.named_parameters())
    on_cuda = buffers.parameters.is_cuda
    optimizer = torch.optim.AdamW(
        parameters.values(),
        lr=settings.learning_rate,
        betas=(settings.beta1, settings.beta2),
        eps=settings.eps,
        weight_decay=settings.weight_decay,
        fused=True if on_cuda else None,
    )
    for index, slot in enumerate(layout.slots):
        optimizer.state[parameters[slot.name]] = {
            "step": buffers.step[index],
            "exp_avg": buffers.view(buffers.exp_avg, slot),
            "exp_avg_sq": buffers.view(buffers.exp_avg_sq, slot),
        }
    return optimizer
