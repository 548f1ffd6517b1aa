"""Whose gradient is whose: gradients of patches at the judged coordinates, in the one reference pass.

For a linear layer the gradient of weight (i, j) is the sum over positions of output gradient i times input j. A hook
gathers both at the sampled coordinates; keeping the products apart by row and by position instead of summing them
gives the share of each patch, and so of each row and block, for free (docs/reference/evaluator.md, §4). A parameter
whose share can't be told this way has none, and its first moment alone is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from crusades_evaluator.referee.watchers import Share, Watch, watcher

#: Positions in a block of the sequence. A patch is one block of one row in one step. Few, so that a single position
#: that was left out moves its patch by a quarter; not fewer, since all patches of a run are kept until it is judged.
BLOCK_POSITIONS = 4


def blocks_in(positions: int) -> int:
    """Blocks of that many positions; the last one may be shorter."""
    return -(-positions // BLOCK_POSITIONS)


class Attribution:
    """Collects the shares of one step's backward passes: one for the whole batch, or several for some rows each."""

    def __init__(
        self,
        model: torch.nn.Module,
        coordinates: dict[str, torch.Tensor],
        shape: tuple[int, int],
        rows_at_once: int | None = None,
    ) -> None:
        """coordinates: parameter name -> (K,) flat coordinates within that parameter. shape: rows of a step and
        predictions in a row. rows_at_once: rows in one pass, all of them by default."""
        self._coordinates = coordinates
        batch, positions = shape
        some, parameter = next(iter(coordinates.values())), next(model.parameters())
        count, samples = len(coordinates), len(some)
        #: (parameters in the order of coordinates, batch, blocks, K), float32; zero where no hook covers a parameter.
        self.patches = torch.zeros(count, batch, blocks_in(positions), samples, device=some.device)
        # Each parameter's own sums would be as many small kernels, which take longer than what they calculate.
        self._products = torch.zeros(
            count, rows_at_once or batch, positions, samples, dtype=parameter.dtype, device=some.device
        )
        self._slabs = dict(zip(coordinates, self._products, strict=True))
        #: Parameters whose shares of the pass under way are in.
        self._seen: set[str] = set()
        #: Rows and positions of the pass under way.
        self._shape = (0, 0)
        #: Parameters that no hook covers.
        self.without: set[str] = set()
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

    def end_pass(self, first_row: int) -> None:
        """The pass that is over was for the rows from first_row on: sums its shares up to patches."""
        rows, positions = self._shape
        for name in self._slabs.keys() - self._seen:  # no gradient reached it this time
            self._slabs[name].zero_()
        self._seen.clear()
        products = self._products[:, :rows]
        patches = self.patches[:, first_row : first_row + rows]
        full, rest = divmod(positions, BLOCK_POSITIONS)
        whole = torch.unflatten(products[:, :, : full * BLOCK_POSITIONS], 2, (full, BLOCK_POSITIONS))
        torch.sum(whole, 3, dtype=torch.float32, out=patches[:, :, :full])
        if rest:
            torch.sum(products[:, :, -rest:], 2, dtype=torch.float32, out=patches[:, :, full])

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
            if name in self.without:
                return
            share = watch(_first(inputs, named).detach(), output.detach(), outer, inner)
            if share is None:
                self._give_up(name)
            else:
                output.register_hook(lambda gradient: self._collect(name, share, gradient))

        return forward

    def _collect(self, name: str, share: Share, gradient: torch.Tensor) -> None:
        shares = None if name in self.without else self._by_position(share(gradient))
        if shares is None:
            self._give_up(name)
        elif name in self._seen:  # tied: the same parameter in another module
            self._slabs[name][: len(shares)] += shares
        else:
            self._slabs[name][: len(shares)] = shares
            self._seen.add(name)

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
            return shares if shares.dim() == 3 else shares.flatten(2, -2).sum(2, dtype=torch.float32)
        if shares.dim() == 4 and shares.shape[2] == positions:
            return shares.sum(1, dtype=torch.float32)
        return None

    def _give_up(self, name: str) -> None:
        """Of a tied parameter, too: where one part of the gradient has no rows, the others alone would be wrong."""
        self.without.add(name)
        self._seen.discard(name)


def _first(inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return inputs[0] if inputs else next(iter(named.values()))
