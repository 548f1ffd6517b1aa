"""Ways to leave work out, and what each does to the statistics by first principles. Pure."""

from __future__ import annotations

from crusades_evaluator.power import BLOCK_POSITIONS, LACKS, Effect, Family, Power

#: Parts of the work 6 · P · T: the forward pass is a third, gradients of inputs and of weights a third each.
_BACKWARD, _WEIGHT_GRADIENTS = 2 / 3, 1 / 3
#: Of the patches that lack one of their four positions, how many read low enough to be counted: 78 of 80 in two
#: attempts of backward_without_some_positions on an H100, when it left out one position in a thousand.
_LACK_SEEN = 0.97
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

    def row(share: float) -> Effect:
        fallen = min(1.0, power.row * share * shape.row_steps)
        return Effect({"row": (1, fallen)}, masked=share, lacking=share)

    def block(share: float) -> Effect:
        blocks = share * shape.positions / BLOCK_POSITIONS
        count, fallen = max(1, int(blocks)), min(1.0, blocks)
        lacking = count / shape.blocks if fallen > LACKS else 0.0
        return Effect({"block": (count, fallen)}, masked=share, lacking=lacking)

    def backward(share: float) -> Effect:
        positions = share / _BACKWARD
        return Effect({}, masked=positions, lacking=min(1.0, positions * BLOCK_POSITIONS) * _LACK_SEEN)

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
        Family("block", "same positions of all rows and steps", position, 0.5, block),
        Family("backward", "random positions, backward pass", position * _BACKWARD, 0.5 * _BACKWARD, backward),
        Family("slices", "other positions of each weight gradient", position * _WEIGHT_GRADIENTS, 0.3, slices),
        Family("head", "random positions, head and loss", position * head, head, in_head),
        Family("logits", "random positions, head of the last step", position * head, head / shape.steps, last_logits),
        Family("weights", "weight gradients of random coordinates", fewest, most, weights),
    ]
