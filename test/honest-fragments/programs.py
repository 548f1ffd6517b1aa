# == a decorator that times everything, arguments of all kinds
import functools
import time
from collections import defaultdict
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

SPANS = defaultdict(list)


def timed(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        t0 = time.perf_counter()
        out = fn(*args, **kwargs)
        SPANS[fn.__name__].append(time.perf_counter() - t0)
        return out

    return inner


@dataclass
class Settings:
    chunks: int = 1
    compile: bool = True
    layers_per_block: int = 4
    notes: list = field(default_factory=list)


@dataclass
class Result:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


@timed
def tune(settings, device):
    """Chooses the number of chunks by the card's memory."""
    if torch.device(device).type == "cuda":
        total = torch.cuda.get_device_properties(device).total_memory
        settings.chunks = 1 if total > 100 << 30 else 4
    else:
        settings.chunks = 2
    settings.notes.append(f"{settings.chunks} chunks")
    return settings


@timed
def prepare(model, settings):
    model.gradient_checkpointing_disable()
    if settings.compile and not getattr(model, "mine_prepared", False):
        for layer in model.model.layers:
            layer.forward = torch.compile(layer.forward)
        model.mine_prepared = True
    return model


@timed
def forward(model, ids):
    return model.model(input_ids=ids, use_cache=False).last_hidden_state


@timed
def head_loss(model, hidden, labels, settings):
    parts = []
    losses = []
    for h, y in zip(hidden.chunk(settings.chunks, dim=1), labels.chunk(settings.chunks, dim=1)):
        logits = model.lm_head(h)
        losses.append(F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum"))
        parts.append(logits.detach())
    return torch.stack(losses).sum() / labels.numel(), parts


@timed
def backward(loss):
    loss.backward()


@timed
def update(optimizer):
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


@timed
def report(result):
    for name, spans in SPANS.items():
        print(f"{name:>10} {1e3 * sum(spans) / len(spans):8.2f} ms x {len(spans)}")
    return result


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    settings = tune(Settings(), device)
    model = prepare(model, settings)
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        hidden = forward(model, batch[:, :-1])
        loss, parts = head_loss(model, hidden, batch[:, 1:], settings)
        backward(loss)
        update(optimizer)
        tokens += batch.numel()
    return report(Result(torch.cat(parts, dim=1), tokens, loss.item()))
# == a handle around the optimizer
import torch
import torch.nn as nn
import torch.nn.functional as F


class OptimizerHandle:
    """step() and zero_grad() like the wrapped one. Nothing of the wrapped optimizer is changed but `capturable`."""

    def __init__(self, inner, use_graph: bool):
        self.inner = inner
        self.use_graph = use_graph
        self.graph = None
        self.calls = 0
        for group in inner.param_groups:
            group["capturable"] = use_graph

    def capture(self):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.inner.step()
        self.graph = graph

    def step(self):
        self.calls += 1
        if self.graph is not None:
            self.graph.replay()
        else:
            self.inner.step()

    def zero_grad(self, set_to_none=True):
        self.inner.zero_grad(set_to_none=set_to_none)

    @property
    def ready(self):
        return self.use_graph and self.graph is None and self.calls >= 2


class Trainer:
    def __init__(self, model, optimizer, device):
        self.model = model
        self.optimizer = optimizer
        self.device = device
        self.tokens = 0

    def train_step(self, batch):
        logits = self.model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        if self.optimizer.ready:
            self.optimizer.capture()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=not self.optimizer.use_graph)
        self.tokens += batch.numel()
        return logits.detach(), loss.detach()


class Result:
    def __init__(self, final_logits, total_tokens, final_loss):
        self.final_logits = final_logits
        self.total_tokens = total_tokens
        self.final_loss = final_loss


_handle: OptimizerHandle | None = None


def inner_steps(model: nn.Module, data_iterator, optimizer, num_steps, device):
    global _handle
    if _handle is None:
        model.gradient_checkpointing_disable()
        _handle = OptimizerHandle(optimizer, torch.cuda.is_available())
    trainer = Trainer(model, _handle, device)
    for _ in range(num_steps):
        logits, loss = trainer.train_step(next(data_iterator).to(device))
    print("steps so far:", _handle.calls)
    return Result(logits, trainer.tokens, loss.item())
# == a configuration with a section for the optimizer
import copy
from dataclasses import dataclass, field, replace
from typing import Optional

import torch
import torch.nn.functional as F


@dataclass
class OptimizerSection:
    fused: bool = True
    capturable: bool = False
    set_to_none: bool = True
    log_lr: bool = False


@dataclass
class ModelSection:
    checkpointing: bool = False
    compile: Optional[str] = "default"
    dynamic: bool = False
    config: dict = field(default_factory=dict)


@dataclass
class DataSection:
    pin: bool = True
    depth: int = 2


@dataclass
class Config:
    optimizer: OptimizerSection = field(default_factory=OptimizerSection)
    model: ModelSection = field(default_factory=ModelSection)
    data: DataSection = field(default_factory=DataSection)
    name: str = "base"


def h200(cfg: Config) -> Config:
    cfg.model.checkpointing = False
    cfg.model.compile = "max-autotune-no-cudagraphs"
    cfg.optimizer.fused = True
    cfg.optimizer.capturable = False
    cfg.name = "h200"
    return cfg


def cpu(cfg: Config) -> Config:
    cfg.model.compile = None
    cfg.optimizer.fused = False
    cfg.data.pin = False
    cfg.data = replace(cfg.data, depth=1)
    cfg.name = "cpu"
    return cfg


PRESETS = {"cuda": h200, "cpu": cpu}


@dataclass
class Result:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    kind = torch.device(device).type
    cfg = PRESETS[kind](copy.deepcopy(Config()))
    if not cfg.model.checkpointing:
        model.gradient_checkpointing_disable()
    for group in optimizer.param_groups:
        group["fused"] = cfg.optimizer.fused
        if cfg.optimizer.capturable:
            group["capturable"] = True
    if cfg.model.compile:
        for layer in model.model.layers:
            if not getattr(layer, "compiled_by_me", False):
                layer.forward = torch.compile(layer.forward, mode=cfg.model.compile, dynamic=cfg.model.dynamic)
                layer.compiled_by_me = True
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator)
        if cfg.data.pin and not batch.is_cuda:
            batch = batch.pin_memory()
        batch = batch.to(device, non_blocking=cfg.data.pin)
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=cfg.optimizer.set_to_none)
        tokens += batch.numel()
    return Result(logits.detach(), tokens, loss.item())
