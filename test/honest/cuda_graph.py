# needs: cuda
"""A whole step, forward, backward and optimizer, captured once as a CUDA graph and replayed."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


class Step:
    """One training step on a batch of its own, in two micro-batches so that the graph's memory stays small."""

    def __init__(self, model, optimizer, batch):
        self.model, self.optimizer = model, optimizer
        self.batch = batch.clone()
        self.graph = None
        self.logits = self.loss = None

    def run(self, batch):
        """The first time as it is, on a side stream as capturing wants it; then captured; from then on replayed."""
        self.batch.copy_(batch)
        if self.logits is None:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                self.work()
            torch.cuda.current_stream().wait_stream(side)
            return
        if self.graph is None:
            self.logits = self.loss = None
            self.optimizer.zero_grad(set_to_none=True)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.work()
        self.graph.replay()

    def work(self):
        kept, losses = [], []
        for part in self.batch.chunk(2):
            # the mask is given as none: looking for packed sequences would wait for the GPU
            logits = self.model(part[:, :-1], attention_mask={"full_attention": None}).logits
            loss = F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()) / 2
            loss.backward()
            kept.append(logits.detach())
            losses.append(loss.detach())
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.logits, self.loss = torch.cat(kept), torch.stack(losses).sum()


step = None


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global step
    total_tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        if step is None:
            model.gradient_checkpointing_disable()
            for group in optimizer.param_groups:
                group["capturable"] = True
            step = Step(model, optimizer, batch)
        step.run(batch)
        total_tokens += batch.numel()
    return InnerStepsResult(step.logits, total_tokens, step.loss.item())
