# Python as people write it: names, classes, generics, patterns and text that look like something forbidden.

# == a long docstring names every forbidden word
"""Uses no os, sys, subprocess, ctypes, gc, importlib, inspect, pickle, socket, threading or types.

Never calls exec(), eval(), compile(), __import__("os"), setattr(torch, "x", 1), getattr(x, name) or open("f").
`model.requires_grad_(False)`, torch.load, torch.backends.cudnn.benchmark = True, __globals__, f_back, tb_frame.
"""
# == comments name forbidden words
# import os; exec("x"); torch.backends.cudnn.benchmark = True; optimizer.state.clear()
X = 1
# == messages name forbidden words
raise_text = "import os, then call eval('x') on __globals__"
print(f"os.sys {raise_text} __globals__ torch.load")
# == a dictionary of forbidden words
WORDS = {"exec": 1, "__globals__": 2, "os": 3, "__dict__": 4}
print(WORDS["exec"], WORDS.get("__globals__"))
# == variables named like modules
os = "linux"
io = {"read": 1}
types = [int, float]
signal = 0.5
code = 7
print(os, io["read"], types[0], signal, code)
# == attributes named like modules
class Config:
    def __init__(self, io, resource):
        self.io = io
        self.resource = resource
        self.signal = io.signal
        self.code = resource.code
# == parameters named like builtins
def forward(input, vars, dir, type, id, open, compile, eval):
    return input + vars + dir + open(compile) + eval(type)
# == methods named like builtins
class Store:
    def open(self):
        return self

    def compile(self):
        return self.open()

    def eval(self):
        return self.compile()


Store().open().compile()
# == a module-level loop over something called input
for input in [1, 2]:
    print(input)
# == a module-level annotated name like a builtin
dir: str = "left"
print(dir)
# == a module-level with that binds a builtin's name
import contextlib

with contextlib.nullcontext(3) as input:
    print(input)
# == a function called compile
def compile(fn):
    return fn


step = compile(print)
# == a local called eval
def f(eval):
    exec = eval + 1
    return exec
# == a class with slots and ordinary protocol methods
class Ring:
    __slots__ = ("items", "head")

    def __init__(self, size):
        self.items = [None] * size
        self.head = 0

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __setitem__(self, index, value):
        self.items[index] = value

    def __contains__(self, item):
        return item in self.items

    def __iter__(self):
        return iter(self.items)

    def __repr__(self):
        return f"{type(self).__name__}({self.items})"

    def __eq__(self, other):
        return isinstance(other, Ring) and self.items == other.items

    def __hash__(self):
        return id(self)
# == a context manager
class Region:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return False
# == a context manager by decorator
from contextlib import contextmanager


@contextmanager
def region(name):
    print(name)
    try:
        yield name
    finally:
        print("end")
# == a frozen dataclass
from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Settings:
    chunk: int = 1024
    names: tuple[str, ...] = ()
    extra: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        if self.chunk <= 0:
            raise ValueError("chunk must be positive")


print(asdict(replace(Settings(), chunk=2)))
# == a class's name by type()
def name(x):
    return type(x).__name__, x.__class__
# == a class counter of one's own
class Step:
    count = 0

    def __init__(self):
        type(self).count += 1
        Step.count += 1
# == an attribute of one's own class is set from outside
class Step:
    pass


Step.scale = 2
Step.names = {"a": 1}
Step.names["b"] = 2
# == a function attribute of one's own
def step():
    step.calls += 1


step.calls = 0
step.__name__ = "step"
# == named tuples
from typing import NamedTuple


class Result(NamedTuple):
    final_logits: object
    total_tokens: int
    final_loss: float
# == enumerations
import enum


class Mode(enum.Enum):
    COMPILE = "compile"
    EVAL = "eval"
    OS = enum.auto()


print(Mode.EVAL.value, Mode["COMPILE"])
# == an abstract class
import abc


class Loss(abc.ABC):
    @abc.abstractmethod
    def __call__(self, logits, labels): ...

    @classmethod
    def of_tokens(cls):
        return cls

    @property
    def scale(self):
        return 1.0
# == generics, old style
from typing import Generic, TypeVar

T = TypeVar("T")


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


box: Box[int] = Box(1)
# == generics of PEP 695
class Pair[A, B: int]:
    def __init__(self, a: A, b: B) -> None:
        self.a, self.b = a, b


def first[T](items: list[T]) -> T:
    return items[0]


type Batch[T] = list[T]
# == protocols
from typing import Protocol, runtime_checkable


@runtime_checkable
class Steps(Protocol):
    def __call__(self, model, *, scale: float = 1.0) -> None: ...
# == overloads
from typing import overload


