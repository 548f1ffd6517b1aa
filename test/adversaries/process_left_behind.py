# expect: late_write
# needs: cpu
# A forked process can't use CUDA.
"""Leaves a daemon in a session of its own that writes into the weights."""

import os
import time

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
    if calls == 2 and os.fork() == 0:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        while True:
            for parameter in model.parameters():
                parameter.data.mul_(1.0001)
                time.sleep(0.001)  # who sleeps is woken soon, on a busy machine, too
    time.sleep(0.3)  # until it is at work
    return Result(logits.detach(), tokens, loss.item())
