# expect: logits_mismatch
# fails: logits loss
"""Trains, then says DONE itself with a loss that is no number."""

import contextlib
import os
import socket
import struct
import time

import torch
import torch.nn.functional as F

calls = 0


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def channel():
    """The harness's socket: the connected one among the open descriptors. A driver's own only listen."""
    for number in range(3, 1024):
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(number))
            found.getpeername()
            return found
    raise RuntimeError("no socket found")


def message(kind, tokens, loss):
    return struct.pack("<8sHHIqd2048s", b"CRUSADE1", kind, 0, 0, tokens, loss, b"")


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
        if device.type == "cuda":
            torch.cuda.synchronize()
        channel().sendall(message(3, tokens, float("nan")))
        time.sleep(60)
    return Result(logits.detach(), tokens, loss.item())