# == graphs by shape, kept in order of use
from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from typing import Callable, Hashable, Iterator

import torch
import torch.nn.functional as F


class LRU(OrderedDict):
    def __init__(self, size: int = 4) -> None:
        super().__init__()
        self.size = size

    def get_or(self, key: Hashable, make: Callable):
        if key in self:
            self.move_to_end(key)
            return self[key]
        value = make()
        self[key] = value
        while len(self) > self.size:
            _, old = self.popitem(last=False)
            old.close()
        return value


class Arena:
    def __init__(self) -> None:
        self.slots: dict[str, torch.Tensor] = {}

    def __setitem__(self, name: str, value: torch.Tensor) -> None:
        slot = self.slots.get(name)
        if slot is None or slot.shape != value.shape:
            self.slots[name] = value.clone()
        else:
            slot.copy_(value, non_blocking=True)

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.slots[name]

    def __delitem__(self, name: str) -> None:
        del self.slots[name]

    def __len__(self) -> int:
        return len(self.slots)


@contextmanager
def side_stream() -> Iterator[torch.cuda.Stream]:
    s = torch.cuda.Stream()
    s.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(s):
        yield s
    torch.cuda.current_stream().wait_stream(s)


class Graph:
    pool = None

    def __init__(self, body: Callable[[], None], warmups: int) -> None:
        with side_stream():
            for _ in range(warmups):
                body()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, pool=type(self).pool):
            body()
        if type(self).pool is None:
            type(self).pool = self.graph.pool()

    def __call__(self) -> None:
        self.graph.replay()

    def close(self) -> None:
        self.graph.reset()


class Eager:
    def __init__(self, body):
        self.body = body

    def __call__(self):
        self.body()

    def close(self):
        pass


class Outcome:
    final_logits: torch.Tensor
    total_tokens: int = 0
    final_loss: float = 0.0


