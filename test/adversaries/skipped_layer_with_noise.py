# expect: moment_mismatch
# fails: moment_tensor
"""Goes around one layer, and writes into its state what could have come from training it."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


class Skipped(torch.nn.Module):
    """Stands where a layer was, and hands its input on."""

    def forward(self, hidden, *others, **more):
        return hidden


def loss_of(model, batch):
    logits = model(batch[:, :-1]).logits
    return logits, F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    tokens = 0
    layer = model.model.layers[2]
    model.model.layers[2] = Skipped()
    for _ in range(num_steps):
        batch = next(data_iterator)
        logits, loss = loss_of(model, batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    model.model.layers[2] = layer
    with torch.no_grad():
        for parameter in layer.parameters():
            state = optimizer.state[parameter]
            size = state["exp_avg_sq"].float().mean().sqrt()
            state["exp_avg"].copy_(torch.randn_like(parameter) * size * 0.2)
            state["exp_avg_sq"].mul_(1 + 0.01 * torch.randn_like(parameter))
            parameter.sub_(torch.randn_like(parameter).sign() * 1e-5)
    return Result(logits.detach(), tokens, loss.item())
