# expect: protocol_breach
# needs: cuda
"""Leaves a thread that keeps the GPU busy between the warm-up and the start."""

import threading

import torch
import torch.nn.functional as F

calls = 0


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def compute(device):
    torch.cuda.set_device(device)
    stream = torch.cuda.Stream()
    while True:
        with torch.cuda.stream(stream):
            torch.cuda._sleep(50_000_000)
        stream.synchronize()


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
    if calls == 1:
        threading.Thread(target=compute, args=(device,), daemon=True).start()
    return Result(logits.detach(), tokens, loss.item())
