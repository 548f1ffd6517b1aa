"""Ways to leave work out, and what each does to the statistics by first principles. Pure."""

from __future__ import annotations

import itertools
import math

from crusades_evaluator.power import BLOCK_POSITIONS, LACKS, Effect, Family, Power

#: Parts of the work 6 · P · T: the forward pass is a third, gradients of inputs and of weights a third each.
_BACKWARD, _WEIGHT_GRADIENTS = 2 / 3, 1 / 3
#: Share of the positions that the backward pass leaves out -> of the patches that lack one, how many read low enough to
#: be counted. Means of two attempts each of backward_without_some_positions on an H200, which left out one position in
#: 1,000, 200 and 100: what is left out spoils the other patches, too, and their scatter hides it.
_LACKS_SEEN = ((0.001, 0.92), (0.005, 0.67), (0.01, 0.31))
#: AdamW's, as in the settings of the competition.
_BETA1 = 0.9
#: Standard deviations of a row's coefficient that a contestant stays away from its limit.
_SURELY = 2.5
#: The smallest share of the coordinates that a weight gradient is worth leaving out for.
_FEWEST_COORDINATES = 1e-6


def families_of(power: Power) -> list[Family]:
    """Each maps the share of the attempt's whole work that is left out to its effect.

    All are the contestant's best case: nothing else is disturbed, and what is left is scaled up again, so that a loss
    at random places moves no coefficient.
    """
    shape = power.shape
    head, matrices = shape.head / shape.parameters, shape.matrices / shape.parameters
    fewest, most = _FEWEST_COORDINATES * _WEIGHT_GRADIENTS, matrices * _WEIGHT_GRADIENTS
    position = 1 / (shape.row_steps * shape.positions)
    #: Of a block, what one row of the first step is, which weighs least in the first moment.
    lightest = _BETA1 ** (shape.steps - 1) / sum(_BETA1**step for step in range(shape.steps)) / shape.batch

    def row(share: float) -> Effect:
        fallen = min(1.0, power.row * share * shape.row_steps)
        return Effect({"row": (1, fallen)}, masked=share, lacking=share)

    def ends(share: float) -> Effect:
        rows = share * shape.row_steps / _end_of(power)
        positions = share * shape.positions * shape.row_steps / max(1.0, rows)
        blocks = max(1, int(positions / BLOCK_POSITIONS))
        fallen = {"row": (math.ceil(rows), power.row * _end_of(power)), "block": (blocks, rows * lightest)}
        return Effect(fallen, masked=share, lacking=share)

    def block(share: float) -> Effect:
        blocks = share * shape.positions / BLOCK_POSITIONS
        count, fallen = max(1, int(blocks)), min(1.0, blocks)
        lacking = count / shape.blocks if fallen > LACKS else 0.0
        return Effect({"block": (count, fallen)}, masked=share, lacking=lacking)

    def backward(share: float) -> Effect:
        positions = share / _BACKWARD
        return Effect({}, muted=positions, lacking=min(1.0, positions * BLOCK_POSITIONS) * _lacks_seen(positions))

    def slices(share: float) -> Effect:
        return Effect({}, masked=share / _WEIGHT_GRADIENTS)

    def in_head(share: float) -> Effect:
        return Effect({}, masked=share / head)

    def last_logits(share: float) -> Effect:
        return Effect({}, masked=share / head, logits=share * shape.steps / head)

    def weights(share: float) -> Effect:
        return Effect({}, zeroed=share / _WEIGHT_GRADIENTS)

    return [
        Family("row", "end of one row in one step", position, 1 / shape.row_steps, row),
        Family("ends", "ends of several rows", _end_of(power) / shape.row_steps, 0.02, ends),
        Family("block", "same positions of all rows and steps", position, 0.5, block),
        Family("backward", "random positions, backward pass", position * _BACKWARD, 0.5 * _BACKWARD, backward),
        Family("slices", "other positions of each weight gradient", position * _WEIGHT_GRADIENTS, 0.3, slices),
        Family("head", "random positions, head and loss", position * head, head, in_head),
        Family("logits", "random positions, head of the last step", position * head, head / shape.steps, last_logits),
        Family("weights", "weight gradients of random coordinates", fewest, most, weights),
    ]


def _end_of(power: Power) -> float:
    """Share of a row whose loss goes unseen in that row's own coefficient, nearly always."""
    room = 1 - power.limits.row_low - _SURELY * power.noise.coefficients["row"]
    return max(room / power.row, 1 / power.shape.positions)


def _lacks_seen(positions: float) -> float:
    """Between the measured shares along straight lines, beyond them as at the last."""
    for (low, more), (high, fewer) in itertools.pairwise(((0.0, _LACKS_SEEN[0][1]), *_LACKS_SEEN)):
        if positions <= high:
            return more + (fewer - more) * (positions - low) / (high - low)
    return _LACKS_SEEN[-1][1]
