"""The training as it should have been: same weights, same tokens, eager, without checkpointing.

Runs in the referee, after the contestant's death.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from crusades_evaluator import interface
from crusades_evaluator.data import fill_weights, synthetic_tokens, write_state
from crusades_evaluator.layout import Buffers, Layout
from crusades_evaluator.model import bind, optimizer_for
from crusades_evaluator.referee.attribution import Attribution
from crusades_evaluator.referee.sampling import Reading, Sample, read

#: Weights and tokens on which the gradient's size is measured; unrelated to every attempt.
_MEASURING_SEED = b"crusades second moment"


@dataclass(frozen=True)
class Expected:
    """What an honest run leaves behind, at the sample's coordinates.

    before: weights at t0, (slots, K). reading: the buffers at the end. updates: (steps, slots, K).
    rows: (steps, batch, slots, K) gradient of each row of each step; blocks: (steps, blocks, slots, K).
    losses: of each step.
    """

    before: torch.Tensor
    reading: Reading
    updates: torch.Tensor
    rows: torch.Tensor
    blocks: torch.Tensor
    losses: tuple[float, ...]


class Reference:
    """The referee's own copy of model and optimizer, kept warm for the attempts of one configuration."""

    def __init__(
        self,
        model: interface.Model,
        optimizer: interface.Optimizer,
        layout: Layout,
        device: torch.device,
    ) -> None:
        self._layout = layout
        self._settings = optimizer
        self._device = device
        self._deviation = float(model.config.get("initializer_range", 0.02))
        self._vocabulary = layout.logits_shape[2]
        self._buffers = Buffers(
            **{region.name: torch.zeros(region.numel, dtype=region.dtype, device=device) for region in layout.regions}
        )
        self._model: Any = bind(model, layout, self._buffers, device)
        self._optimizer = optimizer_for(self._model, layout, self._buffers, optimizer)
        self.second_moment = self._measure_second_moment()

    def fresh_weights(self, seed: bytes) -> torch.Tensor:
        """The flat parameter buffer of a seed."""
        flat = torch.empty_like(self._buffers.parameters)
        fill_weights(seed, self._layout, flat, self._deviation)
        return flat

    def fresh_tokens(self, seed: bytes) -> torch.Tensor:
        """(steps, batch, sequence) tokens of a seed."""
        return synthetic_tokens(seed, self._layout.tokens_shape, self._vocabulary).to(self._device)

    def train(self, weights: torch.Tensor, tokens: torch.Tensor, sample: Sample, check: Callable[[], None]) -> Expected:
        """Trains through all steps and keeps what is judged. `check` is called between steps and may raise."""
        buffers, layout = self._buffers, self._layout
        write_state(buffers, weights, self.second_moment, self._settings.start_step)
        before = buffers.parameters[sample.flat]
        attribution = Attribution(
            self._model, {slot.name: sample.within[i].to(self._device) for i, slot in enumerate(layout.slots)}
        )
        updates, rows, blocks, losses = [], [], [], []
        try:
            previous = before
            for batch in tokens:
                check()
                attribution.begin_step()
                losses.append(self._step(batch))
                rows.append(self._stack(attribution.rows))
                blocks.append(self._stack({name: share.sum(0) for name, share in attribution.blocks.items()}))
                now = buffers.parameters[sample.flat]
                updates.append(now.float() - previous.float())
                previous = now
        finally:
            attribution.close()
        return Expected(
            before,
            read(buffers, layout, sample),
            torch.stack(updates),
            torch.stack(rows),
            torch.stack(blocks),
            tuple(losses),
        )

    def _step(self, batch: torch.Tensor) -> float:
        logits = self._model(batch[:, :-1]).logits
        loss = self._backward(logits, batch)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._buffers.logits.copy_(logits.detach().reshape(-1))
        return float(loss)

    def _backward(self, logits: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        """Next-token cross entropy, batch[:, :-1] predicting batch[:, 1:]; fills the gradients, returns the loss."""
        loss: Any = cross_entropy(logits.reshape(-1, self._vocabulary).float(), batch[:, 1:].reshape(-1))
        loss.backward()
        detached: torch.Tensor = loss.detach()
        return detached

    def _stack(self, shares: dict[str, torch.Tensor]) -> torch.Tensor:
        """(rows or blocks, slots, K); a tensor that no hook covers is zero, and the first moment alone judges it."""
        some = next(iter(shares.values()))
        empty = torch.zeros_like(some)
        return torch.stack([shares.get(slot.name, empty) for slot in self._layout.slots], dim=1)

    def _measure_second_moment(self) -> torch.Tensor:
        """(gradient RMS of the tensor)², one constant a tensor, laid out like the parameters.

        The state of an optimizer in the middle of a training: docs/reference/evaluator.md, §4.
        """
        buffers = self._buffers
        fill_weights(_MEASURING_SEED, self._layout, buffers.parameters, self._deviation)
        batch = self.fresh_tokens(_MEASURING_SEED)[0]
        logits = self._model(batch[:, :-1]).logits
        self._backward(logits, batch)
        constants = torch.zeros_like(buffers.exp_avg_sq)
        gradients = dict(self._model.named_parameters())
        for slot in self._layout.slots:
            mean_square = gradients[slot.name].grad.float().pow(2).mean()
            constants[slot.offset : slot.offset + slot.numel] = mean_square
        self._optimizer.zero_grad(set_to_none=True)
        return constants
