# What classes of the file are given by way of inheritance, operators and patterns.
# == optimizer_internals: an inherited initialiser
class A:
    def __init__(self, o):
        o.state.clear()
class B(A):
    pass
def f(optimizer):
    B(optimizer)
# == optimizer_internals: an initialiser of a base, called by its name
class A:
    def __init__(self, o):
        o.state.clear()
class B(A):
    def __init__(self, o):
        A.__init__(self, o)
def f(optimizer):
    B(optimizer)
# == optimizer_internals: an attribute that a base is given
class A:
    def __init__(self, o):
        self.o = o
class B(A):
    def run(self):
        self.o.state.clear()
def f(optimizer):
    B(optimizer).run()
# == optimizer_internals: an attribute that a base's base is given
class A:
    def __init__(self, o):
        self.o = o
class B(A):
    pass
class C(B):
    def run(self):
        self.o.state.clear()
def f(optimizer):
    C(optimizer).run()
# == optimizer_internals: a lambda as initialiser
class A:
    __init__ = lambda self, o: o.state.clear()
def f(optimizer):
    A(optimizer)
# == optimizer_internals: a field that is handed to `__post_init__`
from dataclasses import InitVar, dataclass


@dataclass
class A:
    o: InitVar
    def __post_init__(self, o):
        o.state.clear()
def f(optimizer):
    A(optimizer)
# == optimizer_internals: a field that `__post_init__` reads
from dataclasses import dataclass


@dataclass
class A:
    o: object
    def __post_init__(self):
        self.o.state.clear()
def f(optimizer):
    A(optimizer)
# == optimizer_internals: what makes an object
class A:
    def __new__(cls, o):
        o.state.clear()
def f(optimizer):
    A(optimizer)
# == optimizer_internals: a metaclass that answers to the call
class M(type):
    def __call__(cls, o):
        o.state.clear()
class A(metaclass=M):
    pass
def f(optimizer):
    A(optimizer)
# == optimizer_internals: what an assignment to a property runs
class A:
    @property
    def o(self):
        return 1
    @o.setter
    def o(self, v):
        v.state.clear()
def f(optimizer):
    A().o = optimizer
# == optimizer_internals: what an assignment to an element runs
class A:
    def __setitem__(self, k, v):
        v.state.clear()
def f(optimizer):
    A()[0] = optimizer
# == optimizer_internals: an operator
class A:
    def __add__(self, o):
        o.state.clear()
def f(optimizer):
    A() + optimizer
# == optimizer_internals: `in`
class A:
    def __contains__(self, o):
        o.state.clear()
def f(optimizer):
    optimizer in A()
# == optimizer_internals: a subscript
class A:
    def __getitem__(self, o):
        o.state.clear()
def f(optimizer):
    A()[optimizer]
# == optimizer_internals: an operator that assigns
class A:
    def __iadd__(self, o):
        o.state.clear()
def f(optimizer):
    a = A()
    a += optimizer
# == optimizer_internals: a comparison
class A:
    def __eq__(self, o):
        o.state.clear()
def f(optimizer):
    A() == optimizer
# == optimizer_internals: an operator of the right side
class A:
    def __radd__(self, o):
        o.state.clear()
def f(optimizer):
    optimizer + A()
# == optimizer_internals: the forward of an autograd function
import torch


class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, o):
        o.state.clear()
def f(optimizer):
    F.apply(optimizer)
# == optimizer_internals: an attribute that an heir is given
class A:
    def wipe(self):
        self.held.state.clear()
class B(A):
    def __init__(self, o):
        self.held = o
def f(optimizer):
    B(optimizer).wipe()
# == optimizer_internals: a function that is registered for a type
import functools


@functools.singledispatch
def wipe(o):
    pass
@wipe.register(object)
def other(o):
    o.state.clear()
def f(optimizer):
    wipe(optimizer)
# == optimizer_internals: a partial method
import functools


class A:
    def wipe(self, o):
        o.state.clear()
    run = functools.partialmethod(wipe)
def f(optimizer):
    A().run(optimizer)
# == optimizer_internals: the forward of a module
from torch import nn


class M(nn.Module):
    def forward(self, o):
        o.state.clear()
def f(optimizer):
    M()(optimizer)
# == optimizer_internals: what an autograd function gives back
import torch


class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, o):
        return o
def f(optimizer):
    F.apply(optimizer).state.clear()
# == optimizer_internals: the context of an autograd function
import torch


class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, o):
        ctx.o = o
    @staticmethod
    def backward(ctx, g):
        ctx.o.state.clear()
