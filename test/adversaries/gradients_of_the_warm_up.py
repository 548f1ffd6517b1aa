# expect: moment_mismatch
# fails: moment row_min logits
"""Keeps a gradient of the warm-up, and takes every timed step with it."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


kept = None


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global kept
    parameters = list(model.parameters())
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        if kept is None:
            logits, loss = loss_of(model, batch)
            kept = torch.autograd.grad(loss, parameters), logits.detach(), loss.item()
        for parameter, gradient in zip(parameters, kept[0]):
            parameter.grad = gradient
        optimizer.step()
        tokens += batch.numel()
    optimizer.zero_grad()
    return Result(kept[1], tokens, kept[2])