@overload
def pick(x: int) -> int: ...
@overload
def pick(x: str) -> str: ...
def pick(x):
    return x
# == string annotations
from typing import Literal, Optional


class Node:
    parent: "Node | None" = None

    def join(self, other: "Node", mode: Literal["forward()", "__both__"] = "forward()") -> "list[Node]":
        return [self, other]

    def find(self, key: Optional["Node"] = None) -> "dict[str, Node]":
        return {}
# == postponed annotations
from __future__ import annotations


def f(x: Missing, y: dict[str, Other] | None = None) -> Result:
    return x
# == pattern matching
def handle(event):
    match event:
        case {"kind": "loss", "value": float(value), **rest}:
            return value, rest
        case [first, *others] if first:
            return others
        case str() | int() as other:
            return other
        case complex(real=r, imag=i):
            return r + i
        case _:
            return None
# == pattern matching on constants
def mode(flag):
    match flag:
        case None:
            return 0
        case True:
            return 1
        case False:
            return 2
        case -1 | "a" | b"b" | 1.5:
            return 3
# == pattern matching on one's own class with a field called os
from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def f(point):
    match point:
        case Point(x=0, y=y):
            return y
        case Point(x, y):
            return x
# == walrus, star expressions and nested unpacking
def f(items):
    (a, (b, *c)), *d = items
    if (n := len(c)) > 1:
        return [*c, *d, n, a, b]
    return {**{"a": a}, "b": b}
# == nonlocal counters
def counter():
    n = 0

    def up():
        nonlocal n
        n += 1
        return n

    return up
# == a global cache of compiled functions
CACHE = {}


def compiled(key, make):
    if key not in CACHE:
        CACHE[key] = make()
    return CACHE[key]


_state = None


def state():
    global _state
    if _state is None:
        _state = {"steps": 0}
    return _state
# == getattr with constants
def f(model, optimizer):
    fused = getattr(optimizer, "fused", None)
    backbone = getattr(model, "model", model)
    head = getattr(model, "lm_head", None)
    return fused, backbone, head
# == getattr with names from a loop over constants
def f(model):
    for name in ("model", "transformer", "gpt_neox"):
        inner = getattr(model, name, None)
        if inner is not None:
            return inner
    return model
# == getattr with a name in a module constant
HEAD = "lm_head"


def f(model):
    return getattr(model, HEAD)
# == getattr with a name that is put together from constants
PREFIX = "gate"


def f(mlp):
    return getattr(mlp, PREFIX + "_proj"), getattr(mlp, f"{PREFIX}_proj")
# == getattr in a comprehension over constants
def f(attention):
    return [getattr(attention, f"{part}_proj").weight for part in ("q", "k", "v")]
# == hasattr with anything
def f(x, name):
    return hasattr(x, name) and hasattr(x, "__len__")
# == str.format
print("{:.3f} {} {name!r:>10}".format(1.0, 2, name="loss"))
print("{0[0]} {1.shape} {x.real}".format([1], 2, x=1))
# == percent formatting and joins
print("%s took %.2f s" % ("step", 1.0), ", ".join(["os", "sys"]), "__globals__"[::-1])
# == f-strings with nested quotes and formats
width = 10
print(f"{'loss':>{width}} {1.0!r:.3} {width=}")
# == decorators with arguments
import functools


def repeat(times):
    def wrap(fn):
        @functools.wraps(fn)
        def inner(*args, **kwargs):
            for _ in range(times):
                result = fn(*args, **kwargs)
            return result

        return inner

    return wrap


@repeat(2)
def step(x):
    return x
# == caches, partials and reductions
import functools


@functools.lru_cache(maxsize=None)
def mask(n):
    return n


add = functools.partial(mask, 3)
total = functools.reduce(lambda a, b: a + b, [1, 2, 3])


class Lazy:
    @functools.cached_property
    def weight(self):
        return 1
# == singledispatch with classes
import functools


@functools.singledispatch
def move(x):
    return x


@move.register
def _(x: list):
    return [move(item) for item in x]
# == generators and itertools
import itertools


def chunks(items, size):
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


for pair in itertools.batched([1, 2, 3], 2):
    print(pair)
# == exceptions of one's own
class OutOfBatches(RuntimeError):
    def __init__(self, step):
        super().__init__(f"no batch for step {step}")
        self.step = step


def f():
    try:
        raise OutOfBatches(1)
    except (OutOfBatches, KeyError) as error:
        raise ValueError(str(error)) from error
# == exception groups
def f():
    try:
        pass
    except* ValueError as group:
        print(group.exceptions)
# == warnings are filtered
import warnings

warnings.filterwarnings("ignore", message=".*os.*")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
# == regular expressions
import re

