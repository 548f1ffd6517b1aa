"""Synthetic corpus and random weights: both a function of a seed, so that a record can be replayed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import torch

from crusades_evaluator.layout import Buffers, Layout, Slot

#: Exponent of Zipf's law; about 1 in natural text (Zipf 1949; Piantadosi 2014, Psychon. Bull. Rev. 21).
ZIPF_EXPONENT = 1.0
#: Share of tokens that follow from their predecessor. Text without any structure would have all rows alike.
BIGRAM_SHARE = 0.25
_DIGEST_ELEMENTS = 65_536


def generator_for(seed: bytes, purpose: str) -> torch.Generator:
    """An independent stream of random numbers for each purpose of one seed (SHA-256 of both)."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose))


def stream_seed(seed: bytes, purpose: str) -> int:
    """The 63-bit seed of the stream for one purpose, for a generator on whatever device."""
    digest = hashlib.sha256(seed + b"\0" + purpose.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def synthetic_tokens(seed: bytes, shape: tuple[int, int, int], vocabulary: int) -> torch.Tensor:
    """Packed tokens without padding, (steps, batch, sequence), int64.

    Zipf's law over a vocabulary shuffled by the seed; a quarter of the tokens are the fixed successor of the one
    before.
    """
    stream = generator_for(seed, "tokens")
    steps, batch, length = shape
    order = torch.randperm(vocabulary, generator=stream)
    successor = torch.randperm(vocabulary, generator=stream)
    law = torch.arange(1, vocabulary + 1, dtype=torch.float64).pow(-ZIPF_EXPONENT)
    cumulative = torch.cumsum(law / law.sum(), 0)
    drawn = torch.rand(steps * batch, length, generator=stream, dtype=torch.float64)
    tokens = order[torch.searchsorted(cumulative, drawn).clamp_(max=vocabulary - 1)]
    follows = torch.rand(steps * batch, length, generator=stream) < BIGRAM_SHARE
    for position in range(1, length):
        tokens[:, position] = torch.where(follows[:, position], successor[tokens[:, position - 1]], tokens[:, position])
    return tokens.view(shape)


def final_norm(layout: Layout) -> Slot | None:
    """The norm before the output head: the last one-dimensional weight outside of the numbered layers."""
    found = [
        slot
        for slot in layout.slots
        if len(slot.shape) == 1
        and slot.name.endswith(".weight")
        and not any(part.isdigit() for part in slot.name.split("."))
    ]
    return found[-1] if found else None


def fill_weights(
    stream: torch.Generator, layout: Layout, flat: torch.Tensor, deviation: float, logit_spread: float | None = None
) -> None:
    """Writes fresh weights into a parameter buffer: norms 1, biases 0, everything else normal(0, deviation).

    As transformers initialises its causal models (`_init_weights`, initializer_range). Padding between tensors is zero.
    The stream's numbers depend on the kind of device: a GPU's generator (Philox) gives others than a CPU's.

    logit_spread: the standard deviation that the logits get, by the final norm's weight g. Behind that norm a hidden
    state has RMS g, so a head of H columns gives logits of g · deviation · √H (before what a family does to them: a
    factor, a cap, a norm that adds 1 to its weight). Why: among V tokens with Gaussian rows about V · exp(-spread²)
    decide a softmax, while that is many, and its gradient differs from what the rows' distribution alone predicts by
    1 / √ of the number. For V = 151,936 that is 0.4 % as the 3B model is initialised (0.9), which rounding hides, and
    10 % at 3 (drawn; there the formula gives too few tokens). Without a final norm it has no effect.
    """
    flat.zero_()
    before_head = None if logit_spread is None else final_norm(layout)
    for slot in layout.slots:
        part = flat[slot.offset : slot.offset + slot.numel]
        if len(slot.shape) > 1:
            part.normal_(0.0, deviation, generator=stream)
        elif slot.name.endswith("weight"):
            part.fill_(1.0)
        if slot == before_head and logit_spread is not None:
            part.fill_(logit_spread / (deviation * math.sqrt(slot.numel)))


def write_state(
    buffers: Buffers, layout: Layout, weights: torch.Tensor, second_moments: Sequence[float], start_step: int
) -> None:
    """Puts weights and the mid-training optimizer state in place; addresses stay the same.

    second_moments: one constant a tensor, in the layout's order. Why not a fresh state: docs/reference/evaluator.md.
    """
    buffers.parameters.copy_(weights)
    buffers.exp_avg.zero_()
    for slot, constant in zip(layout.slots, second_moments, strict=True):
        buffers.exp_avg_sq[slot.offset : slot.offset + slot.numel].fill_(constant)
    buffers.step.fill_(start_step)


def digest_of(values: torch.Tensor) -> str:
    """SHA-256 of up to 65,536 evenly spaced elements: tells whether two machines drew the same numbers."""
    step = max(1, values.numel() // _DIGEST_ELEMENTS)
    sample = values.view(-1)[::step].contiguous().cpu().view(torch.uint8)
    return hashlib.sha256(sample.numpy().tobytes()).hexdigest()
