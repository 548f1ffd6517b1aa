"""Which coordinates are judged: drawn after DONE, so that no work can be aimed at them.

They follow from the attempt's seed, so that a recorded attempt can be judged at the same ones again. A contestant can't
know them: it sees weights and tokens, which are streams of other hashes of these 256 secret bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from crusades_evaluator.data import stream_seed
from crusades_evaluator.devices import Device
from crusades_evaluator.layout import Buffers, Layout

#: Positions of the last step's logits that are compared.
LOGIT_POSITIONS = 64


@dataclass(frozen=True)
class Sample:
    """within: (slots, K) coordinates in each tensor; flat: the same in the buffers; positions: rows of the logits.

    lattice: 64 random bits, which decide where the first moment is looked at singly.
    """

    within: torch.Tensor
    flat: torch.Tensor
    positions: torch.Tensor
    lattice: int


@dataclass(frozen=True)
class Reading:
    """The buffers' content at a sample, (slots, K) each; logits (positions, vocabulary)."""

    parameters: torch.Tensor
    exp_avg: torch.Tensor
    exp_avg_sq: torch.Tensor
    logits: torch.Tensor

    def same_bits(self, other: Reading) -> bool:
        return all(torch.equal(_bits(getattr(self, name)), _bits(getattr(other, name))) for name in self.__dict__)


class Sampler:
    """Draws samples of one layout. Everything that takes time is ready before the clock runs."""

    def __init__(self, layout: Layout, device: Device) -> None:
        self._device = device
        self._logit_rows = layout.logits_shape[0] * layout.logits_shape[1]
        place = device.torch_device
        self._sizes = torch.tensor([slot.numel for slot in layout.slots], dtype=torch.float64, device=place)[:, None]
        self._offsets = torch.tensor([slot.offset for slot in layout.slots], device=place)[:, None]

    def draw(self, seed: bytes) -> Sample:
        """Uniform coordinates, the same number in every tensor."""
        stream = self._device.generator(stream_seed(seed, "judged coordinates"))
        place = self._device.torch_device
        count = self._device.samples_per_tensor
        shares = torch.rand(len(self._sizes), count, generator=stream, dtype=torch.float64, device=place)
        within = (shares * self._sizes).long()
        positions = torch.randint(self._logit_rows, (LOGIT_POSITIONS,), generator=stream, device=place)
        return Sample(within, within + self._offsets, positions, stream_seed(seed, "lattice"))


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
