"""Head and loss as one function of its own, in pieces; its gradients are made on the way forward."""

from dataclasses import dataclass

import torch


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


class LinearCrossEntropy(torch.autograd.Function):
    """Mean cross entropy of hidden @ weight.T; writes the logits into `out`."""

    PIECES = 8

    @staticmethod
    def forward(ctx, hidden, weight, targets, out):
        count = targets.numel()
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        pieces = (tensor.chunk(LinearCrossEntropy.PIECES) for tensor in (hidden, targets, out, grad_hidden))
        for piece, target, logits, gradient in zip(*pieces):
            torch.mm(piece, weight.T, out=logits)
            log_probabilities = logits.float().log_softmax(-1)
            picked = target.unsqueeze(1)
            total -= log_probabilities.gather(1, picked).sum()
            error = log_probabilities.exp_()
            error.scatter_add_(1, picked, torch.full_like(picked, -1.0, dtype=error.dtype))
            error = (error / count).to(weight.dtype)
            torch.mm(error, weight, out=gradient)
            grad_weight += error.T @ piece
        ctx.save_for_backward(grad_hidden, grad_weight.to(weight.dtype))
        return total / count

    @staticmethod
    def backward(ctx, grad_output):
        grad_hidden, grad_weight = ctx.saved_tensors
        factor = grad_output.to(grad_hidden.dtype)
        return grad_hidden * factor, grad_weight * factor, None, None


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    weight = model.lm_head.weight
    total_tokens, logits = 0, None
    for _ in range(num_steps):
        batch = next(data_iterator)
        inputs, targets = batch[:, :-1], batch[:, 1:]
        if logits is None:
            logits = torch.empty(*inputs.shape, len(weight), dtype=weight.dtype, device=device)
        hidden = model.model(inputs).last_hidden_state
        loss = LinearCrossEntropy.apply(hidden.flatten(0, 1), weight, targets.flatten(), logits.flatten(0, 1))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        total_tokens += batch.numel()
    return InnerStepsResult(logits, total_tokens, loss.item())
