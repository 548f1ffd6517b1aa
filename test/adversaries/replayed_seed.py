# expect: moment_mismatch
# fails: moment row_min logits
"""Draws the tokens itself, from the seed that torch was started with, and trains on those."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


seed = torch.initial_seed()


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    torch.manual_seed(seed)
    for _ in range(num_steps):
        batch = next(data_iterator)
        foretold = torch.randint(model.config.vocab_size, batch.shape).to(device)
        logits, loss = loss_of(model, foretold)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
