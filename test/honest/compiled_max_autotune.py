# needs: cuda
"""Each layer compiled with kernels that are tried out in the warm-up."""

from dataclasses import dataclass

import torch
import torch._dynamo
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


torch._dynamo.config.recompile_limit = 64
prepared = False


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global prepared
    if not prepared:
        model.gradient_checkpointing_disable()
        for layer in model.model.layers:
            layer.compile(mode="max-autotune-no-cudagraphs", dynamic=False)
        prepared = True
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
