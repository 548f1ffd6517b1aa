# needs: cuda
"""The flash kernel's operator itself as attention."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from transformers import AttentionInterface


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def by_operator(module, query, key, value, attention_mask, scaling=None, dropout=0.0, **others):
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    mixed = torch.ops.aten._scaled_dot_product_flash_attention(query, key, value, is_causal=True, scale=scaling)[0]
    return mixed.transpose(1, 2), None


AttentionInterface.register("by_operator", by_operator)


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.set_attn_implementation("by_operator")
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits.detach(), total_tokens, loss.item())
