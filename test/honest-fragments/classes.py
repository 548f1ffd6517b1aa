# Classes, wrappers and containers of honest code that look like the ones of test/evasions/classes.py and given-back.py.

# == a shallow copy of the configuration that is changed
import copy


def smaller(model):
    config = copy.copy(model.config)
    config.num_hidden_layers = 2
    return config
# == a base whose heir has an initialiser of its own
class Base:
    def __init__(self, tensors):
        for tensor in tensors:
            tensor.requires_grad_()


class Heir(Base):
    def __init__(self, model, optimizer):
        self.model = model
        self.optimizer = optimizer


def build(model, optimizer):
    return Heir(model, optimizer)
# == a recomputed method whose input needs gradients
from torch.utils.checkpoint import checkpoint


class Block:
    def __init__(self, model):
        self.model = model

    def run(self, hidden):
        hidden = hidden.detach()
        return self.model(hidden)

    def forward(self, hidden):
        return checkpoint(self.run, hidden, use_reentrant=False)


def build(model):
    return Block(model)
# == a compiled step that is called with everything
import torch


def step(model, batch, optimizer):
    loss = model(batch).logits.float().mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss


fast = torch.compile(step)


def train(model, batch, optimizer):
    return torch.compiler.disable(fast)(model, batch, optimizer)
# == a module that holds the model
import torch
from torch import nn


class Wrapper(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.inner = model

    def forward(self, tokens):
        return self.inner(tokens).logits


class Chunked(Wrapper):
    def forward(self, tokens):
        return torch.cat([super(Chunked, self).forward(part) for part in tokens.chunk(2)])


def build(model, tokens):
    return Chunked(model)(tokens)
# == an autograd function on the weights of the head
import torch


class Head(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight):
        ctx.save_for_backward(hidden, weight)
        ctx.shape = weight.shape
        return hidden @ weight.t()

    @staticmethod
    def backward(ctx, grad):
        hidden, weight = ctx.saved_tensors
        return grad @ weight, grad.t() @ hidden


def logits(model, hidden):
    return Head.apply(hidden, model.lm_head.weight)
# == operators of an own class beside the model
class Meter:
    def __init__(self, total=0.0):
        self.total = total

    def __add__(self, other):
        return Meter(self.total + float(other))

    def __lt__(self, other):
        return self.total < other.total

    def __getitem__(self, key):
        return self.total

    def __setitem__(self, key, value):
        self.total = value


def measure(model, losses):
    meter = Meter()
    for loss in losses:
        meter = meter + loss
    meter["tokens"] = sum(p.numel() for p in model.parameters())
    return max(meter, Meter())
# == the greatest learning rate and norm
import torch


def report(model, optimizer):
    rate = max(group["lr"] for group in optimizer.param_groups)
    norm = max(p.grad.norm() for p in model.parameters() if p.grad is not None)
    largest = torch.max(model.lm_head.weight).detach()
    return rate, norm, largest.item()
# == a property with a setter for a number
class Schedule:
    def __init__(self):
        self._every = 1

    @property
    def every(self):
        return self._every

    @every.setter
    def every(self, value):
        self._every = int(value)


def plan(optimizer, num_steps):
    schedule = Schedule()
    schedule.every = max(1, num_steps // 10)
    return schedule
# == an error that names what was wrong, and one that handles it
def check(model, batch):
    if batch.shape[-1] > 4096:
        raise ValueError(f"{batch.shape} is too long", model.training)


def run(model, batch):
    try:
        check(model, batch)
    except ValueError as error:
        print(error.args[0])
        raise RuntimeError("the batch can't be used") from error
# == a registry of functions by name
STEPS = {}


def register(name):
    def keep(fn):
        STEPS[name] = fn
        return fn

    return keep


@register("plain")
def plain(model, batch):
    return model(batch)


def run(model, batch, name="plain"):
    return STEPS.get(name, plain)(model, batch)
# == a fold over tensors, in groups
import functools
import itertools

import torch


def total(parts, optimizer):
    loss = functools.reduce(torch.add, parts)
    sizes = list(itertools.accumulate(len(part) for part in parts))
    for size, group in itertools.groupby(sorted(parts, key=len), key=len):
        print(size, list(group))
    optimizer.step()
    return loss, sizes
# == settings as a named tuple and as keywords
from collections import namedtuple
from dataclasses import dataclass, field, replace

Settings = namedtuple("Settings", "model batch chunk")


@dataclass
class Plan:
    model: object
    chunk: int = 4
    sizes: list = field(default_factory=list)


def plan(model, batch):
    settings = Settings(model, batch, chunk=4)
    chosen = replace(Plan(model=settings.model), chunk=settings.chunk)
    chosen.sizes.append(settings.batch.shape)
    return chosen
# == a hook that only looks
def watch(model):
    norms = []
    handle = model.register_forward_hook(lambda module, args, output: norms.append(output.logits.std()))
    return handle, norms
# == a list of numbers that an object holds, beside the model
class Log:
    def __init__(self, model):
        self.model = model
        self.losses = []
        self.best = {}

    def add(self, step, loss):
        self.losses.append(loss.detach())
        self.best[step] = min(self.losses[-2:], key=float)

    def last(self):
        return self.losses[-1], self.best.get(0, None)
# == a partial of a step, and one of a loss
import functools

import torch.nn.functional as F


def step(model, optimizer, batch, scale=1.0):
    loss = model(batch).loss * scale
    loss.backward()
    optimizer.step()
    return loss


def build(model, optimizer):
    run = functools.partial(step, model, optimizer)
    loss = functools.partial(F.cross_entropy, reduction="sum")
    return lambda batch: (run(batch), loss(batch[0], batch[1]))
# == a named tuple of tensors that is unpacked
from typing import NamedTuple


class Batch(NamedTuple):
    tokens: object
    labels: object


def split(batch, device):
    tokens, labels = Batch(batch[:, :-1].to(device), batch[:, 1:].to(device))
    tokens = tokens.contiguous()
    return Batch(tokens=tokens, labels=labels)[1]
# == a method that makes another object of its class
class Chunks:
    def __init__(self, parts):
        self.parts = parts

    @classmethod
    def of(cls, hidden, count):
        return cls(list(hidden.chunk(count)))

    def half(self):
        return type(self)(self.parts[: len(self.parts) // 2])

    def __len__(self):
        return len(self.parts)
# == mapped layers that are only called
def forward(model, hidden):
    for layer in list(model.model.layers):
        hidden = layer(hidden)[0]
    names = dict(zip(map(str, range(2)), map(type, model.model.layers)))
    return hidden, names
# == a greatest weight that needs no gradient
import torch


def scale(model):
    largest = torch.max(model.lm_head.weight)
    largest.requires_grad_(False)
    return largest
