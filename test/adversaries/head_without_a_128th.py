# expect: moment_mismatch
# expect-cuda: moment_mismatch row_attribution_mismatch block_attribution_mismatch
# fails: block_min
"""Computes the loss on 127 of 128 parts of the positions."""

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
        kept = logits.shape[1] - batch.shape[1] // 128
        loss = F.cross_entropy(logits[:, :kept].reshape(-1, logits.shape[-1]), batch[:, 1 : kept + 1].reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
