"""Whose gradient is whose: per-row and per-block gradients at the judged coordinates, in the one reference pass.

For a linear layer the gradient of weight (i, j) is the sum over positions of output gradient i times input j. A hook
gathers both at the sampled coordinates; keeping the products apart by row and by position instead of summing them
gives each row's and each block's share for free (docs/reference/evaluator.md, §4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

#: Positions in a block of the sequence.
BLOCK_POSITIONS = 8

#: (output gradient) -> (batch, positions, K) contributions to the sampled coordinates of one parameter
_Share = Callable[[torch.Tensor], torch.Tensor]


class Attribution:
    """Collects the shares of one step's backward pass at a time."""

    def __init__(self, model: torch.nn.Module, coordinates: dict[str, torch.Tensor]) -> None:
        """coordinates: parameter name -> (K,) flat coordinates within that parameter."""
        self._coordinates = coordinates
        self.rows: dict[str, torch.Tensor] = {}
        self.blocks: dict[str, torch.Tensor] = {}
        self._handles: list[Any] = []
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        for module in model.modules():
            for kind, parameter in module.named_parameters(recurse=False):
                watch = _watcher(module, kind)
                name = names[id(parameter)]
                if watch is not None and name in coordinates:
                    self._handles.append(module.register_forward_hook(self._hook(name, parameter, watch)))

    def begin_step(self) -> None:
        self.rows, self.blocks = {}, {}

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()

    def _hook(self, name: str, parameter: torch.Tensor, watch: Callable[..., _Share]) -> Callable[..., None]:
        columns = parameter.shape[-1]
        where = self._coordinates[name]
        outer, inner = where // columns, where % columns

        def forward(_module: torch.nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            share = watch(inputs[0].detach(), outer, inner)
            output.register_hook(lambda gradient: self._collect(name, share(gradient)))

        return forward

    def _collect(self, name: str, shares: torch.Tensor) -> None:
        batch, positions, count = shares.shape
        missing = -positions % BLOCK_POSITIONS
        padded = torch.nn.functional.pad(shares, (0, 0, 0, missing)) if missing else shares
        binned = padded.view(batch, -1, BLOCK_POSITIONS, count).sum(2)
        for kept, value in ((self.rows, binned.sum(1)), (self.blocks, binned)):
            kept[name] = kept[name] + value if name in kept else value


def _watcher(module: torch.nn.Module, kind: str) -> Callable[..., _Share] | None:
    """How the sampled gradient of one parameter follows from a module's input and output gradient."""
    if isinstance(module, torch.nn.Linear):
        return _linear_weight if kind == "weight" else _bias
    if isinstance(module, torch.nn.Embedding):
        return _embedding
    if type(module).__name__.endswith("RMSNorm"):
        epsilon = float(getattr(module, "variance_epsilon", 1e-6))
        return lambda x, outer, inner: _rms_norm(x, inner, epsilon)
    return None


def _linear_weight(x: torch.Tensor, outer: torch.Tensor, inner: torch.Tensor) -> _Share:
    seen = x[..., inner].float()
    return lambda gradient: gradient[..., outer].float() * seen


def _bias(_x: torch.Tensor, _outer: torch.Tensor, inner: torch.Tensor) -> _Share:
    return lambda gradient: gradient[..., inner].float()


def _embedding(tokens: torch.Tensor, outer: torch.Tensor, inner: torch.Tensor) -> _Share:
    hit = tokens.unsqueeze(-1) == outer
    return lambda gradient: gradient[..., inner].float() * hit


def _rms_norm(x: torch.Tensor, inner: torch.Tensor, epsilon: float) -> _Share:
    wide = x.float()
    scale = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)
    seen = wide[..., inner] * scale
    return lambda gradient: gradient[..., inner].float() * seen
