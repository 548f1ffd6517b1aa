"""The same optimizer step, over all tensors at once; whole rows through the model."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for group in optimizer.param_groups:
        group["fused"], group["foreach"] = False, True
        group["capturable"] = device.type == "cuda"  # else each step count is fetched from the GPU
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch).logits[:, :-1]
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
