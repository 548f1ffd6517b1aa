# expect: moment_mismatch
# fails: moment_tensor
"""Attends to the last quarter of the sequence only."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens, mask = 0, None
    for _ in range(num_steps):
        batch = next(data_iterator)
        inputs = batch[:, :-1]
        if mask is None:
            place = torch.arange(inputs.shape[1], device=device)
            distance = place[:, None] - place[None, :]
            mask = ((distance >= 0) & (distance < inputs.shape[1] // 4))[None, None]
        logits = model(inputs, attention_mask=mask).logits
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
