# expect: moment_mismatch
# fails: moment row_min update_min
# needs: cuda
"""Turns waiting for the GPU into a no-op, and comes back before the last update."""

import torch
import torch.nn.functional as F

calls = 0


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def nothing(*others, **more):
    return None


for owner in (torch.cuda, torch.cuda.Stream, torch.cuda.Event):
    owner.synchronize = nothing
torch._C._cuda_synchronize = nothing


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global calls
    calls += 1
    tokens = 0
    for step in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        loss.backward()
        if calls == 2 and step == num_steps - 1:
            claim = loss.item()
            torch.cuda._sleep(4_000_000_000)  # two seconds
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, claim if calls == 2 else loss.item())
