"""The first moment over all coordinates: nothing sparse can hide between samples."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from crusades_evaluator.layout import Layout

#: Every how many coordinates one is looked at singly. Which of these, and where to begin, nobody knows before
#: DONE; primes, so that no pattern of rows or columns falls between them each time.
_STRIDES = (13, 17, 19, 23)
#: A coordinate is clearly not zero if it is as large as its tensor's RMS, and clearly wrong if it is off by half of
#: itself. Honest noise in bfloat16 is some hundredths of the RMS (docs/measurements.md).
_CLEAR, _WRONG = 1.0, 0.5


@dataclass(frozen=True)
class MomentErrors:
    """Sums over the coordinates of each tensor, in the layout's order; float64, on the CPU.

    squared_error and squared: of the difference to the reference, and of the reference, over all coordinates. clear:
    coordinates where the reference is clearly not zero, among those looked at singly. stray: those of them where the
    found value is clearly wrong.
    """

    squared_error: torch.Tensor
    squared: torch.Tensor
    clear: torch.Tensor
    stray: torch.Tensor

    @property
    def overall(self) -> float:
        """Relative error over all coordinates."""
        return float((self.squared_error.sum() / self.squared.sum()).sqrt())

    @property
    def of_tensors(self) -> list[float]:
        """Relative error of each tensor."""
        errors: list[float] = (self.squared_error / self.squared).sqrt().tolist()
        return errors

    @property
    def stray_share(self) -> float:
        """Share of clearly wrong coordinates among those that are clearly not zero; NaN if an error is not finite."""
        if not bool(torch.isfinite(self.squared_error).all()):
            return float("nan")
        return float(self.stray.sum() / self.clear.sum().clamp_min(1))


def compare_moments(found: torch.Tensor, expected: torch.Tensor, layout: Layout, lattice: int) -> MomentErrors:
    """found, expected: flat first moments on the same device, in the parameters' type. Sums in float32 and better.

    One pass over all coordinates for the norms; every 13th to 23rd of them, still millions, singly. lattice: 64
    random bits that say which.
    """
    difference = found - expected
    stride = _STRIDES[lattice % len(_STRIDES)]
    offset = lattice // len(_STRIDES) % stride
    sums = []
    for slot in layout.slots:
        place = slice(slot.offset, slot.offset + slot.numel)
        norms = [torch.linalg.vector_norm(flat[place], dtype=torch.float32) for flat in (difference, expected)]
        error, size = (flat[place][offset % slot.numel :: stride].float().abs() for flat in (difference, expected))
        clear = size >= _CLEAR * norms[1] / slot.numel**0.5
        stray = clear & (error > _WRONG * size)
        sums.append(torch.stack((*norms, clear.sum(), stray.sum())))
    table = torch.stack(sums).double().cpu()
    return MomentErrors(table[:, 0].square(), table[:, 1].square(), table[:, 2], table[:, 3])
