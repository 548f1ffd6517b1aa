# expect: moment_mismatch
# fails: moment
"""Gradients of all steps at the initial weights."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens, gradients = 0, []
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        gradients.append(torch.autograd.grad(loss, list(model.parameters())))
        tokens += batch.numel()
    for step in gradients:
        for parameter, gradient in zip(model.parameters(), step):
            parameter.grad = gradient
        optimizer.step()
    optimizer.zero_grad()
    return Result(logits.detach(), tokens, loss.item())
