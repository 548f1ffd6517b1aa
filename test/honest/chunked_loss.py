"""The loss in pieces of the sequence, to save memory."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    total_tokens = 0
    for batch in data_iterator:
        inputs, targets = batch[:, :-1], batch[:, 1:]
        length = -(-inputs.shape[1] // 4)
        logits = model(inputs).logits
        pieces = zip(logits.split(length, dim=1), targets.split(length, dim=1))
        summed = sum(
            F.cross_entropy(piece.flatten(0, 1), target.flatten(), reduction="sum") for piece, target in pieces
        )
        loss = summed / targets.numel()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
