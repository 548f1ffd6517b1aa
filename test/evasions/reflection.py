# Attributes, namespaces and code that the text does not show.

# == reflection: setattr on a module
import torch.nn.functional as F

setattr(F, "cross_entropy", None)
# == reflection: setattr by another name
put = setattr
# == reflection: setattr in a partial
import functools

put = functools.partial(setattr, print)
# == reflection: delattr
import torch.nn as nn

delattr(nn.Linear, "forward")
# == reflection: vars
import torch.nn.functional as F

vars(F)["cross_entropy"] = None
# == reflection: globals
globals()["inner_steps"] = None
# == reflection: locals at module level
locals()["inner_steps"] = None
# == reflection: dir
for name in dir(print):
    pass
# == reflection: a file
print(open("train.py").read())
# == reflection: a file in a with
with open("x", "w") as f:
    f.write("x")
# == reflection: memory
memoryview(b"x")
# == reflection: the debugger
breakpoint()
# == reflection: getattr without a call
get = getattr
# == reflection: getattr with a joined name
def f(x):
    return getattr(x, "__glo" + "bals__")
# == reflection: getattr with a reversed name
def f(x):
    return getattr(x, "__slabolg__"[::-1])
# == reflection: getattr with a joined list
def f(x):
    return getattr(x, "".join(["__dict", "__"]))
# == reflection: getattr with decoded bytes
def f(x):
    return getattr(x, b"__dict__".decode())
# == reflection: getattr with characters
def f(x):
    return getattr(x, chr(95) * 2 + "dict" + chr(95) * 2)
# == reflection: getattr with a formatted name
def f(x, part="dict"):
    return getattr(x, f"__{part}__")
# == reflection: getattr with percent formatting
def f(x):
    return getattr(x, "%sdict%s" % ("__", "__"))
# == reflection: getattr with str.format
def f(x):
    return getattr(x, "{0}dict{0}".format("__"))
# == reflection: getattr with a replaced name
def f(x):
    return getattr(x, "xxdictxx".replace("x", "_"))
# == reflection: getattr with a name from a variable
KEY = "__dict__"


def f(x):
    return getattr(x, KEY)
# == reflection: getattr with a name that comes from outside
def f(x, name):
    return getattr(x, name)
# == reflection: getattr with a name from a loop over names
def f(x):
    for name in ("shape", "__dict__"):
        getattr(x, name)
# == reflection: getattr with a star
def f(x):
    return getattr(*(x, "__dict__"))
# == reflection: getattr in map
x = list(map(getattr, [print], ["__self__"]))
# == reflection: getattr with a private name
def f(x):
    return getattr(x, "_opt_impl")
# == reflection: getattr with a name of full-width letters that str keeps
def f(x):
    return getattr(x, "__ｄict__")
# == reflection: the builtins by name
__builtins__
# == reflection: the loader by name
__loader__.get_data("x")
# == reflection: the module's spec
__spec__.loader
# == reflection: string.Formatter
import string

string.Formatter().get_field("0.__class__", (1,), {})
# == reflection: string.Formatter under another name
from string import Formatter as Pretty
# == reflection: type hints that are evaluated
import typing

typing.get_type_hints(print)
# == reflection: a class from a namespace that is data
hook = "__getattr" + "__"
A = type("A", (), {hook: print})
# == reflection: a class from a namespace with a hook
A = type("A", (object,), {"__getattribute__": lambda self, name: 1})
# == reflection: a class from an unpacked namespace
def f(namespace):
    return type("A", (), namespace)
# == reflection: a format field that walks attributes
x = "{0.__class__.__init__.__globals__}".format(print)
# == reflection: a format field that walks attributes of a keyword
x = "{f.__globals__[os]}".format(f=print)
# == reflection: format_map with a walk
x = "{f.__self__}".format_map({"f": print})
# == reflection: a format text in a variable
TEXT = "{0.__globals__}"
x = TEXT.format(print)
# == reflection: str.format through the class
x = str.format("{0.__globals__}", print)
# == dynamic_code: code in a string for torch's timer
import torch.utils.benchmark as benchmark

