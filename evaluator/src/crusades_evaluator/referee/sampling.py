"""Which coordinates are judged: drawn after DONE, so that no work can be aimed at them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import torch

from crusades_evaluator.layout import Buffers, Layout

#: Positions of the last step's logits that are compared.
LOGIT_POSITIONS = 64


@dataclass(frozen=True)
class Sample:
    """within: (slots, K) coordinates in each tensor; flat: the same in the buffers; positions: rows of the logits."""

    within: torch.Tensor
    flat: torch.Tensor
    positions: torch.Tensor


@dataclass(frozen=True)
class Reading:
    """The buffers' content at a sample, (slots, K) each; logits (positions, vocabulary)."""

    parameters: torch.Tensor
    exp_avg: torch.Tensor
    exp_avg_sq: torch.Tensor
    logits: torch.Tensor

    def same_bits(self, other: Reading) -> bool:
        return all(torch.equal(_bits(getattr(self, name)), _bits(getattr(other, name))) for name in self.__dict__)


def draw(layout: Layout, per_tensor: int, device: torch.device) -> Sample:
    """Uniform coordinates, the same number in every tensor, from the system's CSPRNG by way of one generator."""
    stream = torch.Generator().manual_seed(secrets.randbits(63))
    sizes = torch.tensor([slot.numel for slot in layout.slots], dtype=torch.float64).unsqueeze(1)
    offsets = torch.tensor([slot.offset for slot in layout.slots]).unsqueeze(1)
    shares = torch.rand(len(layout.slots), per_tensor, generator=stream, dtype=torch.float64)
    within = (shares * sizes).long()
    batch, length, _ = layout.logits_shape
    positions = torch.randint(batch * length, (LOGIT_POSITIONS,), generator=stream)
    return Sample(within, (within + offsets).to(device), positions.to(device))


def read(buffers: Buffers, layout: Layout, sample: Sample) -> Reading:
    """Copies of the judged values, as they are at this moment."""
    logits = buffers.logits.view(-1, layout.logits_shape[2])
    return Reading(
        buffers.parameters[sample.flat],
        buffers.exp_avg[sample.flat],
        buffers.exp_avg_sq[sample.flat],
        logits[sample.positions],
    )


def _bits(values: torch.Tensor) -> torch.Tensor:
    return values.contiguous().view(torch.uint8)  # NaN differs from itself as a number, not as bits
