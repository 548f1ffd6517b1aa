# The loop around the model and the optimizer.

# == the plain loop
import torch.nn.functional as F


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return logits, loss
# == other names for everything
def inner_steps(net, batches, opt, steps, dev):
    step, zero = opt.step, opt.zero_grad
    for batch in batches:
        net(batch).loss.backward()
        step()
        zero()
# == an optimizer in a class
class Loop:
    def __init__(self, model, optimizer):
        self.model = model
        self.optimizer = optimizer

    def run(self, batch):
        self.model(batch).loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return self.optimizer.param_groups[0]["lr"]
# == an optimizer in a dataclass
from dataclasses import dataclass

import torch


@dataclass
class State:
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
# == an optimizer handed to a helper
def finish(opt):
    opt.step()
    opt.zero_grad(set_to_none=True)


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for batch in data_iterator:
        model(batch).loss.backward()
        finish(optimizer)
# == the type of the optimizer is asked for
import torch


def f(optimizer):
    if isinstance(optimizer, (torch.optim.AdamW, torch.optim.Adam)):
        return "adam"
    return type(optimizer).__name__
# == annotations with optimizers
from typing import Optional

import torch
from torch.optim import Optimizer


def f(optimizer: Optimizer, other: Optional[torch.optim.Optimizer] = None) -> "torch.optim.Optimizer":
    return optimizer
# == learning rates are read
def f(optimizer):
    rates = [group["lr"] for group in optimizer.param_groups]
    total = sum(len(group["params"]) for group in optimizer.param_groups)
    decay = optimizer.param_groups[0].get("weight_decay", 0.0)
    return rates, total, decay
# == the implementation of the step is chosen
def f(optimizer):
    for group in optimizer.param_groups:
        group["fused"] = True
        group["foreach"] = False
        group["capturable"] = True
# == the optimizer's parameters are collected
def f(optimizer):
    params = [p for group in optimizer.param_groups for p in group["params"]]
    grads = [p.grad for p in params if p.grad is not None]
    params.sort(key=lambda p: p.numel())
    return grads
# == copies of groups and parameters
def f(optimizer):
    params = list(optimizer.param_groups[0]["params"])
    params.reverse()
    params.pop()
    options = dict(optimizer.param_groups[0])
    options["lr"] = 2.0
    names = sorted(optimizer.param_groups[0])
    names.remove("params")
    return params, options
# == buckets by size
from collections import defaultdict


def f(model):
    buckets = defaultdict(list)
    for p in model.parameters():
        buckets[p.shape].append(p)
    for shape, members in buckets.items():
        members.reverse()
    return buckets
# == gradients are set to nothing
def f(model):
    for p in model.parameters():
        p.grad = None
        if p.requires_grad:
            p.register_post_accumulate_grad_hook(lambda q: None)
# == gradient buffers that are written
def f(model, flat):
    offset = 0
    for p in model.parameters():
        p.grad = flat[offset : offset + p.numel()].view_as(p)
        p.grad.data = p.grad.data
        offset += p.numel()
# == gradient buffers under names of their own
def f(model, flat):
    for p in model.parameters():
        found = p.grad
        grad = found
        grad.data = flat[: grad.numel()].view_as(grad)
# == a function with an attribute, a method through its class, a context of its own
def step(x):
    step.calls += 1
    return x
step.calls = 0
class Timer:
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return None
    def named(self, name):
        type(self).last = name
with Timer() as timer:
    Timer.named(timer, "forward")
    type(timer).last = step(None)
# == use_cache
def f(model):
    model.config.use_cache = False
    return model.config.vocab_size, model.config.num_hidden_layers
# == configurations of one's own
class Config:
    layers = 4


config = Config()
config.layers = 5


def f(config):
    config.hidden_size = 3
    return config
# == a dictionary named config
config = {"layers": [1, 2, 3]}
config["layers"][1:] = []
config.update(size=1)
# == activations with gradients of their own
def f(model, batch):
    hidden = model.model(batch).last_hidden_state
    hidden = hidden.detach()
    hidden.requires_grad = True
    part = hidden[:, :1].requires_grad_()
    return part, model.lm_head.weight.requires_grad
# == recomputation in a helper
def again(h):
    h = h.detach().requires_grad_()
    return h