benchmark.Timer("import os").timeit()
# == dynamic_code: code in a string for torch's script compiler
import torch

torch.jit.CompilationUnit("def f(x): return x")
# == dynamic_code: a reference that typing evaluates
import typing

typing.ForwardRef("print(1)")
# == dynamic_code: a string annotation that singledispatch evaluates
import functools


@functools.singledispatch
def f(x):
    return x


@f.register
def _(x: "__import__('os').system('true')"):
    return x
# == dynamic_code: a string annotation inside a generic
def f(x: list["exec('1')"]):
    return x
# == dynamic_code: a string annotation of a return value
def f() -> "print(1)":
    return None
# == dynamic_code: code that comes with a model
import transformers

transformers.AutoModel.from_pretrained("x", trust_remote_code=True)
# == forbidden_attribute: globals of a function
def f():
    return f.__globals__
# == forbidden_attribute: builtins of a function
def f():
    return f.__builtins__
# == forbidden_attribute: the module of a builtin
print.__self__.eval("1")
# == forbidden_attribute: up from a tuple
().__class__.__base__.__subclasses__()
# == forbidden_attribute: up through the resolution order
type.__mro__
# == forbidden_attribute: subclasses of object
object.__subclasses__()
# == forbidden_attribute: bases
class A:
    pass


A.__bases__ = (dict,)
# == forbidden_attribute: a class is changed
def f(model):
    model.__class__ = dict
# == forbidden_attribute: a class is changed in a tuple
def f(model):
    model.__class__, x = dict, 1
# == forbidden_attribute: a class is changed by a loop
def f(model):
    for model.__class__ in [dict]:
        pass
# == forbidden_attribute: other code for a function
def f():
    return None


f.__code__ = (lambda: 1).__code__
# == forbidden_attribute: the cells of a closure
def f():
    return f.__closure__[0]
# == forbidden_attribute: a method's function
def f(optimizer):
    return optimizer.step.__func__
# == forbidden_attribute: the frame of a traceback
try:
    raise ValueError
except ValueError as error:
    x = error.__traceback__
# == forbidden_attribute: the frame of a generator
def f():
    yield 1


x = f().gi_frame.f_back
# == forbidden_attribute: the frame of a coroutine
async def f():
    return 1


x = f().cr_frame
# == forbidden_attribute: constants of code
def f(code):
    return code.co_consts
# == forbidden_attribute: an object's dictionary
def f(model):
    model.__dict__["x"] = 1
# == forbidden_attribute: object.__setattr__
def f(model):
    object.__setattr__(model, "x", 1)
# == forbidden_attribute: type.__setattr__
import torch.nn as nn

type.__setattr__(nn.Linear, "forward", None)
# == forbidden_attribute: __getattribute__ of object
def f(x):
    return object.__getattribute__(x, "x")
# == forbidden_attribute: a property's own setter
import torch

torch.Tensor.data.__set__(None, None)
# == forbidden_attribute: a function bound with __get__
def f(self):
    return self


f.__get__(print)
# == forbidden_attribute: a module's __getattr__
import torch

torch.__getattr__("os")
# == forbidden_attribute: a class pattern reads the dictionary
match print:
    case object(__self__=b):
        b.eval("1")
# == forbidden_attribute: a class pattern goes through the class
match print:
    case object(__class__=c):
        c
# == forbidden_attribute: a nested class pattern
match [print]:
    case [object(__init__=object(__self__=b))]:
        b
# == forbidden_attribute: what wraps left behind
def f(x):
    return x.__wrapped__
# == forbidden_attribute: pickling by hand
def f(x):
    return x.__reduce_ex__(4)
# == forbidden_attribute: defaults of a function
def f(x=1):
    return x


f.__defaults__ = (2,)
# == forbidden_attribute: keyword defaults of a function
def f(*, x=1):
    return x


f.__kwdefaults__["x"] = 2
# == forbidden_attribute: the value of a type alias
import random

