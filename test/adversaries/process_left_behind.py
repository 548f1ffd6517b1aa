# expect: late_write
# expect-cpu: late_write update_mismatch
# needs: cpu
# A forked process can't use CUDA. Where the daemon gets no processor for the time of two readings, what it wrote before
# is seen.
"""Leaves a daemon in a session of its own that writes into the weights."""

import os
import select
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


def leave_daemon(model):
    """Gives the end of a pipe on which the daemon says that it has written."""
    heard, said = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        while True:
            for parameter in model.parameters():
                parameter.data.mul_(1.001)
            os.write(said, b".")
            time.sleep(0.001)  # who sleeps is woken soon, on a busy machine, too
    return heard


def wait_for_the_first_write(heard):
    if not select.select([heard], [], [], 10)[0]:
        raise RuntimeError("no daemon")


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
        wait_for_the_first_write(leave_daemon(model))
    return Result(logits.detach(), tokens, loss.item())