def f(optimizer):
    F.apply(optimizer)
# == optimizer_internals: a class method that makes an object
class A:
    @classmethod
    def make(cls, o):
        return cls(o)
    def __init__(self, o):
        o.state.clear()
def f(optimizer):
    A.make(optimizer)
# == optimizer_internals: a base with a type argument
from typing import Generic, TypeVar

T = TypeVar("T")


class A(Generic[T]):
    def __init__(self, o):
        self.o = o
class B(A[int]):
    pass
def f(optimizer):
    B(optimizer).o.state.clear()
# == optimizer_internals: an object of the base that makes it
class A:
    def __new__(cls, o):
        self = super().__new__(cls)
        self.o = o
        return self
    def run(self):
        self.o.state.clear()
def f(optimizer):
    A(optimizer).run()
# == optimizer_internals: an attribute that a base module is given
from torch import nn


class Base(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.o = o
class Sub(Base):
    def forward(self, x):
        self.o.state.clear()
def f(optimizer):
    Sub(optimizer)(1)
# == optimizer_internals: a pattern by position
class A:
    __match_args__ = ("o",)
    def __init__(self, o):
        self.o = o
def f(optimizer):
    match A(optimizer):
        case A(o):
            o.state.clear()
# == optimizer_internals: a class that an object is asked for
class A:
    def __init__(self, o):
        self.o = o
    def again(self, o):
        return type(self)(o)
def f(optimizer):
    A(1).again(optimizer).o.state.clear()
# == optimizer_internals: the class of an object
class A:
    def __init__(self, o):
        self.o = o
    def again(self, o):
        return self.__class__(o)
def f(optimizer):
    A(1).again(optimizer).o.state.clear()
# == optimizer_internals: a list that a class holds
class A:
    held = []
def f(optimizer):
    A.held.append(optimizer)
    A.held[0].state.clear()
# == optimizer_internals: a dictionary that an object holds
class A:
    def __init__(self):
        self.d = {}
def f(optimizer):
    a = A()
    a.d["o"] = optimizer
    a.d["o"].state.clear()
# == optimizer_internals: a list that an object holds
class A:
    def __init__(self):
        self.d = []
    def add(self, o):
        self.d.append(o)
    def run(self):
        for o in self.d:
            o.state.clear()
def f(optimizer):
    a = A()
    a.add(optimizer)
    a.run()
# == optimizer_internals: the second field of a dataclass
from dataclasses import dataclass


@dataclass
class A:
    a: int
    o: object
def f(optimizer):
    A(1, optimizer).o.state.clear()
# == optimizer_internals: a named tuple that is unpacked
from typing import NamedTuple


class P(NamedTuple):
    a: int
    o: object
def f(optimizer):
    _, o = P(1, optimizer)
    o.state.clear()
# == optimizer_internals: a class method in a list
class A:
    @classmethod
    def make(cls, o):
        return cls(o)
    def __init__(self, o):
        o.state.clear()
def f(optimizer):
    tools = [A.make]
    tools[0](optimizer)
# == optimizer_internals: a class method in a list that calls another
class A:
    @classmethod
    def make(cls, o):
        cls.wipe(o)
    @staticmethod
    def wipe(o):
        o.state.clear()
def f(optimizer):
    tools = [A.make]
    tools[0](optimizer)
# == optimizer_internals: a class method in a dictionary
class A:
    @classmethod
    def make(cls, o):
        cls(o)
    def __init__(self, o):
        o.state.clear()
def f(optimizer):
    tools = {"a": A.make}
    tools["a"](optimizer)
# == optimizer_internals: a comparison that total_ordering makes
import functools


@functools.total_ordering
class A:
    def __lt__(self, o):
        o.state.clear()
def f(optimizer):
    A() >= optimizer
# == optimizer_internals: a product of matrices that assigns
class A:
    def __imatmul__(self, o):
        o.state.clear()
def f(optimizer):
    a = A()
    a @= optimizer
# == optimizer_internals: `not in`
class A:
    def __contains__(self, o):
        o.state.clear()
def f(optimizer):
    optimizer not in A()
# == optimizer_internals: an exception that an inherited context gets
class A:
    def __exit__(self, t, v, tb):
        v.args[0].state.clear()
class B(A):
    pass
def f(optimizer):
    with B():
        raise ValueError(optimizer)
# == optimizer_internals: a comparison that the other side answers
class A:
    def __le__(self, o):
        o.state.clear()
def f(optimizer):
    optimizer >= A()
