"""Whose gradient is whose: per-row and per-block gradients at the judged coordinates, in the one reference pass.

For a linear layer the gradient of weight (i, j) is the sum over positions of output gradient i times input j. A hook
gathers both at the sampled coordinates; keeping the products apart by row and by position instead of summing them
gives each row's and each block's share for free (docs/reference/evaluator.md, §4). A parameter whose share can't be
told this way has none, and its first moment alone is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from crusades_evaluator.referee.watchers import Share, Watch, watcher

#: Positions in a block of the sequence.
BLOCK_POSITIONS = 8


class Attribution:
    """Collects the shares of one step's backward passes: one for the whole batch, or several for some rows each."""

    def __init__(self, model: torch.nn.Module, coordinates: dict[str, torch.Tensor], batch: int) -> None:
        """coordinates: parameter name -> (K,) flat coordinates within that parameter. batch: rows of a step."""
        self._coordinates = coordinates
        self._batch = batch
        self._first_row = 0
        #: Parameter name -> (batch, K), and (blocks, K) summed over the rows; float32.
        self.rows: dict[str, torch.Tensor] = {}
        self.blocks: dict[str, torch.Tensor] = {}
        #: Rows and positions of the pass under way.
        self._shape = (0, 0)
        self._without: set[str] = set()
        self._handles: list[Any] = [model.register_forward_pre_hook(self._note_shape, with_kwargs=True)]
        names = {id(parameter): name for name, parameter in model.named_parameters()}
        for module in model.modules():
            for kind, parameter in module.named_parameters(recurse=False):
                name = names[id(parameter)]
                watch = watcher(module, kind) if name in coordinates else None
                if watch is None:
                    self._give_up(name)
                else:
                    hook = self._hook(name, parameter, watch)
                    self._handles.append(module.register_forward_hook(hook, with_kwargs=True))

    def begin_step(self) -> None:
        self.rows, self.blocks = {}, {}

    def begin_pass(self, first_row: int) -> None:
        """The next pass is for the rows from first_row on."""
        self._first_row = first_row

    def close(self) -> None:
        for handle in self._handles:
            handle.remove()

    def _note_shape(self, _module: torch.nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        rows, positions = _first(inputs, named).shape[:2]
        self._shape = (rows, positions)

    def _hook(self, name: str, parameter: torch.Tensor, watch: Watch) -> Callable[..., None]:
        columns = parameter.shape[-1]
        where = self._coordinates[name]
        outer, inner = where // columns, where % columns

        def forward(_module: torch.nn.Module, inputs: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
            if name in self._without:
                return
            share = watch(_first(inputs, named).detach(), output.detach(), outer, inner)
            if share is None:
                self._give_up(name)
            else:
                output.register_hook(lambda gradient: self._collect(name, share, gradient))

        return forward

    def _collect(self, name: str, share: Share, gradient: torch.Tensor) -> None:
        shares = None if name in self._without else self._by_position(share(gradient))
        if shares is None:
            self._give_up(name)
            return
        rows, positions, count = shares.shape
        whole = positions - positions % BLOCK_POSITIONS
        binned = torch.unflatten(shares[:, :whole], 1, (whole // BLOCK_POSITIONS, BLOCK_POSITIONS)).sum(2)
        if whole < positions:
            binned = torch.cat((binned, shares[:, whole:].sum(1, keepdim=True)), dim=1)
        if name not in self.rows:
            self.rows[name] = binned.new_zeros(self._batch, count)
            self.blocks[name] = binned.new_zeros(binned.shape[1], count)
        self.rows[name][self._first_row : self._first_row + rows] += binned.sum(1)
        self.blocks[name] += binned.sum(0)

    def _by_position(self, shares: torch.Tensor) -> torch.Tensor | None:
        """(rows, positions, K) from whatever shape the module works in; None if rows can't be told apart.

        Some flatten rows and positions, and norms within attention have heads before or after the positions.
        """
        rows, positions = self._shape
        if shares.dim() == 2 and shares.shape[0] == rows * positions:
            return shares.view(rows, positions, -1)
        if shares.dim() < 3 or shares.shape[0] != rows:
            return None
        if shares.shape[1] == positions:
            return shares if shares.dim() == 3 else shares.flatten(2, -2).sum(2)
        return shares.sum(1) if shares.dim() == 4 and shares.shape[2] == positions else None

    def _give_up(self, name: str) -> None:
        """Of a tied parameter, too: where one part of the gradient has no rows, the others alone would be wrong."""
        self._without.add(name)
        self.rows.pop(name, None)
        self.blocks.pop(name, None)


def _first(inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return inputs[0] if inputs else next(iter(named.values()))
