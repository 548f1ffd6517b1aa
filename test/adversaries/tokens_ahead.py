# expect: moment_mismatch
# fails: moment row_min logits
"""Looks in the warm-up at what lies behind its batches, and trains on that later."""

import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


seen = None


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global seen
    tokens = 0
    for step in range(num_steps):
        batch = next(data_iterator)
        if seen is None:
            buffer = batch if batch._base is None else batch._base
            seen = buffer.flatten().clone().view(-1, *batch.shape)
        logits, loss = loss_of(model, seen[step % len(seen)])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
