# The same under names that the file gives to builtins, methods and objects of its own: what mutations have found.

# == forbidden_module: a builtin by another name
import random

pairs = enumerate
for _, r in pairs([random]):
    r._os.fork()
# == forbidden_module: a builtin whose arguments are unpacked
import random

for _, r in enumerate(*([random],)):
    r._os.fork()
# == forbidden_module: a method of a dictionary by another name
import random

values = {"a": random}.values
for r in values():
    r._os.fork()
# == forbidden_module: a dictionary of keywords
import random

dict(r=random)["r"]._os.fork()
# == forbidden_module: what map gives back
import random

list(map(lambda r: r, [random]))[0]._os.fork()
# == forbidden_module: what a partial gives back
import functools
import random

get = functools.partial(lambda r: r, random)
get()._os.fork()
# == forbidden_module: a decorator that calls what it decorates
import random


def give(f):
    return f()


@give
def r():
    return random


r._os.fork()
# == forbidden_module: an object that is called
import random


class Box:
    def __call__(self):
        return random


Box()()._os.fork()
# == forbidden_module: an object that is indexed
import random


class Box:
    def __getitem__(self, key):
        return random


Box()[0]._os.fork()
# == forbidden_module: an object that is iterated
import random


class Box:
    def __iter__(self):
        yield random


for r in Box():
    r._os.fork()
# == forbidden_module: an object that is entered
import random


class Box:
    def __enter__(self):
        return random

    def __exit__(self, *error):
        return None


with Box() as r:
    r._os.fork()
# == forbidden_module: a context of a generator
import contextlib
import random


@contextlib.contextmanager
def box():
    yield random


with box() as r:
    r._os.fork()
# == forbidden_module: a field of a dataclass that is unpacked
import dataclasses
import random

@dataclasses.dataclass
class Box:
    r: object
Box(*(random,)).r._os.fork()
# == forbidden_module: a field of a dataclass
import dataclasses
import random


@dataclasses.dataclass
class Box:
    r: object


Box(random).r._os.fork()
# == forbidden_module: a field of a named tuple
import random
from typing import NamedTuple


class Box(NamedTuple):
    a: int
    r: object


Box(0, r=random).r._os.fork()
# == forbidden_module: an attribute of a base class
import random


class Box:
    r = random


class Heir(Box):
    pass


Heir.r._os.fork()
# == forbidden_module: a list that grows by addition
import random

held = []
held += [random]
held[0]._os.fork()
# == forbidden_module: a list that grows by what is unpacked
import random

held = []
held.append(*(random,))
held[0]._os.fork()
# == forbidden_module: a list that a function fills
import random


def fill(items):
    items.append(random)


held = []
fill(held)
held[0]._os.fork()
# == forbidden_module: a dictionary with two names
import random

held = {}
same = held
same["r"] = random
held["r"]._os.fork()
# == forbidden_module: an element behind a star
import random

a, *rest = 0, random
rest[0]._os.fork()
# == forbidden_module: an attribute of an own object, read by a pattern
import random


class Box:
    r = random


match Box():
    case object(r=held):
        held._os.fork()
# == forbidden_module: a function called by its method
import random


def give(r):
    return r


give.__call__(random)._os.fork()
# == forbidden_module: a constructor in a block of its class
import random


class Box:
    if True:
        def __init__(self, r):
            self.r = r

    def run(self):
        return self.r._os


Box(random)
# == forbidden_module: the default of a getattr
import random

getattr(0, "absent", random)._os.fork()
# == torch_alias: the name torch as a parameter where a function imports it
def f():
    import torch

    def g(torch):
        return torch

    return g
# == dynamic_code: bound to itself as a global of a class body
class A:
    global exec
    exec = exec
# == dynamic_code: a string annotation in a variable
NOTE = "exec('1')"


def f(x: NOTE):
    return x
# == dynamic_code: a string annotation that is joined
def f(x: "ex" + "ec('1')"):
    return x
# == dynamic_code: a string annotation that is formatted elsewhere, with a part that nobody knows
NOTE = f"{'exec(1)'}{print}"


def f(x: NOTE):
    return x
# == dynamic_code: a string annotation in a generic in a variable
Items = list["exec('1')"]


def f(x: Items):
    return x
# == dynamic_code: code that comes with a model, asked for in a variable
import transformers

options = {"trust_remote_code": True}
transformers.AutoModel.from_pretrained("x", **options)
# == reflection: str.format by another name
show = "{0.__globals__}".format
x = show(print)
# == reflection: str.format through getattr
x = getattr("{0.__globals__}", "format")(print)
# == reflection: a format field behind a text that nobody knows
def f(x):
    return (x + "{0.__globals__}").format(print)
