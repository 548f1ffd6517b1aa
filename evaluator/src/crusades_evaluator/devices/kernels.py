"""A GPU loads each kernel when it is first called, seconds in all for one training step: this is done ahead of need.

In a contestant that waits for its program while the last attempt's reference runs, it costs nobody any time.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from crusades_evaluator import interface
from crusades_evaluator.layout import Buffers
from crusades_evaluator.model import DTYPES, bind, enable_checkpointing, layout_for, optimizer_for

#: Key of a configuration that counts its layers, by family: most, GPT-2's kin, and others.
_LAYER_COUNTS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")


def pass_through_one_layer(model: interface.Model, data: interface.Data, device: torch.device) -> None:
    """One step of the same model with a single layer, on a batch of the same shape, checkpointed and not.

    Matrix kernels are chosen by shape, so the shapes are the real ones. Memory goes back to the device. What does not
    work here, or does not fit, is left to the warm-up: nothing depends on it.
    """
    with contextlib.suppress(Exception):
        _train_once(_with_one_layer(model), data, device)
    with contextlib.suppress(Exception):
        torch.cuda.synchronize(device)
        torch.cuda.empty_cache()


def _with_one_layer(model: interface.Model) -> interface.Model:
    config = {key: 1 if key in _LAYER_COUNTS else value for key, value in model.config.items()}
    config.pop("layer_types", None)
    return model.model_copy(update={"config": config})


def _train_once(model: interface.Model, data: interface.Data, device: torch.device) -> None:
    layout = layout_for(model, data)
    sizes = {region.name: region.numel for region in layout.regions}
    dtype = DTYPES[model.dtype]
    parameters, exp_avg, exp_avg_sq = (torch.zeros(sizes["parameters"], dtype=dtype, device=device) for _ in range(3))
    nothing = torch.zeros(0, dtype=dtype, device=device)
    step = torch.zeros(sizes["step"], device=device)
    buffers = Buffers(parameters, exp_avg, exp_avg_sq, step, nothing, nothing)
    built: Any = bind(model, layout, buffers, device)
    optimizer = optimizer_for(built, layout, buffers, interface.Optimizer())
    tokens = torch.zeros(data.batch_size, data.sequence_length, dtype=torch.int64, device=device)
    for checkpointed in (False, True):
        if checkpointed:
            enable_checkpointing(built)
        logits = built(tokens[:, :-1]).logits
        # Of the loss only a few rows: its memory would be the largest of all.
        few = logits[:1].reshape(-1, logits.shape[-1])
        targets = tokens[:1, 1:].reshape(-1)
        loss: Any = cross_entropy(few.float(), targets) + cross_entropy(few, targets)
        del few
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        del logits, loss
