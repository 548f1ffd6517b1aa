# Other names for torch, for modules and for builtins, by every way Python has to bind one.

# == torch_alias: import-as
import torch as th
# == torch_alias: assignment
import torch

t = torch
# == torch_alias: annotated assignment
import torch

t: object = torch
# == torch_alias: chained assignment
import torch

a = b = torch
# == torch_alias: walrus
import torch

if (t := torch):
    pass
# == torch_alias: unpacking
import torch

t, _ = torch, 0
# == torch_alias: starred unpacking
import torch

*t, _ = torch, 0
# == torch_alias: list target
import torch

[t] = [torch]
# == torch_alias: a loop
import torch

for t in (torch,):
    t.zeros(1)
# == torch_alias: a comprehension
import torch

x = [t.zeros(1) for t in [torch]]
# == torch_alias: a dictionary
import torch

tools = {"t": torch}
# == torch_alias: a default argument
import torch


def f(t=torch):
    return t
# == torch_alias: a keyword default of a lambda
import torch

f = lambda *, t=torch: t
# == torch_alias: an argument
import torch

(lambda t: t.zeros(1))(torch)
# == torch_alias: a keyword argument
import torch

x = dict(t=torch)
# == torch_alias: a class attribute
import torch


class Box:
    t = torch
# == torch_alias: an instance attribute
import torch


class Box:
    def __init__(self):
        self.t = torch
# == torch_alias: a return value
import torch


def tools():
    return torch
# == torch_alias: a yielded value
import torch


def tools():
    yield torch
# == torch_alias: a match subject
import torch

match torch:
    case t:
        t.zeros(1)
# == torch_alias: a with statement
import contextlib

import torch

with contextlib.nullcontext(torch) as t:
    t.zeros(1)
# == torch_alias: a conditional expression
import torch

t = torch if True else None
# == torch_alias: an or
import torch

t = None or torch
# == torch_alias: through a submodule
import torch.nn.functional as F

F.torch.zeros(1)
# == torch_alias: from a submodule
from torch.nn.functional import torch as t
# == torch_alias: a global that is set in a function
import torch


def f():
    global t
    t = torch
# == torch_alias: a try with a fall-back
try:
    import torch as t
except ImportError:
    t = None
# == torch_alias: the name torch for another module
import math as torch
# == torch_alias: the name torch for a part of torch
import torch.nn as torch
# == torch_alias: the name torch in a loop
import torch

for torch in range(3):
    pass
# == torch_alias: the name torch in an except clause
import torch

try:
    pass
except ValueError as torch:
    pass
# == torch_alias: the name torch for an async function
import torch


async def torch():
    return None
# == torch_alias: the name torch as a parameter
import torch


def f(torch):
    return torch
# == torch_alias: the name torch in a pattern
import torch

match [1]:
    case [torch]:
        pass
# == torch_alias: a type alias
import torch

type T = torch
# == forbidden_module: a module in a tuple, unpacked
import torch.utils.data

loader, _ = torch.utils.data, 0
loader.os.fork()
# == forbidden_module: a module in a starred target
import random

*_, r = 0, random
r._os.fork()
# == forbidden_module: a module in a nested target
import random

(a, (b, c)) = 1, (2, random)
c._os.fork()
# == forbidden_module: a module in a dictionary
import random

tools = {"r": random}
tools["r"]._os.fork()
# == forbidden_module: a module in a list
import random

[random][0]._os.fork()
# == forbidden_module: a module as a default argument
import random


def f(r=random):
    r._os.fork()
# == forbidden_module: a module as an argument
import random


def f(r):
    r._os.fork()


f(random)
# == forbidden_module: a module as a keyword argument
import random


def f(*, r):
    r._os.fork()


f(r=random)
# == forbidden_module: a module that a function returns
import random


def get():
    return random


get()._os.fork()
# == forbidden_module: a module that a lambda returns
import random

get = lambda: random
get()._os.fork()
# == forbidden_module: a module as a class attribute
import random


class Box:
    r = random


Box.r._os.fork()
# == forbidden_module: a module as an instance attribute
import random


class Box:
    def __init__(self):
        self.r = random

    def run(self):
        self.r._os.fork()
# == forbidden_module: a module as an attribute of an instance, from outside
import random


class Box:
    r = random


box = Box()
box.r._os.fork()
# == forbidden_module: a module that a constructor hands on
import random


