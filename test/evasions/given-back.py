# What Python's own functions, exceptions and containers give back.
# == optimizer_internals: what is sent to a generator
def g():
    o = yield
    o.state.clear()
def f(optimizer):
    h = g()
    next(h)
    h.send(optimizer)
# == optimizer_internals: a function that reduces
import functools


def f(optimizer):
    functools.reduce(lambda a, o: o.state.clear(), [optimizer], None)
# == optimizer_internals: a function for unpacked arguments
import itertools


def f(optimizer):
    list(itertools.starmap(lambda o: o.state.clear(), [(optimizer,)]))
# == optimizer_internals: a function that groups
import itertools


def f(optimizer):
    list(itertools.groupby([optimizer], lambda o: o.state.clear()))
# == optimizer_internals: a function that tells how long to take
import itertools


def f(optimizer):
    list(itertools.takewhile(lambda o: o.state.clear(), [optimizer]))
# == optimizer_internals: what an exception is made of
def f(optimizer):
    try:
        raise ValueError(optimizer)
    except ValueError as e:
        e.args[0].state.clear()
# == optimizer_internals: a default of a dictionary
import collections


def f(optimizer):
    collections.defaultdict(lambda: optimizer)[0].state.clear()
# == optimizer_internals: a function behind a cache
import functools


def f(optimizer):
    functools.lru_cache(lambda: optimizer)().state.clear()
# == optimizer_internals: a dataclass as a tuple
import dataclasses
from dataclasses import dataclass


@dataclass
class Box:
    o: object
def f(optimizer):
    dataclasses.astuple(Box(optimizer))[0].state.clear()
# == optimizer_internals: a dataclass with another field
import dataclasses
from dataclasses import dataclass


@dataclass
class Box:
    o: object
def f(optimizer):
    dataclasses.replace(Box(1), o=optimizer).o.state.clear()
# == optimizer_internals: a chain of mappings
import collections


def f(optimizer):
    collections.ChainMap({"o": optimizer})["o"].state.clear()
# == optimizer_internals: a list of the collections module
import collections


def f(optimizer):
    collections.UserList([optimizer])[0].state.clear()
# == optimizer_internals: a heap
import heapq


def f(optimizer):
    heapq.heappop([optimizer]).state.clear()
# == optimizer_internals: a random choice of one
import random


def f(optimizer):
    random.choice([optimizer]).state.clear()
# == optimizer_internals: the greatest of one
def f(optimizer):
    max([optimizer]).state.clear()
# == optimizer_internals: something repeated
import itertools


def f(optimizer):
    next(itertools.repeat(optimizer)).state.clear()
# == optimizer_internals: a product
import itertools


def f(optimizer):
    for (o,) in itertools.product([optimizer]):
        o.state.clear()
# == optimizer_internals: lists in a chain
import itertools


def f(optimizer):
    for o in itertools.chain.from_iterable([[optimizer]]):
        o.state.clear()
# == optimizer_internals: pairs of unequal lists
import itertools


def f(optimizer):
    for o, _ in itertools.zip_longest([optimizer], []):
        o.state.clear()
# == optimizer_internals: neighbours
import itertools


def f(optimizer):
    for o, _ in itertools.pairwise([optimizer, optimizer]):
        o.state.clear()
# == optimizer_internals: batches
import itertools


def f(optimizer):
    for (o,) in itertools.batched([optimizer], 1):
        o.state.clear()
# == optimizer_internals: a dictionary that is updated by name
def f(optimizer):
    a = {}
    a.update(o=optimizer)
    a["o"].state.clear()
# == optimizer_internals: a class that a call makes
def f(optimizer):
    type("X", (), {"o": optimizer}).o.state.clear()
# == optimizer_internals: what an exception holds as its value
def f(optimizer):
    try:
        raise StopIteration(optimizer)
    except StopIteration as e:
        e.value.state.clear()
# == optimizer_internals: a keyword of an unpacked dictionary
def w(**k):
    k.pop("o").state.clear()
def f(optimizer):
    w(**{"o": optimizer})
# == optimizer_internals: a compiled function
import torch


def wipe(o):
    o.state.clear()
def f(optimizer):
    torch.compile(wipe)(optimizer)
# == optimizer_internals: a function that is not compiled
import torch


def wipe(o):
    o.state.clear()
def f(optimizer):
    torch.compiler.disable(wipe)(optimizer)
# == optimizer_internals: a function behind a context
import torch


def wipe(o):
    o.state.clear()
def f(optimizer):
    torch.no_grad()(wipe)(optimizer)
# == optimizer_internals: a function in a cache
import functools


def wipe(o):
    o.state.clear()
def f(optimizer):
    functools.cache(wipe)(optimizer)
# == optimizer_internals: a function that collates
import torch


def wipe(o):
    o[0].state.clear()
