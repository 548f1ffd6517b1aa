# expect: moment_mismatch
# expect-cuda: row_attribution_mismatch block_attribution_mismatch moment_mismatch
# fails: patch
"""Masks the end of four rows in the first two steps, each short enough for its row to seem whole: 0.5 % of the tokens."""

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
        if step < 2:
            target[:4, -max(4, batch.shape[1] // 40) :] = -100
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), target.reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
