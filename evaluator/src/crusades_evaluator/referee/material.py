"""What an attempt is made of: weights and tokens, both a function of its seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.corpus import Corpus, open_corpus
from crusades_evaluator.data import fill_weights, final_norm, stream_seed
from crusades_evaluator.devices import Device
from crusades_evaluator.interface import Data, Model
from crusades_evaluator.layout import Layout
from crusades_evaluator.pretrained import disturb, read_pretrained


class Material:
    """Weights and tokens of one configuration. Raises AttemptFailed(model_load_failed, data_load_failed)."""

    def __init__(self, model: Model, data: Data, layout: Layout, device: Device, corpora: Path | None) -> None:
        self._layout = layout
        self._device = device
        self._deviation = float(model.config.get("initializer_range", 0.02))
        self._logit_spread = model.logit_spread
        self._corpus: Corpus = open_corpus(data, layout.logits_shape[2], corpora)
        self._pretrained: torch.Tensor | None = None
        self.facts: dict[str, Any] = {"corpus": self._corpus.facts(), "weights": "random"}
        if model.weights is not None:
            on_cuda = device.torch_device.type == "cuda"
            parameters = layout.regions[0]
            self._pretrained = torch.zeros(parameters.numel, dtype=parameters.dtype, pin_memory=on_cuda)
            digest = read_pretrained(Path(model.weights), layout, self._pretrained)
            self.facts["weights"] = f"pretrained {digest}, disturbed by 1 %"
        elif model.logit_spread is not None and final_norm(layout) is None:
            raise AttemptFailed("model_load_failed", f"{model.architecture} has no final norm to set logit_spread by.")

    def write_weights(self, seed: bytes, flat: torch.Tensor) -> None:
        """The weights of a seed, into a flat buffer of parameters on the device."""
        stream = self._device.generator(stream_seed(seed, "weights"))
        if self._pretrained is None:
            fill_weights(stream, self._layout, flat, self._deviation, self._logit_spread)
        else:
            flat.copy_(self._pretrained)
            disturb(flat, self._layout, stream)

    def tokens(self, seed: bytes) -> torch.Tensor:
        """(steps, batch, sequence) tokens of a seed, on the device."""
        return self._corpus.rows(seed, self._layout.tokens_shape).to(self._device.torch_device)
