"""The training as it should have been: same weights, same tokens, eager.

Runs in the referee after the contestant's death, in the very buffers that were shared with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from crusades_evaluator import interface
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.data import write_state
from crusades_evaluator.devices import Device
from crusades_evaluator.layout import Buffers, Layout
from crusades_evaluator.model import bind, enable_checkpointing, optimizer_for
from crusades_evaluator.referee.attribution import Attribution, blocks_in
from crusades_evaluator.referee.moment import MomentErrors, compare_moments
from crusades_evaluator.referee.sampling import Reading, Sample, read

#: Share of the free memory that passes may fill: allocators lose some to fragments.
_FILL = 0.8


@dataclass(frozen=True)
class Expected:
    """What an honest run leaves behind, at the sample's coordinates; and how far the contestant's moment is from it.

    before: weights at t0, (slots, K). reading: the buffers at the end. updates: (steps, slots, K).
    patches: of each step (slots, batch, blocks, K), the gradient of some neighbouring positions of one row, in the
    weights' type. rows: (steps, batch, slots, K), patches summed over a row. blocks: (blocks, slots, K), summed over
    rows, and over steps with the weights that the first moment gives them. losses: of each step. moment: over all
    coordinates.
    """

    before: torch.Tensor
    reading: Reading
    updates: torch.Tensor
    patches: tuple[torch.Tensor, ...]
    rows: torch.Tensor
    blocks: torch.Tensor
    losses: tuple[float, ...]
    moment: MomentErrors


def moment_weight(step: int, steps: int, optimizer: interface.Optimizer) -> float:
    """What AdamW's first moment, zero at first, keeps of a step's gradient in the end (Kingma 2015, algorithm 1)."""
    return float((1 - optimizer.beta1) * optimizer.beta1 ** (steps - 1 - step))


class Reference:
    """The referee's own model and optimizer over the shared buffers, kept for the attempts of one configuration."""

    def __init__(
        self,
        model: interface.Model,
        optimizer: interface.Optimizer,
        layout: Layout,
        buffers: Buffers,
        device: Device,
    ) -> None:
        self._layout = layout
        self._buffers = buffers
        self._settings = optimizer
        self._device = device
        self._vocabulary = layout.logits_shape[2]
        self._model: Any = bind(model, layout, buffers, device.torch_device)
        self._optimizer = optimizer_for(self._model, layout, buffers, optimizer)
        self._rows_at_once = layout.logits_shape[0]
        self._bytes_at_once = self._bytes_of_a_row = 0
        #: Bytes that a pass may take; None where memory is not scarce. Set once all that stays has been allocated.
        self.budget: int | None = None
        #: One constant for each tensor, see measure_second_moment.
        self.second_moments: list[float] = []

    def measure_second_moment(self, tokens: torch.Tensor) -> None:
        """(gradient RMS of the tensor)², one constant a tensor, at the weights that the buffers hold.

        The state of an optimizer in the middle of a training: docs/reference/evaluator.md, §4. tokens: (batch,
        sequence). The first row goes alone, to learn how many fit into the memory at once.
        """
        self._choose_rows_at_once(tokens)
        self._fill_gradients(tokens)
        gradients = {name: parameter.grad for name, parameter in self._model.named_parameters()}
        without = [slot.name for slot in self._layout.slots if gradients[slot.name] is None]
        if without:
            raise AttemptFailed("model_load_failed", f"no gradient reaches {', '.join(without[:5])}", stage="starting")
        squares = [gradients[slot.name].float().pow(2).mean() for slot in self._layout.slots]
        self.second_moments = torch.stack(squares).tolist()
        self._optimizer.zero_grad(set_to_none=True)

    def _fill_gradients(self, tokens: torch.Tensor) -> None:
        """A whole batch, with fewer rows at once if the estimate was too high."""
        while True:
            try:
                self._device.take(self._bytes_at_once)
                self._gradients(tokens, lambda first_row: None)
                return
            except torch.OutOfMemoryError:
                if self._rows_at_once == 1:
                    raise
                self._optimizer.zero_grad(set_to_none=True)
                self._device.hand_back()
                self._use_rows(self._rows_at_once // 2)

    def train(self, weights: torch.Tensor, tokens: torch.Tensor, sample: Sample, check: Callable[[], None]) -> Expected:
        """Trains through all steps and keeps what is judged. `check` is called between steps and may raise.

        weights: the flat weights at t0; this memory is used up: it keeps the contestant's first moment meanwhile.
        """
        buffers, layout = self._buffers, self._layout
        self._device.take(self._bytes_at_once)
        buffers.parameters.copy_(weights)
        found_moment = weights.copy_(buffers.exp_avg)
        write_state(buffers, layout, buffers.parameters, self.second_moments, self._settings.start_step)
        before = buffers.parameters[sample.flat]
        coordinates = {slot.name: sample.within[i] for i, slot in enumerate(layout.slots)}
        shape = (tokens.shape[1], tokens.shape[2] - 1)
        attribution = Attribution(self._model, coordinates, shape, self._rows_at_once)
        updates, patches, rows, losses = [], [], [], []
        blocks: torch.Tensor | None = None
        try:
            previous = before
            for step, batch in enumerate(tokens):
                check()
                losses.append(self._gradients(batch, attribution.end_pass))
                self._optimizer.step()
                self._optimizer.zero_grad(set_to_none=True)
                patches.append(attribution.patches.to(before.dtype, copy=True))
                rows.append(attribution.patches.sum(2).transpose(0, 1))
                weight = moment_weight(step, len(tokens), self._settings)
                of_step = attribution.patches.sum(1).transpose(0, 1).mul_(weight)
                blocks = of_step if blocks is None else blocks.add_(of_step)
                now = buffers.parameters[sample.flat]
                updates.append(now.float() - previous.float())
                previous = now
        finally:
            attribution.close()
        check()
        assert blocks is not None
        return Expected(
            before,
            read(buffers, layout, sample),
            torch.stack(updates),
            tuple(patches),
            torch.stack(rows),
            blocks,
            tuple(torch.stack(losses).tolist()),
            compare_moments(found_moment, buffers.exp_avg, layout, sample.lattice),
        )

    def _gradients(self, batch: torch.Tensor, end_pass: Callable[[int], None]) -> torch.Tensor:
        """Fills the gradients of the batch's mean next-token cross entropy and returns it; as many rows at once as fit.

        batch[:, :-1] predicts batch[:, 1:]. The last logits of each row stay in the buffer of logits. end_pass: called
        with the first row of each pass that is over.
        """
        total = torch.zeros((), device=batch.device)
        logits_buffer = self._buffers.logits.view(self._layout.logits_shape)
        for first in range(0, len(batch), self._rows_at_once):
            part = batch[first : first + self._rows_at_once]
            logits = self._model(part[:, :-1]).logits
            kept = logits_buffer[first : first + len(part)].copy_(logits.detach())
            loss, gradient = _cross_entropy(kept, part[:, 1:], batch[:, 1:].numel())
            logits.backward(gradient)
            total += loss
            del logits, gradient
            end_pass(first)
        return total

    def _choose_rows_at_once(self, tokens: torch.Tensor) -> None:
        """As many rows in one pass as the free memory holds; with checkpointing if not even one does."""
        if self.budget is None:
            return
        self._rows_at_once = 1
        try:
            self._bytes_of_a_row = self._memory_of(tokens[:1])
        except torch.OutOfMemoryError:
            self._optimizer.zero_grad(set_to_none=True)
            enable_checkpointing(self._model)
            self._bytes_of_a_row = self._memory_of(tokens[:1])
        self._device.hand_back()
        for_activations = (self.budget - self._bytes_that_stay) * _FILL
        fitting = max(1, min(len(tokens), int(for_activations / self._bytes_of_a_row)))
        self._use_rows(next(n for n in range(fitting, 0, -1) if len(tokens) % n == 0))

    def _use_rows(self, rows: int) -> None:
        self._rows_at_once = rows
        self._bytes_at_once = rows * self._bytes_of_a_row + self._bytes_that_stay

    def _memory_of(self, row: torch.Tensor) -> int:
        """Bytes that a judged pass over one row takes at its peak, the gradients of the parameters left out.

        Measured on a second pass: in the first, gradients come into being while activations go.
        """
        self._gradients(row, lambda first_row: None)
        peak = self._device.memory_of(lambda: self._gradients(row, lambda first_row: None))
        self._optimizer.zero_grad(set_to_none=True)
        gathered = len(self._layout.slots) * self._device.samples_per_tensor * row.numel()
        return peak + 2 * gathered * self._buffers.logits.element_size()  # inputs, and their products with gradients

    @property
    def _bytes_that_stay(self) -> int:
        """Of gradients, and of the patches: those of one step in float32, those of all in the weights' type."""
        steps, batch, sequence = self._layout.tokens_shape
        patches = len(self._layout.slots) * batch * blocks_in(sequence - 1) * self._device.samples_per_tensor
        return self._buffers.parameters.nbytes + patches * (4 + steps * self._buffers.parameters.element_size())

    @property
    def rows_at_once(self) -> int:
        """Rows in one pass; fewer than the batch where memory is short."""
        return self._rows_at_once


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The sum of the cross entropies over count, and its gradient in the logits' type: (softmax - target) / count.

    In closed form and row by row it moves a third of the memory that autograd does. logits: (rows, positions,
    vocabulary), targets: (rows, positions). Softmax and sum are in float32.
    """
    loss = torch.zeros((), device=logits.device)
    gradient = torch.empty_like(logits)
    for row, target, out in zip(logits, targets[..., None], gradient, strict=True):
        share = torch.softmax(row, -1, dtype=torch.float32)
        found = share.gather(-1, target)
        loss -= found.clamp_min(torch.finfo(torch.float32).tiny).log().sum() / count
        share.scatter_(-1, target, found - 1)
        torch.mul(share, 1 / count, out=out)
    return loss, gradient