def f(optimizer):
    next(iter(torch.utils.data.DataLoader([optimizer], collate_fn=wipe)))
# == optimizer_internals: a function for the leaves of a tree
import torch


def f(optimizer):
    torch.utils._pytree.tree_map(lambda o: o.state.clear(), [optimizer])
# == optimizer_internals: an attribute of an exception
class E(Exception):
    def __init__(self, o):
        self.o = o
def f(optimizer):
    try:
        raise E(optimizer)
    except E as e:
        e.o.state.clear()
# == optimizer_internals: a named tuple that a call declares
import collections


P = collections.namedtuple("P", "o")
def f(optimizer):
    P(optimizer).o.state.clear()
# == optimizer_internals: a named tuple with another field
import collections


P = collections.namedtuple("P", "o")
def f(optimizer):
    P(1)._replace(o=optimizer).o.state.clear()
# == optimizer_internals: something that is pushed on a heap
import heapq


def f(optimizer):
    a = []
    heapq.heappush(a, optimizer)
    a[0].state.clear()
# == optimizer_internals: an append that is called through its class
def f(optimizer):
    a = []
    list.append(a, optimizer)
    a[0].state.clear()
# == optimizer_internals: an attribute that a foreign object is made with
import argparse


def f(optimizer):
    argparse.Namespace(o=optimizer).o.state.clear()
# == optimizer_internals: the factory of a field
from dataclasses import dataclass, field


def f(optimizer):
    @dataclass
    class A:
        o: object = field(default_factory=lambda: optimizer)
    A().o.state.clear()
# == optimizer_internals: an exception that a helper raises
class E(Exception):
    pass
def g(o):
    raise E(o)
def f(optimizer):
    try:
        g(optimizer)
    except E as e:
        e.args[0].state.clear()
# == optimizer_internals: a group of exceptions
def f(optimizer):
    try:
        raise ValueError(optimizer)
    except* ValueError as e:
        e.exceptions[0].args[0].state.clear()
# == optimizer_internals: an exception that a context gets
class A:
    def __exit__(self, t, v, tb):
        v.args[0].state.clear()
def f(optimizer):
    with A():
        raise ValueError(optimizer)
# == optimizer_internals: a function as iterator
def f(optimizer):
    for o in iter(lambda: optimizer, None):
        o.state.clear()
# == optimizer_internals: the default of next
def f(optimizer):
    next(iter([]), optimizer).state.clear()
# == optimizer_internals: the default of pop
def f(optimizer):
    {}.pop("x", optimizer).state.clear()
# == optimizer_internals: the default of get
def f(optimizer):
    {}.get("x", optimizer).state.clear()
# == optimizer_internals: the default that a dictionary keeps
def f(optimizer):
    {}.setdefault("x", optimizer).state.clear()
# == optimizer_internals: a dictionary made of keys
def f(optimizer):
    dict.fromkeys("a", optimizer)["a"].state.clear()
# == optimizer_internals: a sum of lists
def f(optimizer):
    a = [[optimizer]]
    sum(a, [])[0].state.clear()
# == optimizer_internals: an item of a dictionary
def f(optimizer):
    {"o": optimizer}.popitem()[1].state.clear()
# == optimizer_internals: a list of modules
from torch import nn


def f(optimizer):
    nn.ModuleList([optimizer])[0].state.clear()
# == optimizer_internals: a dictionary made of pairs
def f(optimizer):
    dict([("o", optimizer)])["o"].state.clear()
# == optimizer_internals: a dictionary made of a zip
def f(optimizer):
    dict(zip("o", [optimizer]))["o"].state.clear()
# == optimizer_internals: a partial whose second argument comes later
import functools


def wipe(a, o):
    o.state.clear()
def f(optimizer):
    functools.partial(wipe, 1)(optimizer)
# == optimizer_internals: a declared named tuple that is unpacked
import collections


P = collections.namedtuple("P", "a o")
def f(optimizer):
    a, o = P(1, optimizer)
    o.state.clear()
# == optimizer_internals: an element of a named tuple
import collections


P = collections.namedtuple("P", "a o")
def f(optimizer):
    P(1, optimizer)[1].state.clear()
# == optimizer_internals: something that an imported name pushes on a heap
from heapq import heappush as keep


def f(optimizer):
    a = []
    keep(a, optimizer)
    a[0].state.clear()
# == optimizer_internals: a deque that an object holds, made by a conditional name
from collections import deque as d


class A:
    def __init__(self):
        self.q = (d if True else None)()
def f(optimizer):
    a = A()
    a.q.append(optimizer)
    a.q[0].state.clear()
# == optimizer_internals: a deque that an object holds, made by another name
from collections import deque as d


class A:
    def __init__(self):
        self.q = d()
def f(optimizer):
    a = A()
    a.q.append(optimizer)
    a.q[0].state.clear()
