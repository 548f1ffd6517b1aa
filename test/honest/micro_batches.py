"""Two micro-batches a step, their gradients added."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device, num_gpus=1):
    assert num_gpus == 1
    model.gradient_checkpointing_disable()
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        kept, total = [], 0.0
        for part in batch.chunk(2):
            logits = model(part[:, :-1]).logits
            loss = F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()) * len(part) / len(batch)
            loss.backward()
            kept.append(logits.detach())
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(torch.cat(kept), total_tokens, total)
