# expect: moment_mismatch
# expect-cuda: row_attribution_mismatch block_attribution_mismatch moment_mismatch
# fails-cpu: moment
# fails-cuda: moment_tensor patch
"""Leaves one position in a hundred out of the backward pass of every layer, other ones in each step."""

import torch
import torch.nn.functional as F


class Result:
    def __init__(self, logits, tokens, loss):
        self.final_logits = logits
        self.total_tokens = tokens
        self.final_loss = loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    kept = None

    def mute(_module, _inputs, output):
        output.register_hook(lambda gradient: gradient * kept)

    layers = [module for module in model.modules() if list(module.parameters(recurse=False))]
    hooks = [layer.register_forward_hook(mute) for layer in layers]
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        rows, positions = batch[:, 1:].shape
        kept = torch.ones(rows, positions, 1, dtype=next(model.parameters()).dtype, device=device)
        kept.view(-1)[torch.randperm(rows * positions, device=device)[: max(1, rows * positions // 100)]] = 0
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens += batch.numel()
    for hook in hooks:
        hook.remove()
    return Result(logits.detach(), tokens, loss.item())