# == optimizer_internals: an append that is called through a renamed class
from collections import deque as d


def f(optimizer):
    a = d()
    d.append(a, optimizer)
    a[0].state.clear()
# == optimizer_internals: an attribute that a foreign object is made with, by its name as a text
import argparse


def f(optimizer):
    getattr(argparse.Namespace(o=optimizer), "o").state.clear()
# == optimizer_internals: an inner dictionary under another name
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {}
    held["a"] = {}
    d = held["a"]
    d["b"] = optimizer
    held["a"]["b"].state.clear()
# == optimizer_internals: an inner list by get
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {"a": []}
    held.get("a").append(optimizer)
    held["a"][0].state.clear()
# == optimizer_internals: inner lists in a loop over values
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {"a": []}
    for d in held.values():
        d.append(optimizer)
    held["a"][0].state.clear()
# == optimizer_internals: a list that setdefault makes
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {}
    held.setdefault("a", []).append(optimizer)
    held["a"][0].state.clear()
# == optimizer_internals: a dictionary that setdefault makes
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {}
    held.setdefault("a", {})["o"] = optimizer
    held["a"]["o"].state.clear()
# == optimizer_internals: pairs for update
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {}
    held.update([("o", optimizer)])
    held["o"].state.clear()
# == optimizer_internals: a key by __setitem__
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {}
    held.__setitem__("o", optimizer)
    held["o"].state.clear()
# == optimizer_internals: keys of a variable for update
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held, more = {}, {}
    more["o"] = optimizer
    held.update(more)
    held["o"].state.clear()
# == optimizer_internals: insert through the type
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = []
    list.insert(held, 0, optimizer)
    held[0].state.clear()
# == optimizer_internals: a key of a key, read in a loop
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = {"a": {}}
    held["a"]["b"] = optimizer
    for d in held.values():
        for o in d.values():
            o.state.clear()
# == optimizer_internals: a set that is updated
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    held = set()
    held.update([optimizer])
    for o in held:
        o.state.clear()
# == optimizer_internals: what __add__ of an own object gives
class A:
    def __init__(self, o):
        self.o = o

    def __add__(self, other):
        return self.o


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    (A(optimizer) + 1).state.clear()
# == optimizer_internals: what the right side of an operator gives
class A:
    def __init__(self, o):
        self.o = o

    def __rmul__(self, other):
        return self.o


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    (2 * A(optimizer)).state.clear()
# == optimizer_internals: what a sign before an own object gives
class A:
    def __init__(self, o):
        self.o = o

    def __neg__(self):
        return self.o


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    (-A(optimizer)).state.clear()
# == optimizer_internals: what abs of an own object gives
class A:
    def __init__(self, o):
        self.o = o

    def __abs__(self):
        return self.o


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    abs(A(optimizer)).state.clear()
# == optimizer_internals: what round of an own object gives
class A:
    def __init__(self, o):
        self.o = o

    def __round__(self, digits=None):
        return self.o


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    round(A(optimizer)).state.clear()
# == optimizer_internals: what reversed of an own object gives
class A:
    def __init__(self, o):
        self.o = o

    def __reversed__(self):
        return self.o


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    reversed(A(optimizer)).state.clear()
# == optimizer_internals: a key of a dictionary
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for o in {optimizer: 1}:
        o.state.clear()
# == optimizer_internals: the first of items
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for o, v in {optimizer: 1}.items():
        o.state.clear()
# == optimizer_internals: a list of keys
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    d = {optimizer: 1}
    [*d.keys()][0].state.clear()
# == optimizer_internals: an attribute through super
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    class A:
        held = optimizer

    class B(A):
        def go(self):
            super().held.state.clear()

    B().go()
# == optimizer_internals: a method through super
class A:
    def get(self):
        return self.o


class B(A):
    def go(self):
        super().get().state.clear()


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    b = B()
    b.o = optimizer
    b.go()
# == optimizer_internals: super with arguments
class A:
    def get(self):
        return self.o


class B(A):
    def go(self):
        super(B, self).get().state.clear()


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    b = B()
    b.o = optimizer
    b.go()
# == optimizer_internals: a sibling through super
class A:
    def go(self):
        super().get().state.clear()


class B:
    def get(self):
        return self.o


class C(A, B):
    pass


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    c = C()
    c.o = optimizer
    c.go()
# == optimizer_internals: an attribute through the type of self
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    class A:
        held = optimizer

        def go(self):
            type(self).held.state.clear()

    A().go()
# == optimizer_internals: an attribute through __class__
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    class A:
        held = optimizer

        def go(self):
            __class__.held.state.clear()

    A().go()
# == optimizer_internals: a set whose type a property gives
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    class Keeper:
        @property
        def kind(self):
            return set

    held = Keeper().kind()
    held.update([optimizer])
    for o in held:
        o.state.clear()
