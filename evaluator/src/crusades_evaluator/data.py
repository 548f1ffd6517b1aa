"""Synthetic corpus and random weights: both a function of a seed, so that a record can be replayed."""

from __future__ import annotations

import hashlib

import torch

from crusades_evaluator.layout import Buffers, Layout

#: Exponent of Zipf's law; about 1 in natural text (Zipf 1949; Piantadosi 2014, Psychon. Bull. Rev. 21).
_ZIPF_EXPONENT = 1.0
#: Share of tokens that follow from their predecessor. Text without any structure would have all rows alike.
_BIGRAM_SHARE = 0.25


def generator_for(seed: bytes, purpose: str) -> torch.Generator:
    """An independent stream of random numbers for each purpose of one seed (SHA-256 of both)."""
    digest = hashlib.sha256(seed + b"\0" + purpose.encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def synthetic_tokens(seed: bytes, shape: tuple[int, int, int], vocabulary: int) -> torch.Tensor:
    """Packed tokens without padding, (steps, batch, sequence), int64.

    Zipf's law over a vocabulary shuffled by the seed; a quarter of the tokens are the fixed successor of the one
    before.
    """
    stream = generator_for(seed, "tokens")
    steps, batch, length = shape
    order = torch.randperm(vocabulary, generator=stream)
    successor = torch.randperm(vocabulary, generator=stream)
    law = torch.arange(1, vocabulary + 1, dtype=torch.float64).pow(-_ZIPF_EXPONENT)
    cumulative = torch.cumsum(law / law.sum(), 0)
    drawn = torch.rand(steps * batch, length, generator=stream, dtype=torch.float64)
    tokens = order[torch.searchsorted(cumulative, drawn).clamp_(max=vocabulary - 1)]
    follows = torch.rand(steps * batch, length, generator=stream) < _BIGRAM_SHARE
    for position in range(1, length):
        tokens[:, position] = torch.where(follows[:, position], successor[tokens[:, position - 1]], tokens[:, position])
    return tokens.view(shape)


def fill_weights(seed: bytes, layout: Layout, flat: torch.Tensor, deviation: float) -> None:
    """Writes fresh weights into a parameter buffer: norms 1, biases 0, everything else normal(0, deviation).

    As transformers initialises Qwen2 (`_init_weights`, initializer_range). Padding between tensors is zero.
    """
    stream = generator_for(seed, "weights")
    flat.zero_()
    for slot in layout.slots:
        part = flat[slot.offset : slot.offset + slot.numel]
        if len(slot.shape) > 1:
            part.copy_(torch.randn(slot.numel, generator=stream) * deviation)
        elif slot.name.endswith("weight"):
            part.fill_(1.0)


def write_state(buffers: Buffers, weights: torch.Tensor, second_moment: torch.Tensor, start_step: int) -> None:
    """Puts weights and the mid-training optimizer state in place; addresses stay the same.

    Why not a fresh state: docs/reference/evaluator.md, §4.
    """
    buffers.parameters.copy_(weights)
    buffers.exp_avg.zero_()
    buffers.exp_avg_sq.copy_(second_moment)
    buffers.step.fill_(start_step)