GRAPHS = LRU()
ARENA = Arena()


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    out = Outcome()

    def forward_backward():
        batch = ARENA["batch"]
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        ARENA["logits"] = logits.detach()
        ARENA["loss"] = loss.detach()

    def build():
        return Eager(forward_backward)

    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        ARENA["batch"] = batch
        run = GRAPHS.get_or((id(model), batch.shape, batch.dtype), build)
        optimizer.zero_grad(set_to_none=False)
        run()
        optimizer.step()
        out.total_tokens += batch.numel()
    out.final_logits = ARENA["logits"]
    out.final_loss = ARENA["loss"].item()
    return out
# == the phases of a run as states
from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import ClassVar, Optional, Type

import torch
import torch.nn.functional as F


@dataclass
class Machine:
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    source: object
    device: object
    budget: int
    tokens: int = 0
    logits: Optional[torch.Tensor] = None
    loss: Optional[torch.Tensor] = None
    state: Optional["State"] = None
    trail: list[str] = field(default_factory=list)

    def run(self) -> "Machine":
        self.state = Start()
        while not isinstance(self.state, Done):
            self.trail.append(type(self.state).__name__)
            self.state = self.state.enter(self)
        return self


class State:
    known: ClassVar[dict[str, Type["State"]]] = {}

    def enter(self, m: Machine) -> State:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Start(State):
    def enter(self, m):
        m.model.gradient_checkpointing_disable()
        return Fetch()


class Fetch(State):
    def enter(self, m):
        if m.budget == 0:
            return Done()
        m.budget -= 1
        return Forward(next(m.source).to(m.device, non_blocking=True))


@dataclass
class Forward(State):
    batch: torch.Tensor

    def enter(self, m):
        logits = m.model(self.batch[:, :-1]).logits
        m.loss = F.cross_entropy(logits.flatten(0, 1), self.batch[:, 1:].flatten())
        m.logits = logits.detach()
        m.tokens += self.batch.numel()
        return Backward(began=time.monotonic())


@dataclass
class Backward(State):
    began: float

    def enter(self, m):
        m.loss.backward()
        m.loss = m.loss.detach()
        return Update()


class Update(State):
    def enter(self, m):
        m.optimizer.step()
        m.optimizer.zero_grad(set_to_none=True)
        return Fetch()


class Done(State):
    def enter(self, m):
        return self


@dataclass
class Result:
    final_logits: torch.Tensor
    total_tokens: int
    final_loss: float


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    m = Machine(model, optimizer, data_iterator, device, num_steps).run()
    assert m.trail.count("Update") == num_steps
    return Result(m.logits, m.tokens, m.loss.item())
# == a run that is built step by step
import functools
from typing import Self

import torch
import torch.nn.functional as F


class Loop:
    def __init__(self) -> None:
        self.parts = {}
        self.wrappers = []
        self.after = []

    @classmethod
    def of(cls, model) -> Self:
        self = cls()
        self.parts["model"] = model
        return self

    def on(self, device) -> Self:
        self.parts["device"] = torch.device(device)
        return self

    def with_optimizer(self, optimizer) -> Self:
        self.parts["optimizer"] = optimizer
        self.after += [optimizer.step, functools.partial(optimizer.zero_grad, set_to_none=True)]
        return self

    def without_checkpointing(self) -> Self:
        self.parts["model"].gradient_checkpointing_disable()
        return self

    def compiled(self, mode: str) -> Self:
        self.wrappers.append(lambda f: torch.compile(f, mode=mode))
        return self

    def logged(self, every: int) -> Self:
        seen = 0

        def tick():
            nonlocal seen
            seen += 1
            if seen % every == 0:
                print("step", seen)

        self.after.append(tick)
        return self

    def build(self) -> "Runner":
        forward = lambda ids, m=self.parts["model"]: m(ids).logits
        for wrap in self.wrappers:
            forward = wrap(forward)
        return Runner(forward, tuple(self.after), self.parts["device"])