class Box:
    def __init__(self, r):
        self.r = r

    def run(self):
        return self.r._os


Box(random)
# == forbidden_module: a walrus in a comprehension
import random

x = [(r := random) for _ in range(1)]
r._os.fork()
# == forbidden_module: a loop over a dictionary's values
import random

for r in {"a": random}.values():
    r._os.fork()
# == forbidden_module: a loop with a counter
import random

for _, r in enumerate([random]):
    r._os.fork()
# == forbidden_module: a pattern that captures
import random

match random:
    case r:
        r._os.fork()
# == forbidden_module: a pattern that captures from a sequence
import random

match (1, random):
    case (_, r):
        r._os.fork()
# == forbidden_module: a context that hands on
import contextlib
import random

with contextlib.nullcontext(random) as r:
    r._os.fork()
# == forbidden_module: nonlocal
import random


def f():
    r = None

    def g():
        nonlocal r
        r = random

    g()
    r._os.fork()
# == forbidden_module: global
import random

r = None


def f():
    global r
    r = random


def g():
    r._os.fork()
# == forbidden_module: six names in a row
import random

a = random
b = a
c = b
d = c
e = d
f = e
f._os.fork()
# == forbidden_module: twenty names in a row
import random

a0 = random
a1 = a0
a2 = a1
a3 = a2
a4 = a3
a5 = a4
a6 = a5
a7 = a6
a8 = a7
a9 = a8
b0 = a9
b1 = b0
b2 = b1
b3 = b2
b4 = b3
b5 = b4
b6 = b5
b7 = b6
b8 = b7
b9 = b8
b9._os.fork()
# == forbidden_module: an import fall-back
try:
    import absent as r
except ImportError:
    import random as r
r._os.fork()
# == forbidden_module: a conditional
import random

r = random if random.random() < 2 else None
r._os.fork()
# == forbidden_module: next and iter
import random

next(iter([random]))._os.fork()
# == forbidden_module: a decorator that hands on a module
import random


def give(f):
    return random


@give
def r():
    return None


r._os.fork()
# == forbidden_module: getattr with a name from a loop
import random

for name in ("seed", "_os"):
    getattr(random, name)
# == dynamic_code: assigned
run = eval
# == dynamic_code: a default argument
def f(run=exec):
    return run("1")
# == dynamic_code: a class attribute
class A:
    run = staticmethod(exec)
# == dynamic_code: a decorator
@eval
def f():
    return None
# == dynamic_code: passed to map
list(map(eval, ["1"]))
# == dynamic_code: in a dictionary
table = {"run": exec}
# == dynamic_code: in an f-string
x = f"{eval('1')}"
# == dynamic_code: in an f-string's width
x = f"{1:{eval('1')}}"
# == dynamic_code: in a comprehension's condition
x = [1 for _ in range(1) if exec("1") is None]
# == dynamic_code: in an annotation
def f(x: eval("1")):
    return x
# == dynamic_code: a base class
class A(compile("1", "", "eval") or object):
    pass
# == dynamic_code: a keyword of a class
class A(metaclass=eval):
    pass
# == dynamic_code: a key function
sorted(["1"], key=eval)
# == dynamic_code: used before it is bound, in one line
eval("1"); eval = print
# == dynamic_code: bound only in a branch that is not taken
if False:
    eval = print
eval("1")
# == dynamic_code: deleted before it is used
eval = print
del eval
eval("1")
# == dynamic_code: bound to itself
exec = exec
# == dynamic_code: bound to itself by a lambda that is called at once
exec = (lambda: exec)()
# == dynamic_code: bound to itself out of a comprehension
exec = [exec for _ in (0,)][0]
# == dynamic_code: bound by a loop without turns
for exec in ():
    pass
exec("1")
# == dynamic_code: bound as an exception, which ends with the clause
try:
    raise ValueError
except ValueError as exec:
    pass
exec("1")
# == dynamic_code: a name of the class, which its methods do not see
class A:
    eval = None

    def f(self):
        return eval("1")
# == dynamic_code: full-width letters
ｅｖａｌ("1")
# == dynamic_code: the import function
__import__("math")
# == dynamic_code: in a star argument
print(*[eval][0]("1"))
# == dynamic_code: in a lambda
f = lambda: exec("1")
# == dynamic_code: in an assertion's message
assert True, eval("1")
# == dynamic_code: a guard of a case
match 1:
    case _ if eval("1"):
        pass
