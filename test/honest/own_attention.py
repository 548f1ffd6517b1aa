# slow: cuda
"""Attention written out instead of the fused kernel, and a loss in double precision: other orders of sums."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.set_attn_implementation("eager")
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch[:, :-1]).logits
        rows = zip(logits.flatten(0, 1).chunk(8), batch[:, 1:].flatten().chunk(8))
        loss = sum(F.nll_loss(part.double().log_softmax(-1), target, reduction="sum") for part, target in rows)
        loss = loss / batch[:, 1:].numel()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
