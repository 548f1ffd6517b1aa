"""Head and loss in pieces that are computed again in the backward pass: no logits are kept."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def summed_loss(head, hidden, target):
    return F.cross_entropy(head(hidden).flatten(0, 1).float(), target.flatten(), reduction="sum")


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        targets = batch[:, 1:]
        hidden = model.model(batch[:, :-1]).last_hidden_state
        summed = sum(
            checkpoint(summed_loss, model.lm_head, piece, target, use_reentrant=False)
            for piece, target in zip(hidden.split(128, dim=1), targets.split(128, dim=1))
        )
        loss = summed / targets.numel()
        with torch.no_grad():
            logits = model.lm_head(hidden)  # before the step changes the head
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits, total_tokens, loss.item())