def f(model, batch):
    return again(model.model(batch).last_hidden_state), again(model.lm_head.weight)
# == parameters of one's own
import torch


def f(hidden):
    scale = torch.nn.Parameter(torch.ones(1))
    scale.requires_grad = False
    scale.data = torch.zeros(1)
    return hidden * scale
# == training and evaluation mode
def f(model):
    model.train()
    for module in model.modules():
        if hasattr(module, "p"):
            module.p = 0.0
# == names of parameters
def f(model):
    names = {name for name, p in model.named_parameters()}
    sizes = {name: p.numel() for name, p in model.named_parameters()}
    sizes["total"] = sum(sizes.values())
    return names, sizes
# == weights in another layout
def f(model):
    weight = model.lm_head.weight
    transposed = weight.t().contiguous()
    return transposed, weight.data.shape, weight.detach().clone()
# == a class with a field named state
class Meter:
    def __init__(self):
        self.state = {}
        self.defaults = {}

    def update(self, **values):
        self.state.update(values)
        self.state["n"] = 1
        self.state.clear()
# == a list named layers of one's own
layers = [1, 2, 3]
layers[1:] = []
layers.pop()


def f(h):
    return h[:2], h.pop()
# == results as dataclasses
from dataclasses import dataclass

import torch


@dataclass
class InnerStepsResult:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float
    final_state: dict | None = None
# == loss on several slices
import torch
import torch.nn.functional as F


def loss(hidden, weight, labels, size=1024):
    total = hidden.new_zeros(())
    for start in range(0, hidden.shape[0], size):
        part = slice(start, start + size)
        logits = F.linear(hidden[part], weight).float()
        total = total + F.cross_entropy(logits, labels[part], reduction="sum", ignore_index=-100)
    return total / labels.numel()
# == loss with a compiled helper and checkpointing
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


@torch.compile
def token_loss(hidden, weight, labels):
    return F.cross_entropy(F.linear(hidden, weight).float(), labels)


def loss(model, batch):
    hidden = model.model(batch[:, :-1])[0]
    return checkpoint(token_loss, hidden.flatten(0, 1), model.lm_head.weight, batch[:, 1:].flatten(), use_reentrant=False)
# == the model's parts by name
def f(model):
    backbone, head = model.model, model.lm_head
    embed, blocks, norm = backbone.embed_tokens, backbone.layers, backbone.norm

    def forward(ids):
        x = embed(ids)
        for block in blocks:
            x = block(x)[0]
        return head(norm(x))

    return forward
# == model.forward compiled in place
import torch


def f(model):
    model.forward = torch.compile(model.forward, mode="max-autotune-no-cudagraphs")
# == a model without its wrapper
def f(model):
    inner = model.module if hasattr(model, "module") else model
    while hasattr(inner, "_orig_mod"):
        inner = inner._orig_mod
    return inner
# == buffers that are prepared in the warm-up
BUFFERS = {}


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for batch in data_iterator:
        held = BUFFERS.setdefault(tuple(batch.shape), batch.clone())
        held.copy_(batch)
        model(held).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
# == scaling of the loss
import torch


def f(model, batch, optimizer):
    scaler = torch.amp.GradScaler("cuda", enabled=False)
    scaler.scale(model(batch).loss).backward()
    optimizer.step()
# == no gradients outside the path that trains
import torch


@torch.no_grad()
def accuracy(logits, labels):
    return (logits.argmax(-1) == labels).float().mean()
# == a running mean of the loss
import torch


class Mean:
    total: torch.Tensor | None = None

    def add(self, loss):
        self.total = loss.detach() if self.total is None else self.total + loss.detach()

    def __float__(self):
        return float(self.total)
# == the implementation of the step, by names in a loop
def f(optimizer):
    fused = getattr(optimizer, "fused", None)
    for group in getattr(optimizer, "param_groups"):
        for name in ("fused", "foreach"):
            group[name] = fused
# == parameters sorted by size
def f(model):
    params = sorted(model.parameters(), key=lambda p: p.numel())
    names = sorted(model.named_parameters(), key=lambda pair: pair[0])
    return params, max(params, key=lambda p: p.dim()), names
# == parts of the model by getattr
def f(model):
    layers = getattr(getattr(model, "model"), "layers")
    return [getattr(layer, "mlp") for layer in layers], getattr(model, "config").vocab_size
