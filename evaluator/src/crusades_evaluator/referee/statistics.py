"""Did the training happen? Every statistic of docs/reference/evaluator.md §4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from crusades_evaluator.interface import Optimizer
from crusades_evaluator.layout import Layout
from crusades_evaluator.referee.reference import Expected, moment_weight
from crusades_evaluator.referee.sampling import Reading

#: Beyond this the least squares say nothing: rows repeat each other.
_WORST_CONDITION = 1e10
#: A patch that reads lower than 1 by more lacks a part of its gradient: one of its four positions is a quarter of it.
#: But the patches of some rows scatter by more (docs/measurements.md): there it has to be so many deviations, too.
LACKS, _DEVIATIONS = 0.2, 4.0
#: A tensor counts as noisy as half the median at least: one that agrees by chance must not outweigh all others.
_QUIETEST = 0.5
#: Nor may one coordinate outweigh all others: how far it may deviate, in RMS of its tensor's deviations.
_FARTHEST = 4.0
#: Relative noise that counts as none; far below what float32 rounds away.
_NO_NOISE = 1e-9
#: Standard deviation of normal numbers over their median absolute deviation.
_OF_MEDIAN = 1.4826


class IllConditioned(Exception):
    """The reference's regressors are too much alike to tell them apart: a fault of the data, not of the miner."""


@dataclass(frozen=True)
class Measured:
    """Relative errors as fractions, coefficients of which 1 is honest. NaN stays NaN and passes nothing.

    stray: share of clearly wrong coordinates in the first moment, see moment.py. rows: (steps, batch). patches: (steps,
    batch, blocks). blocks: (blocks,). updates: (steps,).
    """

    moment: float
    moment_tensors: dict[str, float]
    stray: float
    rows: torch.Tensor
    patches: torch.Tensor
    blocks: torch.Tensor
    updates: torch.Tensor
    logits: float
    second_moment: float

    @property
    def patch(self) -> float:
        """Share of the patches that lack a part of their gradient; NaN if their coefficients are not finite."""
        if not bool(torch.isfinite(self.patches).all()):
            return float("nan")
        middle = self.patches.median(-1, keepdim=True).values
        deviation = _OF_MEDIAN * (self.patches - middle).abs().median(-1, keepdim=True).values
        return float((self.patches < 1 - (_DEVIATIONS * deviation).clamp_min(LACKS)).double().mean())

    @property
    def moment_tensor(self) -> float:
        """The worst single tensor; NaN if any is."""
        return float(torch.tensor(list(self.moment_tensors.values())).amax())


def measure(found: Reading, expected: Expected, layout: Layout, optimizer: Optimizer) -> Measured:
    """Compares what the contestant left with what the reference expects. Raises IllConditioned."""
    moment = found.exp_avg.double()
    steps, batch = expected.rows.shape[:2]
    weights = [moment_weight(step, steps, optimizer) for step in range(steps)]
    rows = expected.rows.double() * torch.tensor(weights, dtype=torch.float64, device=moment.device).view(-1, 1, 1, 1)
    covered = rows.abs().sum((0, 1, 3)) > 0
    regressors = rows.flatten(0, 1)[:, covered]
    scale = _noise_scale(moment[covered], regressors.sum(0))
    of_rows = _coefficients(moment[covered], regressors, scale)
    left = _limited(moment[covered] - torch.einsum("r,rck->ck", of_rows.to(moment.device), regressors))
    updates = expected.updates.double()
    together = updates.sum(0)
    moved = together + _limited(found.parameters.double() - expected.before.double() - together)
    return Measured(
        moment=expected.moment.overall,
        moment_tensors=dict(zip((slot.name for slot in layout.slots), expected.moment.of_tensors, strict=True)),
        stray=expected.moment.stray_share,
        rows=of_rows.view(steps, batch),
        patches=_patch_coefficients(left, scale, (patch[covered] for patch in expected.patches), weights),
        blocks=_coefficients(moment[covered], expected.blocks.double()[:, covered], scale),
        updates=_coefficients(moved, updates, _rms(updates.movedim(0, 1).flatten(1))),
        logits=_relative_error(found.logits.double(), expected.reading.logits.double()),
        second_moment=_mean_error_of_tensors(found.exp_avg_sq.double(), expected.reading.exp_avg_sq.double()),
    )


