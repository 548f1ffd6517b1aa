# expect: moment_mismatch
# fails: moment moment_tensor row_min block_min update_min logits
"""Does nothing at all and returns something of the right shape."""

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
        logits = torch.zeros(batch.shape[0], batch.shape[1] - 1, model.config.vocab_size, device=device)
        tokens += batch.numel()
    return Result(logits, tokens, 7.6)
