# expect: second_moment_mismatch
# fails: second_moment
"""Trains rightly, and hands over second moments as they were at the start."""

import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    start = [optimizer.state[parameter]["exp_avg_sq"].clone() for parameter in model.parameters()]
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    for parameter, second_moment in zip(model.parameters(), start):
        optimizer.state[parameter]["exp_avg_sq"].copy_(second_moment)
    return Result(logits.detach(), tokens, loss.item())