type R = random
R.__value__
# == forbidden_attribute: an f-string reads it
def f():
    return f"{f.__globals__['x']}"
# == forbidden_attribute: in a default argument
def f(x=print.__self__):
    return x
# == forbidden_attribute: full-width letters
def f():
    return f.__ｇlobals__
# == access_hook: __getattr__ in a class
class A:
    def __getattr__(self, name):
        return 1
# == access_hook: __getattribute__ by assignment
class A:
    __getattribute__ = lambda self, name: 1
# == access_hook: a module's __getattr__
def __getattr__(name):
    return name
# == access_hook: torch functions of a subclass
import torch


class Loss(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return 1
# == access_hook: a dispatch mode
from torch.utils._python_dispatch import TorchDispatchMode


class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args)
# == access_hook: a descriptor
class Lazy:
    def __get__(self, obj, owner):
        return 1
# == access_hook: a descriptor learns its name
class Lazy:
    def __set_name__(self, owner, name):
        self.owner = owner
# == access_hook: subclasses are caught
class A:
    def __init_subclass__(cls):
        pass
# == access_hook: subscripting a class
class A:
    def __class_getitem__(cls, item):
        return item
# == access_hook: isinstance is answered
class M(type):
    def __instancecheck__(cls, obj):
        return True
# == access_hook: a hook in a for target of a class body
class A:
    for __getattr__ in [lambda self, name: 1]:
        pass
# == access_hook: a hook imported into a class body
class A:
    from math import sqrt as __getattr__
# == access_hook: a hook by a class of its name
class A:
    class __getattr__:
        pass
# == wrapper_fields: update_wrapper with fields of its own
import functools

functools.update_wrapper(print, len, assigned=("x",))
# == wrapper_fields: wraps with fields of its own, by position
from functools import wraps as like

like(print, ("__code__",))
# == wrapper_fields: update_wrapper writes into a module
import functools

import torch.nn.functional as F


class Fake:
    cross_entropy = None


functools.update_wrapper(F, Fake())
# == wrapper_fields: wraps writes into a class of torch
import functools

import torch


def fake():
    return None


functools.wraps(fake)(torch.nn.Linear)
# == wrapper_fields: wraps as a partial that is kept
import functools

functools.wraps(print, **{"updated": ()})
# == too_tangled: a chain that is longer than any path, below an attribute of the file's own
import torch.nn as nn

class Held:
    it = nn.a
x = Held.it.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p._os.system
# == too_tangled: a chain of attributes that is longer than any path
import torch.nn as nn

x = nn.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p._os.system
# == too_tangled: a format text that may be any of very many
PART = "a" if print else "b"
TEXT = PART + PART + PART + PART + PART + PART + PART + PART + PART
x = (TEXT + "{0.__globals__}").format(print)
# == forbidden_attribute: what a module calls its builtins
from enum import __builtins__ as b

b["exec"]("import os")
# == forbidden_attribute: the state of a module as a dictionary
import random

random.__getstate__()["_os"].getpid()
# == access_hook: patterns that read what a constant names
import abc


class B(abc.ABC):
    __match_args__ = ("__self__",)


B.register(type(print))
match print:
    case B(m):
        m.exec("import os")
# == access_hook: patterns that read what is put together
class B:
    __match_args__ = ("__se" + "lf__",)


match print:
    case B(m):
        pass
# == access_hook: patterns whose names are set later
class B:
    pass


B.__match_args__ = ("__self__",)
# == access_hook: memory as an array
import numpy as np


class M:
    __array_interface__ = {"data": (id(0), False), "shape": (8,), "typestr": "<i8", "version": 3}


np.asarray(M())
# == wrapper_fields: wraps that map calls
from functools import wraps
import random


def fake():
    return 0


list(map(wraps(fake), (random,)))
# == wrapper_fields: update_wrapper by reduce
import functools
import random


def fake():
    return 0


functools.reduce(functools.update_wrapper, [random, fake])
# == wrapper_fields: attributes of a function for the model
import functools


def forward(x):
    return x


def f(model):
    functools.update_wrapper(model, forward)
