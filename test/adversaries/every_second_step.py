# expect: moment_mismatch
# fails: moment row_min row_max
"""Computes every second gradient, and takes two steps with each."""

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
    for step in range(num_steps):
        batch = next(data_iterator)
        if step % 2 == 0:
            optimizer.zero_grad()
            logits, loss = loss_of(model, batch)
            loss.backward()
        optimizer.step()
        tokens += batch.numel()
    optimizer.zero_grad()
    return Result(logits.detach(), tokens, loss.item())
