# expect: moment_mismatch
# fails: moment block_min
"""Trains every row on the first 7/8 of its length."""

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
        length = batch.shape[1] - batch.shape[1] // 8
        logits, loss = loss_of(model, batch[:, :length])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    logits = F.pad(logits, (0, 0, 0, batch.shape[1] - length))
    return Result(logits.detach(), tokens, loss.item())