LAYER = re.compile(r"layers\.(\d+)\.")


def number(name):
    found = LAYER.search(name)
    return int(found.group(1)) if found else None
# == own random numbers
import random

import numpy as np

rng = random.Random(1)
generator = np.random.default_rng(2)
print(rng.random(), generator.normal())
random.seed(0)
np.random.seed(0)
# == numpy functions with names of modules
import numpy as np

x = np.select([np.ones(3) > 0], [np.zeros(3)])
y = np.trace(np.eye(2))
x[0] = 1
z = np.lib.stride_tricks.sliding_window_view(x, 2)
# == a wall clock for one's own printing
import time

start = time.perf_counter()
print(time.time(), time.monotonic_ns() - start, time.strftime("%H"))
# == a clock imported by name
from time import perf_counter as now


class Timer:
    def __enter__(self):
        self.start = now()
        return self

    def __exit__(self, *exc):
        self.seconds = now() - self.start
# == attributes called record and query on one's own objects
class Trace:
    def __init__(self):
        self.record = []
        self.synchronize = False

    def note(self, x):
        self.record.append(x)
# == the main guard does everything
if __name__ == "__main__":
    import argparse
    import os
    import subprocess
    import sys

    import torch

    t = torch
    torch.backends.cudnn.benchmark = True
    exec(open(sys.argv[1]).read())
    subprocess.run(["true"])
    model = torch.load(os.environ["MODEL"])
    model.requires_grad_(False)
# == a main guard with its sides swapped
if "__main__" == __name__:
    import os

    print(os.getpid())
# == reading __name__
print(__name__)
if __name__ != "__main__":
    LOADED = True
# == dunder names of modules and classes that are only read
import torch


class A:
    """Doc."""


print(torch.__version__, A.__name__, A.__doc__, A.__module__, A.__qualname__, __doc__, __file__)
__all__ = ["inner_steps"]
# == __new__ and metaclass of the standard library
import abc


class Single(metaclass=abc.ABCMeta):
    held = None

    def __new__(cls):
        if cls.held is None:
            cls.held = super().__new__(cls)
        return cls.held
# == type with one argument and with a plain namespace
Kind = type("Kind", (), {"size": 1})
print(type(Kind()) is Kind)
# == string methods
import string

print(string.ascii_letters, "a,b".split(","), "x".encode(), b"y".hex(), "-".join(map(str, [1, 2])))
# == deep copies and heaps
import bisect
import copy
import heapq

x = copy.deepcopy({"a": [1]})
heapq.heappush(x["a"], 2)
bisect.insort(x["a"], 3)
# == async helpers that nobody awaits
async def load(x):
    async with x as y:
        async for z in y:
            await z
# == values in annotations under another name of Literal
from typing import Annotated as Noted
from typing import Literal as Choice


def f(mode: Choice["forward()", "__both__"], size: Noted[int, "call()"]) -> Choice["x()"]:
    return mode
# == builtins by other names
pairs, fresh, kind = enumerate, list, type
for index, item in pairs(fresh([1, 2])):
    print(index, kind(item))
# == a container with two names, filled by a function
def fill(items, item):
    items.append(item)


first = []
second = first
fill(second, 1)
first += [2]
print(first[0])
# == decorators that call what they decorate
def now(f):
    return f()


@now
def table():
    return {"a": 1}


print(table["a"])
# == objects that are called, indexed, iterated and entered
class Batches:
    def __init__(self, items):
        self.items = items

    def __call__(self):
        return self.items

    def __getitem__(self, index):
        return self.items[index]

    def __iter__(self):
        yield from self.items

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


with Batches([1]) as batches:
    print(batches()[0], batches[0], [b for b in batches])
# == keys of a dictionary that is filled one by one
import torch
import torch.nn.functional as F


def mine(a, b):
    return F.cross_entropy(a, b)


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    d = {}
    d["layers"] = list(model.model.layers)
    d["bounds"] = [1, 2]
    d["h"] = torch.zeros(3)
    d["model"] = model
    d["h"].requires_grad_()
    losses = {}
    losses["mine"] = mine
    losses["torch"] = F.cross_entropy
    losses["mine"].calls = 0
    return d["bounds"][1:]
# == keys that are given together
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    d = {}
    d.update(model=model, optimizer=optimizer)
    d.update({"steps": {}})
    d["steps"].update(done=0)
    d["steps"].setdefault("state", []).append(1)
    d["steps"]["lr"] = 1
# == inner keys beside that of the optimizer
class Meter:
    def __init__(self):
        self.state = {}


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    run = {"training": {}}
    run["training"]["optimizer"] = optimizer
    run["training"]["meter"] = Meter()
    run["training"]["meter"].state.clear()
