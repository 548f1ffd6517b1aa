"""What the attempts of one configuration share: the buffers, the reference, the material, the sampler."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import torch

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.data import write_state
from crusades_evaluator.devices import Device, SharedMemory
from crusades_evaluator.interface import Spec
from crusades_evaluator.layout import Layout
from crusades_evaluator.model import layout_for
from crusades_evaluator.referee.material import Material
from crusades_evaluator.referee.reference import Reference
from crusades_evaluator.referee.sampling import Sampler, read
from crusades_evaluator.referee.statistics import IllConditioned, measure

#: Weights and tokens on which the gradient's size is measured; unrelated to every attempt.
_MEASURING_SEED = b"crusades second moment"


class Arena:
    """Built once, used by attempt after attempt. `prepare` comes between building and the first use.

    Between the two the first contestant can start: it needs the buffers, not what is prepared.
    """

    def __init__(self, spec: Spec, device: Device, corpora: Path | None) -> None:
        """Raises AttemptFailed(model_load_failed, data_load_failed, gpu_memory_short)."""
        self._device = device
        self._optimizer = spec.optimizer
        try:
            self.layout: Layout = layout_for(spec.model, spec.data)
        except AttemptFailed:
            raise
        except Exception as error:
            raise AttemptFailed("model_load_failed", f"{type(error).__name__}: {error}") from error
        self.memory: SharedMemory = device.allocate(self.layout)
        try:
            self.material = Material(spec.model, spec.data, self.layout, device, corpora)
            self.reference = Reference(spec.model, spec.optimizer, self.layout, self.memory.buffers, device)
            #: The weights of the timed run, where the contestant can't see them.
            self.weights = torch.empty_like(self.memory.buffers.parameters)
            self.reference.budget = device.free_bytes()
        except torch.OutOfMemoryError as error:
            self.close()
            raise AttemptFailed("gpu_memory_short", str(error).splitlines()[0], stage="starting") from error
        except BaseException:
            self.close()
            raise
        self.sampler = Sampler(self.layout, device)
        self._prepared = False

    def prepare(self) -> None:
        """Measures the second moment. Called before any code of a miner runs: it uses the shared buffers."""
        if self._prepared:
            return
        self.material.write_weights(_MEASURING_SEED, self.memory.buffers.parameters)
        try:
            self.reference.measure_second_moment(self.material.tokens(_MEASURING_SEED)[0])
        except torch.OutOfMemoryError as error:
            reason = f"not even one row of the reference fits: {str(error).splitlines()[0]}"
            raise AttemptFailed("gpu_memory_short", reason, stage="starting") from error
        if self._device.free_bytes() is not None:
            self._rehearse()
        self._prepared = True

    def _rehearse(self) -> None:
        """Judges one step of nobody, so that a GPU has loaded what judging calls before there is somebody to judge."""
        with contextlib.suppress(torch.OutOfMemoryError, IllConditioned):
            tokens = self.material.tokens(_MEASURING_SEED)[:1]
            sample = self.sampler.draw(_MEASURING_SEED)
            self.material.write_weights(_MEASURING_SEED, self.weights)
            expected = self.reference.train(self.weights, tokens, sample, lambda: None)
            measure(expected.reading, expected, self.layout, self._optimizer)

    def set_up_warm_up(self, seed: bytes) -> None:
        """Weights and tokens A, unrelated to everything that is timed; nothing of an earlier attempt is left.

        All of the referee's own memory that it does not need meanwhile goes back to the device.
        """
        buffers = self.memory.buffers
        self._device.hand_back()
        self.material.write_weights(seed, self.weights)
        self.release()
        buffers.tokens.copy_(self.material.tokens(seed).view(-1))
        buffers.logits.zero_()
        # The reading inside the timed window must find its memory and its kernels ready.
        read(buffers, self.layout, self.sampler.draw(seed))
        self._device.synchronise()

    def release(self) -> None:
        """Writes the weights and the optimizer's state into the contestant's buffers."""
        second_moments = self.reference.second_moments
        write_state(self.memory.buffers, self.layout, self.weights, second_moments, self._optimizer.start_step)

    def facts(self) -> dict[str, Any]:
        """For the record: which corpus and weights, and how the reference was cut."""
        return {**self.material.facts, "reference_rows_at_once": self.reference.rows_at_once}

    def close(self) -> None:
        self.memory.close()
