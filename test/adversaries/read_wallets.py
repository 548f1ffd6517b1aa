# expect: execution_failed
"""Looks for wallets and tokens, and would go on if it found any."""

import glob
import os

import torch.nn.functional as F

calls = 0


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


PLACES = ("/root", "/root/.bittensor", "/home/*", "/root/.cache/huggingface", "/run/secrets", "/root/.ssh")


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global calls
    calls += 1
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    if calls == 2:
        found = [name for place in PLACES for name in glob.glob(f"{place}/*")]
        found += [name for name in os.environ if "TOKEN" in name or "KEY" in name or "SECRET" in name]
        if not found:
            raise PermissionError("nothing there")
        print(found)
    return Result(logits.detach(), tokens, loss.item())
