# expect: moment_mismatch
# fails: row_min
"""Masks half of one row's loss in one step: 1.3 % of the tokens."""

import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    for step in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch[:, :-1]).logits
        target = batch[:, 1:].clone()
        if step == 2:
            target[1, target.shape[1] // 2 :] = -100
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
