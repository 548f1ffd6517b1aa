"""Did the training happen? Every statistic of docs/reference/evaluator.md §4."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from crusades_evaluator.interface import Optimizer
from crusades_evaluator.layout import Layout
from crusades_evaluator.referee.reference import Expected, moment_weight
from crusades_evaluator.referee.sampling import Reading

#: Beyond this the least squares say nothing: rows repeat each other.
_WORST_CONDITION = 1e10


class IllConditioned(Exception):
    """The reference's regressors are too much alike to tell them apart: a fault of the data, not of the miner."""


@dataclass(frozen=True)
class Measured:
    """Relative errors as fractions, coefficients of which 1 is honest. NaN stays NaN and passes nothing.

    stray: share of clearly wrong coordinates in the first moment, see moment.py.
    """

    moment: float
    moment_tensors: dict[str, float]
    stray: float
    rows: torch.Tensor
    blocks: torch.Tensor
    updates: torch.Tensor
    logits: float
    second_moment: float

    @property
    def moment_tensor(self) -> float:
        """The worst single tensor; NaN if any is."""
        return float(torch.tensor(list(self.moment_tensors.values())).amax())


def measure(found: Reading, expected: Expected, layout: Layout, optimizer: Optimizer) -> Measured:
    """Compares what the contestant left with what the reference expects. Raises IllConditioned."""
    moment = found.exp_avg.double()
    sizes = torch.tensor([slot.numel for slot in layout.slots], dtype=torch.float64, device=moment.device)
    steps, batch = expected.rows.shape[:2]
    weights = torch.tensor([moment_weight(step, steps, optimizer) for step in range(steps)], dtype=torch.float64)
    rows = expected.rows.double() * weights.to(moment.device).view(-1, 1, 1, 1)
    covered = rows.abs().sum((0, 1, 3)) > 0
    moved = found.parameters.double() - expected.before.double()
    return Measured(
        moment=expected.moment.overall,
        moment_tensors=dict(zip((slot.name for slot in layout.slots), expected.moment.of_tensors, strict=True)),
        stray=expected.moment.stray_share,
        rows=_coefficients(moment[covered], rows.flatten(0, 1)[:, covered]).view(steps, batch),
        blocks=_coefficients(moment[covered], expected.blocks.double()[:, covered]),
        updates=_coefficients(moved, expected.updates.double()),
        logits=_relative_error(found.logits.double(), expected.reading.logits.double()),
        second_moment=_relative_error(found.exp_avg_sq.double(), expected.reading.exp_avg_sq.double(), sizes),
    )


def _relative_error(found: torch.Tensor, expected: torch.Tensor, sizes: torch.Tensor | None = None) -> float:
    """‖found − expected‖ / ‖expected‖; with sizes, each tensor (first dimension) stands for that many coordinates."""
    error, scale = (found - expected).pow(2).mean(-1), expected.pow(2).mean(-1)
    if sizes is not None:
        error, scale = error * sizes, scale * sizes
    return float((error.sum() / scale.sum()).sqrt())


def _coefficients(target: torch.Tensor, regressors: torch.Tensor) -> torch.Tensor:
    """Least-squares share of each regressor in the target.

    target: (tensors, K); regressors: (R, tensors, K). Each tensor is divided by the RMS of the regressors' sum first,
    so that large gradients do not drown small ones. Returns (R,); all NaN if the target is not finite.
    """
    whole = regressors.sum(0)
    rms = whole.pow(2).mean(-1, keepdim=True).sqrt().clamp_min(torch.finfo(torch.float32).tiny)
    columns = (regressors / rms).flatten(1)
    observed = (target / rms).flatten()
    if not bool(torch.isfinite(observed).all()):
        return torch.full((len(regressors),), float("nan"), dtype=torch.float64)
    scale = columns.norm(dim=1, keepdim=True).clamp_min(1e-30)
    columns = columns / scale
    normal = columns @ columns.T
    if float(torch.linalg.cond(normal)) > _WORST_CONDITION:
        raise IllConditioned(f"{len(regressors)} regressors are nearly dependent")
    solution: torch.Tensor = torch.linalg.solve(normal, columns @ observed)
    coefficients: torch.Tensor = solution / scale[:, 0]
    return coefficients.cpu()
