# expect: moment_mismatch
# fails: moment row_min update_min
"""Trains nothing, and writes noise of the right size into weights and moments."""

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
    with torch.no_grad():
        for _ in range(num_steps):
            batch = next(data_iterator)
            tokens += batch.numel()
        logits, loss = loss_of(model, batch)
        for parameter in model.parameters():
            state = optimizer.state[parameter]
            size = state["exp_avg_sq"].float().mean().sqrt()
            noise = torch.randn_like(parameter)
            state["exp_avg"].copy_(noise * size * 0.2)
            state["exp_avg_sq"].mul_(1 + 0.01 * torch.randn_like(parameter))
            parameter.sub_(noise.sign() * 2e-5)
    return Result(logits, tokens, loss.item())