# == reflection: type by another name
make = type
A = make("A", (), {"__getattr__": print})
# == reflection: type with unpacked arguments
A = type(*("A", (), {"__getattr__": print}))
# == access_hook: a hook bound by a pattern
class A:
    match (lambda self, name: 1):
        case __getattr__:
            pass
# == wrapper_fields: wraps called by its method
from functools import wraps as like

like.__call__(print, ("__code__",))
# == wrapper_fields: wraps in a variable writes into a class of torch
import functools

import torch

like = functools.wraps(print)
like(torch.nn.Linear)
# == patching: the class of the model, by another name of type
kind = type


def f(model):
    kind(model).forward = None
# == patching: a class that a pattern has read
import torch

match torch.nn:
    case object(Linear=layer):
        layer.forward = None
# == patching: an operator of torch, named by keyword
import torch

lib = torch.library.Library(ns="aten", kind="IMPL")
# == patching: an operator of torch, in unpacked arguments
import torch

lib = torch.library.Library(*("aten", "IMPL"))
# == file_access: an array writes itself, by another name
import numpy as np

write = np.zeros(1).tofile
write("x")
# == file_access: unpickling is asked for in a variable
UNSAFE = False


def f(read):
    return read("x", weights_only=UNSAFE)
# == file_access: unpickling is asked for in a dictionary
def f(read):
    return read("x", **{"weights_only": False})
# == optimizer_internals: groups by getattr
def f(optimizer):
    getattr(optimizer, "param_groups")[0]["lr"] = 0.0
# == optimizer_internals: a learning rate in a variable, changed in place
def f(optimizer):
    rate = optimizer.param_groups[0]["lr"]
    fill = rate.fill_
    fill(0.0)
# == optimizer_internals: update through dict, by another name
def f(optimizer):
    change = dict.update
    change(optimizer.param_groups[0], lr=0.0)
# == optimizer_internals: a bound method of the file's own
class Wiper:
    def wipe(self, o):
        o.state.clear()


def f(optimizer):
    wipe = Wiper().wipe
    wipe(optimizer)
# == new_optimizer: taken from a list, as an argument
import functools

import torch

kinds = [] + [torch.optim.SGD]
make = functools.partial(kinds[0], lr=0.0)
# == new_optimizer: a base class taken from a list
import torch


class Lazy([torch.optim.Optimizer][0]):
    pass
# == requires_grad: parameters by getattr
def f(model):
    for p in getattr(model, "parameters")():
        p.requires_grad = False
# == requires_grad: parameters by a method that a pattern has read
def f(model):
    match model:
        case object(parameters=held):
            for p in held():
                p.requires_grad = False
# == requires_grad: through a key function
def f(model):
    sorted(model.parameters(), key=lambda p: p.requires_grad_(False))
# == requires_grad: through the key of a sort
def f(model):
    params = list(model.parameters())
    params.sort(key=lambda p: p.requires_grad_(False))
# == requires_grad: through the method of the class, by another name
import torch


def f(model):
    freeze = torch.nn.Module.requires_grad_
    freeze(model, False)
# == requires_grad: apply by another name
def freeze(m):
    m.requires_grad_(False)


def f(model):
    walk = model.apply
    walk(freeze)
# == parameter_data: set_ by another name
def f(model, w):
    put = model.lm_head.weight.set_
    put(w)
# == model_config: read by a pattern
def f(model):
    match model:
        case object(config=c):
            c.num_hidden_layers = 1
# == layer_list: a slice object in a variable
def f(model, x):
    few = slice(0, 2)
    for layer in model.model.layers[few]:
        x = layer(x)
# == layer_list: a slice of a copy in a variable
def f(model, x):
    layers = list(model.model.layers)
    for layer in layers[1:]:
        x = layer(x)
# == layer_list: islice with unpacked arguments
import itertools


def f(model, x):
    for layer in itertools.islice(*(model.model.layers, 2)):
        x = layer(x)
# == forbidden_module: what a context of a generator holds, unpacked into arguments
import contextlib
import random


@contextlib.contextmanager
def box():
    yield ([random],)


with box() as found:
    for _, r in enumerate(*found):
        r._os.fork()
# == forbidden_module: a pair that a loop leaves in an attribute
import random


class Held:
    pair = None


for Held.pair in [(random, 1)]:
    Held.pair[0]._os.fork()
# == forbidden_module: a property by another name
import random

plain = property


class Held:
    @plain
    def found(self):
        return random


Held().found._os.fork()
# == forbidden_module: a context of a generator that a stack enters
import contextlib
import random


@contextlib.contextmanager
def box():
    yield random


with contextlib.ExitStack() as stack:
    stack.enter_context(box())._os.fork()
# == forbidden_module: a context that only closes what it is given
import contextlib
import random

with contextlib.closing(random) as r:
    r._os.fork()
