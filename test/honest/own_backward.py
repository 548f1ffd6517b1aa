"""An activation with a backward pass of its own: silu is computed again instead of kept."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


class Silu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return F.silu(x)

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        wide = x.float()
        gate = wide.sigmoid()
        return (gradient.float() * gate * (1 + wide * (1 - gate))).to(x.dtype)


class RecomputedSilu(torch.nn.Module):
    def forward(self, x):
        return Silu.apply(x)


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for layer in model.model.layers:
        layer.mlp.act_fn = RecomputedSilu()
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
