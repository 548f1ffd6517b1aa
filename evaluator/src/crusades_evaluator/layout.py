"""Where every tensor lies in the flat buffers that referee and contestant share.

Both sides compute the layout from the same configuration: nothing about it is sent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from crusades_evaluator.interface import Data

#: Tensors start at multiples of this many elements, so that vector instructions meet aligned addresses.
_ALIGNMENT = 64


@dataclass(frozen=True)
class Slot:
    """One parameter: its place in the buffers of parameters, exp_avg and exp_avg_sq, in elements."""

    name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def numel(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Region:
    """One shared buffer."""

    name: str
    numel: int
    dtype: torch.dtype

    @property
    def bytes(self) -> int:
        return self.numel * self.dtype.itemsize


@dataclass(frozen=True)
class Layout:
    """slots: parameters in the model's order, tied ones once. regions: the buffers, in the order they are passed."""

    slots: tuple[Slot, ...]
    regions: tuple[Region, ...]
    tokens_shape: tuple[int, int, int]
    logits_shape: tuple[int, int, int]

    @property
    def parameter_count(self) -> int:
        return sum(slot.numel for slot in self.slots)


def layout_of(model: torch.nn.Module, dtype: torch.dtype, vocabulary: int, data: Data) -> Layout:
    """Layout for a model, which may be on the meta device. Tied parameters count once."""
    slots: list[Slot] = []
    offset = 0
    for name, parameter in model.named_parameters():
        slots.append(Slot(name, tuple(parameter.shape), offset))
        offset += -(-parameter.numel() // _ALIGNMENT) * _ALIGNMENT
    tokens_shape = (data.steps, data.batch_size, data.sequence_length)
    logits_shape = (data.batch_size, data.sequence_length - 1, vocabulary)
    regions = (
        Region("parameters", offset, dtype),
        Region("exp_avg", offset, dtype),
        Region("exp_avg_sq", offset, dtype),
        Region("step", len(slots), torch.float32),
        Region("tokens", math.prod(tokens_shape), torch.int64),
        Region("logits", math.prod(logits_shape), dtype),
    )
    return Layout(tuple(slots), regions, tokens_shape, logits_shape)


@dataclass(frozen=True)
class Buffers:
    """The shared buffers as flat tensors of exactly the layout's lengths."""

    parameters: torch.Tensor
    exp_avg: torch.Tensor
    exp_avg_sq: torch.Tensor
    step: torch.Tensor
    tokens: torch.Tensor
    logits: torch.Tensor

    def view(self, flat: torch.Tensor, slot: Slot) -> torch.Tensor:
        """The slot's part of one of the parameter-like buffers, in the parameter's shape."""
        return flat[slot.offset : slot.offset + slot.numel].view(slot.shape)