def _noise_scale(target: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    """What each tensor is divided by, so that all deviations weigh by how sure they are: weighted least squares.

    That is the RMS of what is left of the target without the whole. Divided by the whole's own RMS instead, the
    loudest tensor decides the scatter of all coefficients: a key's bias, whose positions nearly cancel, has four times
    the relative noise of the others (docs/measurements.md). Noise that a contestant adds on purpose costs a tensor no
    more weight than the limit of moment_tensor over the usual noise, squared. Both (tensors, K) -> (tensors, 1).
    """
    size = _rms(whole)
    noise = (_rms(target - whole) / size).clamp_min(_NO_NOISE)
    scale: torch.Tensor = size * (noise / noise.median()).clamp_min(_QUIETEST)
    return scale


def _limited(deviations: torch.Tensor) -> torch.Tensor:
    """The same with none farther from 0 than _FARTHEST times the RMS of its tensor, both ways: (tensors, K).

    In bfloat16 a rare token's row of the embedding, or a large weight that was rounded the other way, deviates by ten
    times as much as the rest of its tensor and more (docs/measurements.md).
    """
    bound = _FARTHEST * _rms(deviations)
    return deviations.clamp(-bound, bound)


def _patch_coefficients(
    left: torch.Tensor, scale: torch.Tensor, patches: Iterable[torch.Tensor], weights: Sequence[float]
) -> torch.Tensor:
    """Share of each patch in the target: 1, and what projecting on it what its row leaves unexplained adds.

    There are too many for least squares, and being nearly orthogonal they need none. left: (tensors, K), what no row
    explains, limited. scale: of each tensor, (tensors, 1). patches: of each step (tensors, batch, blocks, K). A patch
    with a gradient of next to nothing can't be told from noise: sizes count as half the median at least, which takes it
    nearer to 1. Returns (steps, batch, blocks), NaN where the target is not finite.
    """
    direction = (left / scale).float()
    explained, sizes = [], []
    for patch, weight in zip(patches, weights, strict=True):
        scaled = patch.float() / scale[..., None, None].float() * weight
        explained.append(torch.einsum("crbk,ck->rb", scaled, direction))
        sizes.append(scaled.square().sum((0, 3)))
    squares = torch.stack(sizes)
    coefficients: torch.Tensor = 1 + torch.stack(explained) / squares.clamp_min(squares.median() / 2)
    return coefficients.cpu()


def _relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    """‖found − expected‖ / ‖expected‖."""
    return float((found - expected).norm() / expected.norm())


def _mean_error_of_tensors(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The quadratic mean of the tensors' relative errors: (tensors, K) each.

    Over all coordinates at once, the largest one would decide alone: second moments have no mean to speak of.
    """
    return float((_rms(found - expected) / _rms(expected)).square().mean().sqrt())


def _coefficients(target: torch.Tensor, regressors: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Least-squares share of each regressor in the target.

    target: (tensors, K); regressors: (R, tensors, K); scale: what each tensor is divided by first, (tensors, 1), so
    that large gradients do not drown small ones. Returns (R,); all NaN if the target is not finite.
    """
    columns = (regressors / scale).flatten(1)
    observed = (target / scale).flatten()
    if not bool(torch.isfinite(observed).all()):
        return torch.full((len(regressors),), float("nan"), dtype=torch.float64)
    lengths = columns.norm(dim=1, keepdim=True).clamp_min(1e-30)
    columns = columns / lengths
    normal = columns @ columns.T
    if float(torch.linalg.cond(normal)) > _WORST_CONDITION:
        raise IllConditioned(f"{len(regressors)} regressors are nearly dependent")
    solution: torch.Tensor = torch.linalg.solve(normal, columns @ observed)
    coefficients: torch.Tensor = solution / lengths[:, 0]
    return coefficients.cpu()


def _rms(values: torch.Tensor) -> torch.Tensor:
    """Of each tensor: (tensors, K) -> (tensors, 1)."""
    rms: torch.Tensor = values.pow(2).mean(-1, keepdim=True).sqrt().clamp_min(torch.finfo(torch.float32).tiny)
    return rms
