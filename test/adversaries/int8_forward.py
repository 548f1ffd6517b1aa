# expect: moment_mismatch
# fails: moment moment_tensor logits
"""Forward products in int8, one scale a row (emulated)."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def rounded(tensor):
    scale = tensor.detach().abs().amax(-1, keepdim=True).float().clamp_min(1e-12) / 127
    return ((tensor / scale).round() * scale).to(tensor.dtype)


class Lower(torch.autograd.Function):
    """A linear layer whose product is computed on rounded operands; the backward pass is exact."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        ctx.has_bias = bias is not None
        return F.linear(rounded(x), rounded(weight), bias)

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        rows = gradient.flatten(0, -2)
        bias = rows.sum(0) if ctx.has_bias else None
        return gradient @ weight, rows.T @ x.flatten(0, -2), bias


class LowerLinear(torch.nn.Linear):
    def forward(self, x):
        return Lower.apply(x, self.weight, self.bias)


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for layer in model.model.layers:
        for module in layer.modules():
            if isinstance(module, torch.nn.Linear):
                module.__class__ = LowerLinear
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
