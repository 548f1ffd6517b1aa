# expect: late_write
# expect-cpu: late_write moment_mismatch
# Where the thread gets no processor for the time of two readings, what it wrote before is seen.
"""Leaves a thread that writes into the optimizer state after DONE."""

import threading

import torch.nn.functional as F

calls = 0
at_work = threading.Event()


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def scribble(optimizer):
    moments = [state["exp_avg"] for state in optimizer.state.values()]
    while True:
        for moment in moments:
            moment.add_(1.0)
        at_work.set()


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
        threading.Thread(target=scribble, args=(optimizer,), daemon=True).start()
        at_work.wait(timeout=10)
    return Result(logits.detach(), tokens, loss.item())
