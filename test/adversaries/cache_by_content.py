# expect: execution_failed
"""Looks the timed batches up in what it computed in the warm-up."""

import torch.nn.functional as F

calls = 0


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


results = {}


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global calls
    calls += 1
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        content = batch.cpu().numpy().tobytes()
        if calls == 2:
            logits, loss = results[content]
        else:
            logits, loss = loss_of(model, batch)
            loss.backward()
            results[content] = logits.detach(), loss.detach()
            optimizer.step()
            optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
