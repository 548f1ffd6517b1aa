# expect: moment_mismatch
# fails: moment_tensor
"""Goes around one layer, forward and backward."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


class Skipped(torch.nn.Module):
    """Stands where a layer was, and hands its input on."""

    def forward(self, hidden, *others, **more):
        return hidden


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    layer = model.model.layers[2]
    model.model.layers[2] = Skipped()
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    model.model.layers[2] = layer
    return Result(logits.detach(), tokens, loss.item())
