# needs: cuda
"""cuDNN's kernel for attention, chosen by context."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    total_tokens = 0
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
        for _ in range(num_steps):
            batch = next(data_iterator)
            logits = model(batch[:, :-1]).logits
            loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