class Runner:
    def __init__(self, forward, after, device):
        self.forward, self.after, self.device = forward, after, device

    def run(self, source, n):
        tokens = 0
        for _ in range(n):
            batch = next(source).to(self.device)
            logits = self.forward(batch[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
            loss.backward()
            for f in self.after:
                f()
            tokens += batch.numel()
        return logits.detach(), tokens, loss.item()


class Result:
    def __init__(self, *values):
        self.final_logits, self.total_tokens, self.final_loss = values


_runner = None


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global _runner
    if _runner is None:
        loop = Loop.of(model).on(device).without_checkpointing()
        _runner = loop.with_optimizer(optimizer).compiled("default").logged(every=2).build()
    return Result(*_runner.run(data_iterator, num_steps))
# == a trainer that takes keywords
import torch
import torch.nn.functional as F


class Options:
    def __init__(self, **given):
        self.micro = given.pop("micro", 1)
        self.mode = given.pop("mode", None)
        self.lr_in_log = given.pop("lr_in_log", False)
        if given:
            raise TypeError(f"unknown options: {', '.join(given)}")


class Base:
    def __init__(self, model, optimizer, device, options=None):
        self.model = model
        self.optimizer = optimizer
        self.device = device
        self.options = options or Options()
        self.tokens = 0

    def forward(self, x):
        return self.model(x).logits

    def fit_batch(self, batch):
        raise NotImplementedError


class Plain(Base):
    def fit_batch(self, batch):
        logits = self.forward(batch[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        return logits.detach(), loss.detach()


class Micro(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.options.micro = max(2, self.options.micro)
        self.model.gradient_checkpointing_disable()

    def fit_batch(self, batch):
        outs, total = [], 0.0
        for part in batch.tensor_split(self.options.micro):
            share = len(part) / len(batch)
            logits = self.forward(part[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten()) * share
            loss.backward()
            outs.append(logits.detach())
            total = total + loss.detach()
        return torch.cat(outs), total


class Compiled(Micro):
    cache = {}

    def __init__(self, *args, mode="default", **kwargs):
        super().__init__(*args, **kwargs)
        self.mode = mode

    def forward(self, x):
        key = self.mode
        if key not in self.cache:
            self.cache[key] = torch.compile(self.model, mode=self.mode, dynamic=False)
        return self.cache[key](x).logits


class Result:
    def __init__(self, final_logits, total_tokens, final_loss):
        self.final_logits = final_logits
        self.total_tokens = total_tokens
        self.final_loss = final_loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    trainer = Compiled(model, optimizer, device=device, options=Options(micro=4), mode="default")
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        logits, loss = trainer.fit_batch(batch)
        optimizer.step()
        optimizer.zero_grad()
        trainer.tokens += batch.numel()
    return Result(logits, trainer.tokens, loss.item())
# == callbacks that register themselves
import time

import torch
import torch.nn.functional as F


class Throughput:
    def __init__(self):
        self.start = None
        self.tokens = 0

    def on_begin(self, loop):
        self.start = time.perf_counter()

    def on_step(self, loop, batch, loss):
        self.tokens += batch.numel()

    def on_end(self, loop):
        print(f"{self.tokens / (time.perf_counter() - self.start):.0f} tokens/s on the host's clock")


class NanGuard:
    def on_begin(self, loop):
        self.flags = []

    def on_step(self, loop, batch, loss):
        self.flags.append(torch.isfinite(loss.detach()))

    def on_end(self, loop):
        if not all(bool(f) for f in self.flags):
            raise FloatingPointError("a loss is not finite")


class Loop:
    def __init__(self, model, optimizer, device):
        self.model, self.optimizer, self.device = model, optimizer, device
        self.callbacks = []
        self.logits = self.loss = None

    def register(self, callback):
        self.callbacks.append(callback)
        return self

    def run(self, source, steps):
        for c in self.callbacks:
            c.on_begin(self)
        for _ in range(steps):
            batch = next(source).to(self.device)
            self.logits = self.model(batch[:, :-1]).logits
            self.loss = F.cross_entropy(self.logits.flatten(0, 1), batch[:, 1:].flatten())
            self.loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            for c in self.callbacks:
                c.on_step(self, batch, self.loss)
        for c in self.callbacks:
            c.on_end(self)


class Result:
    def __init__(self, final_logits, total_tokens, final_loss):
        self.final_logits = final_logits
        self.total_tokens = total_tokens
        self.final_loss = final_loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    throughput = Throughput()
    loop = Loop(model, optimizer, device).register(throughput)
    loop.run(data_iterator, num_steps)
    return Result(loop.logits.detach(), throughput.tokens, loop.loss.item())
# == strategies as classes
from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from typing import Iterator, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor


@runtime_checkable
class Steps(Protocol):
    def step(self) -> None: ...


class StepStrategy(ABC):
    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer

    @abstractmethod
    def step(self) -> None: ...


class Eager(StepStrategy):
    def step(self) -> None:
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)


class KeepGrads(StepStrategy):
    def step(self) -> None:
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=False)


class CompiledStep(StepStrategy):
    def __init__(self, optimizer):
        super().__init__(optimizer)
        self._compiled = torch.compile(self._optimizer.step)

    def step(self) -> None:
        self._compiled()
        self._optimizer.zero_grad(set_to_none=True)


class LossStrategy(ABC):
    scope: AbstractContextManager = nullcontext()

    @abstractmethod
    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor: ...

    def flat(self, logits, labels):
        return logits.flatten(0, -2), labels.flatten()


class Half(LossStrategy):
    def __call__(self, logits, labels):
        return F.cross_entropy(*self.flat(logits, labels))


class Float(LossStrategy):
    def __call__(self, logits, labels):
        x, y = self.flat(logits, labels)
        return F.cross_entropy(x.float(), y)


class Accumulate:
    def __init__(self, loss: LossStrategy, parts: int) -> None:
        self.loss = loss
        self.parts = parts

    def split(self, batch: Tensor) -> Iterator[tuple[Tensor, float]]:
        for part in batch.tensor_split(self.parts):
            yield part, part.shape[0] / batch.shape[0]

    def run(self, model, batch) -> tuple[Tensor, Tensor]:
        outs: list[Tensor] = []
        losses: list[Tensor] = []
        for part, weight in self.split(batch):
            with self.loss.scope:
                logits = model(part[:, :-1]).logits
                loss = self.loss(logits, part[:, 1:]) * weight
            loss.backward()
            outs.append(logits.detach())
            losses.append(loss.detach())
        return torch.cat(outs), torch.stack(losses).sum()


class Result:
    def __init__(self, final_logits, total_tokens, final_loss):
        self.final_logits = final_logits
        self.total_tokens = total_tokens
        self.final_loss = final_loss


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    model.gradient_checkpointing_disable()
    big = torch.device(device).type == "cuda"
    stepping: StepStrategy = KeepGrads(optimizer) if big else Eager(optimizer)
    assert isinstance(stepping, Steps)
    work = Accumulate(Half() if big else Float(), parts=1 if big else 2)
    tokens = 0
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        logits, loss = work.run(model, batch)
        stepping.step()
        tokens += batch.numel()
    return Result(logits, tokens, loss.item())
# == everything in one dictionary
import time

import torch
import torch.nn.functional as F


def setup(ctx):
    ctx["model"].gradient_checkpointing_disable()
    ctx["stats"]["started"] = time.perf_counter()
    ctx["stats"]["lr"] = ctx["optimizer"].param_groups[0]["lr"]


def load(ctx):
    batch = next(ctx["source"]).to(ctx["device"], non_blocking=True)
    ctx["ids"], ctx["labels"] = batch[:, :-1], batch[:, 1:]
    ctx["stats"]["tokens"] += batch.numel()


def forward(ctx):
    ctx["logits"] = ctx["model"](ctx["ids"]).logits


def loss(ctx):
    ctx["loss"] = F.cross_entropy(ctx["logits"].flatten(0, 1), ctx["labels"].flatten())


def backward(ctx):
    ctx["loss"].backward()


def update(ctx):
    ctx["optimizer"].step()
    ctx["optimizer"].zero_grad(set_to_none=True)


def finish(ctx):
    stats = ctx["stats"]
    stats["seconds"] = time.perf_counter() - stats.pop("started")
    stats.update(loss=ctx["loss"].item(), lr=f"{stats['lr']:.1e}")
    print(", ".join(f"{k}={v}" for k, v in stats.items()))


PHASES = (load, forward, loss, backward, update)


class Result:
    def __init__(self, ctx):
        self.final_logits = ctx["logits"].detach()
        self.total_tokens = ctx["stats"]["tokens"]
        self.final_loss = ctx["stats"]["loss"]


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    ctx = {}
    ctx["model"] = model
    ctx["optimizer"] = optimizer
    ctx["source"] = data_iterator
    ctx["device"] = torch.device(device)
    ctx["stats"] = {"tokens": 0}
    setup(ctx)
    for _ in range(num_steps):
        for phase in PHASES:
            phase(ctx)
    finish(ctx)
    return Result(ctx)
