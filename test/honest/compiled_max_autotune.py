# needs: cuda
"""Model and loss compiled with kernels that are tried out in the warm-up."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())


compiled = torch.compile(loss_of, mode="max-autotune-no-cudagraphs", dynamic=False)


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = compiled(model, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
