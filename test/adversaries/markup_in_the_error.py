# expect: execution_failed
"""Puts markup for terminals and browsers into its error, and bytes that are no UTF-8 into its output."""

import os

import torch.nn.functional as F

calls = 0


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


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
        os.write(2, b"\xff\xfe\xc3\x28\x1b]0;title\x07\x1b[2J")
        raise RuntimeError("\x1b[2J\x9b31m<script>alert(1)</script>[red]{0}%s\ud800\u202e\x00")
    return Result(logits.detach(), tokens, loss.item())
