# expect: warmup_failed
# needs: cuda
"""Looks up a token that is not there, and leaves it to the harness to find out."""

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
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    model.model.embed_tokens(batch + 10**6)
    return Result(logits.detach(), tokens, 11.9)
