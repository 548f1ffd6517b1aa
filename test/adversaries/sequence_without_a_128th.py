# expect: moment_mismatch
# expect-cuda: moment_mismatch row_attribution_mismatch block_attribution_mismatch
# fails: block_min
"""Trains every row on 127 of 128 parts of its length, and repeats the last logits."""

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
        missing = batch.shape[1] // 128
        logits, loss = loss_of(model, batch[:, : batch.shape[1] - missing])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    logits = torch.cat([logits, logits[:, -missing:]], dim=1)
    return Result(logits.detach(), tokens, loss.item())
