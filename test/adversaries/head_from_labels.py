# expect: moment_mismatch
# fails: moment moment_tensor
# fails-cpu: row_min row_max
# In bfloat16 it lies below the noise, unless model.logit_spread is set: docs/confidence.md.
"""Leaves the output head's matrix products out of all steps but the last: at random weights they are nearly known."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    weight = model.lm_head.weight
    for step in range(num_steps):
        batch = next(data_iterator)
        target = batch[:, 1:].reshape(-1)
        if step < num_steps - 1:
            hidden = model.model(batch[:, :-1]).last_hidden_state
            flat = hidden.detach().reshape(-1, hidden.shape[-1])
            n = len(flat)
            with torch.no_grad():
                if step == 0:  # moves by a thousandth later: once is enough
                    mean, second = weight.mean(0), weight.T @ weight / weight.shape[0]
                d_hidden = (mean + flat @ second - weight[target]) / n
                own = torch.zeros_like(weight).index_add_(0, target, flat / -n)
                own += flat.mean(0) / weight.shape[0]
            hidden.backward(d_hidden.view_as(hidden))
            weight.grad += own
        else:
            logits = model(batch[:, :-1]).logits
            loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), target)
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
