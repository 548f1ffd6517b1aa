# Modules that foreign functions, operators, exceptions and generators give back.

# == forbidden_module: a cached property of a lambda
import functools
import random


class H:
    found = functools.cached_property(lambda self: random)


H().found._os.fork()
# == forbidden_module: a chain of mappings
import collections
import random

collections.ChainMap({"r": random})["r"]._os.fork()
# == forbidden_module: a class that makes something else
import random


class H:
    def __new__(cls):
        return random


H()._os.fork()
# == forbidden_module: a context variable
import contextvars
import random

v = contextvars.ContextVar("v")
v.set(random)
v.get()._os.fork()
# == forbidden_module: a copy
import copy
import random

copy.copy(random)._os.fork()
# == forbidden_module: a dataclass as a tuple
import dataclasses
import random


@dataclasses.dataclass
class D:
    r: object


dataclasses.astuple(D(random))[0]._os.fork()
# == forbidden_module: a dataclass's default that a lambda makes
import dataclasses
import random


@dataclasses.dataclass
class D:
    r: object = dataclasses.field(default_factory=lambda: random)


D().r._os.fork()
# == forbidden_module: a dictionary made from keys
import random

dict.fromkeys([1], random)[1]._os.fork()
# == forbidden_module: a field of a named tuple that a call defines
import collections
import random

P = collections.namedtuple("P", "r")
P(random).r._os.fork()
# == forbidden_module: a field that dataclasses.replace fills
import dataclasses
import random


@dataclasses.dataclass
class D:
    r: object


x = D(1)
dataclasses.replace(x, r=random).r._os.fork()
# == forbidden_module: a fold
import functools
import random

functools.reduce(lambda a, b: a, [random, 1])._os.fork()
# == forbidden_module: a generator that is sent something
import random


def g():
    x = yield
    x._os.fork()


c = g()
next(c)
c.send(random)
# == forbidden_module: a list of an own class
import random


class L(list):
    pass


L([random])[0]._os.fork()
# == forbidden_module: a list whose elements are replaced
import random

x = [0]
x[:] = [random]
x[0]._os.fork()
# == forbidden_module: a metaclass that makes something else
import random


class M(type):
    def __call__(cls):
        return random


class H(metaclass=M):
    pass


H()._os.fork()
# == forbidden_module: a part of a list that is replaced
import random

x = [0]
x[0:1] = random,
x[0]._os.fork()
# == forbidden_module: a product
import itertools
import random

for a, b in itertools.product([1], [random]):
    b._os.fork()
# == forbidden_module: a property made of a lambda
import random


class H:
    found = property(lambda self: random)


H().found._os.fork()
# == forbidden_module: a property made of a method
import random


class H:
    def get(self):
        return random
    found = property(get)


H().found._os.fork()
# == forbidden_module: a property made of a named argument
import random


class H:
    def get(self):
        return random
    found = property(fget=get)


H().found._os.fork()
# == forbidden_module: a queue
import queue
import random

q = queue.Queue()
q.put(random)
q.get()._os.fork()
# == forbidden_module: accumulated
import itertools
import random

for a in itertools.accumulate([random]):
    a._os.fork()
# == forbidden_module: an entry that a dictionary gives away
import random

{1: random}.popitem()[1]._os.fork()
# == forbidden_module: an iterator that is split
import itertools
import random

a, b = itertools.tee([random])
next(a)._os.fork()
# == forbidden_module: an own class's addition
import random


class H:
    def __add__(self, o):
        return random


(H() + 1)._os.fork()
# == forbidden_module: an own class's addition from the right
import random


class H:
    def __radd__(self, o):
        return random


(1 + H())._os.fork()
# == forbidden_module: an own class's addition in place
import random


class H:
    def __iadd__(self, o):
        return o


h = H()
h += random
h._os.fork()
# == forbidden_module: an own class's comparison
import random


class H:
    def __lt__(self, o):
        return random


(H() < 1)._os.fork()
# == forbidden_module: an own class's negation
import random


class H:
    def __neg__(self):
        return random


(-H())._os.fork()
# == forbidden_module: an own dictionary's missing entry
import random


class H(dict):
    def __missing__(self, k):
        return random


H()[1]._os.fork()
# == forbidden_module: lists that are added up
import random

sum([[random]], [])[0]._os.fork()
# == forbidden_module: neighbours
import itertools
import random

for a, b in itertools.pairwise([random, random]):
    b._os.fork()
# == forbidden_module: pairs of unequal lists
import itertools
import random

for a, b in itertools.zip_longest([1], [random]):
    b._os.fork()
# == forbidden_module: repeated
import itertools
import random

next(itertools.repeat(random))._os.fork()
# == forbidden_module: the key of a group
import itertools
import random

for k, g in itertools.groupby([random]):
    k._os.fork()
# == forbidden_module: the largest of a list
import random

max([random], key=id)._os.fork()
# == forbidden_module: the other operand of an own operator
import random


class H:
    def __matmul__(self, o):
        return o


(H() @ random)._os.fork()
# == forbidden_module: the smallest of two arguments
import random

min(random, random, key=id)._os.fork()
# == forbidden_module: what a defaultdict makes
import collections
import random

d = collections.defaultdict(lambda: random)
d[1]._os.fork()
# == forbidden_module: what a function makes of unpacked arguments
import itertools
import random

for r in itertools.starmap(lambda a, b: a, [(random, 1)]):
    r._os.fork()
# == forbidden_module: what a generator returns, by its exception
import random


def g():
    return random
    yield


try:
    next(g())
except StopIteration as e:
    e.value._os.fork()
# == forbidden_module: what an exception carries
import random

try:
    raise ValueError(random)
except ValueError as e:
    e.args[0]._os.fork()
# == forbidden_module: what an own exception carries
import random


class E(Exception):
    pass


try:
    raise E(random)
except E as e:
    e.args[0]._os.fork()
# == forbidden_module: what an own object gives when awaited
import random


class H:
    def __await__(self):
        yield
        return random


async def f():
    (await H())._os.fork()
# == forbidden_module: what another generator returns
import random


def g():
    return random
    yield


def h():
    x = yield from g()
    x._os.fork()
# == forbidden_module: what a defaultdict makes of an unpacked argument
import collections
import random

d = collections.defaultdict(*((lambda: random),))
d[1]._os.fork()
# == forbidden_module: a default that an unpacked keyword makes
import dataclasses
import random


@dataclasses.dataclass
class D:
    r: object = dataclasses.field(**{"default_factory": lambda: random})


D().r._os.fork()
# == forbidden_module: the default of a getattr, handed to a function
import random

max([getattr(object, "missing", random)], key=id)._os.fork()
