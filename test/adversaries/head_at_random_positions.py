# expect: moment_mismatch
# fails: moment
"""Computes the loss on 15 of 16 positions, drawn anew in every step."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch[:, :-1]).logits
        kept = torch.rand(batch[:, 1:].shape, device=device) < 15 / 16
        loss = F.cross_entropy(logits[kept], batch[:, 1:][kept])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
