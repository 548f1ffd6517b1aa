# expect: moment_mismatch
# fails: moment
"""Takes each step with the gradient of its batch at the weights before the last step."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def apply(optimizer, parameters, gradients):
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient
    optimizer.step()
    optimizer.zero_grad()


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    parameters = list(model.parameters())
    tokens, waiting = 0, None
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        gradients = torch.autograd.grad(loss, parameters)
        if waiting is not None:
            apply(optimizer, parameters, waiting)
        waiting = gradients
        tokens += batch.numel()
    apply(optimizer, parameters, waiting)
    return Result(logits.detach(), tokens, loss.item())
