"""Ways to leave work out, and what each does to the statistics by first principles. Pure."""

from __future__ import annotations

from crusades_evaluator.power import BLOCK_POSITIONS, Effect, Family, Power

#: Parts of the work 6 · P · T: the forward pass is a third, gradients of inputs and of weights a third each.
_BACKWARD, _WEIGHT_GRADIENTS = 2 / 3, 1 / 3
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
        return Effect({"row": (1, min(1.0, power.row * share * shape.row_steps))}, masked=share)

    def block(share: float) -> Effect:
        blocks = share * shape.positions / BLOCK_POSITIONS
        return Effect({"block": (max(1, int(blocks)), min(1.0, blocks))}, masked=share)

    def backward(share: float) -> Effect:
        return Effect({}, masked=share / _BACKWARD)

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
        Family("head", "random positions, head and loss", position * head, head, in_head),
        Family("logits", "random positions, head of the last step", position * head, head / shape.steps, last_logits),
        Family("weights", "weight gradients of random coordinates", fewest, most, weights),
    ]
