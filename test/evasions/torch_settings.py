# Patches of torch, clocks, settings, files and random state.

# == patching: a function of a module
import torch.nn.functional as F

F.cross_entropy = lambda *a, **k: 0
# == patching: a method of a class
from torch.nn import Linear

Linear.forward = lambda self, x: x
# == patching: a tuple target
import torch

x, torch.nn.Linear.forward = 1, None
# == patching: a starred target
import torch

x, *torch.nn.Linear.parts = 1, 2
# == patching: a loop's target
import torch.nn.functional as F

for F.cross_entropy in [None]:
    pass
# == patching: a comprehension's target
import torch.nn.functional as F

x = [0 for F.cross_entropy in [None]]
# == patching: a with's target
import contextlib

import torch.nn.functional as F

with contextlib.nullcontext(None) as F.cross_entropy:
    pass
# == patching: an augmented assignment
import torch

torch.nn.Linear.forward += None
# == patching: an annotated assignment
import torch

torch.nn.Linear.forward: object = None
# == patching: del
import torch

del torch.nn.Module.train
# == patching: a class by another name
import torch

Layer = torch.nn.Linear
Layer.forward = None
# == patching: classes in a loop
from torch import nn

for cls in (nn.Linear, nn.LayerNorm):
    cls.forward = None
# == patching: classes in a dictionary
from torch import nn

for cls in {"a": nn.Linear}.values():
    cls.forward = None
# == patching: a class as a parameter
from torch import nn


def patch(cls, f):
    cls.forward = f


patch(nn.Linear, print)
# == patching: a class as a parameter of a decorator
from torch import nn


def patch(cls):
    def wrap(f):
        cls.forward = f
        return f

    return wrap


@patch(nn.Linear)
def forward(self, x):
    return x
# == patching: the class of the model
def f(model):
    type(model).forward = None
# == patching: the class of the model, out of a context of the file's own
class Held:
    def __init__(self, thing):
        self.thing = thing
    def __enter__(self):
        return self.thing
    def __exit__(self, *error):
        return None
def f(model):
    with Held(model) as held:
        type(held).forward = None
# == patching: the class of the model, read as an attribute
def f(model):
    model.__class__.forward = None
# == patching: the class of the optimizer, by another name
def f(optimizer):
    cls = type(optimizer)
    cls.step = lambda self: None
# == patching: an entry of a table of torch
import torch.utils._pytree as pytree

pytree.SUPPORTED_NODES[dict] = None
# == patching: a slice of a list of another module
import warnings

warnings.filters[:] = []
# == patching: a deleted entry of another module
import copy

del copy._deepcopy_dispatch[dict]
# == patching: an operator of torch, through its library
import torch

lib = torch.library.Library("aten", "IMPL")
lib.impl("mm", lambda a, b: a, "CUDA")
# == patching: an operator of torch, through register_kernel
import torch


@torch.library.register_kernel("aten::mm", "cuda")
def mm(a, b):
    return a
# == patching: an operator of torch, through impl
from torch.library import impl

impl("aten::_fused_adamw_", "CUDA", print)
# == patching: a name of torch in a variable
import torch

SPACE = "aten"
lib = torch.library.Library(SPACE, "IMPL")
# == patching: through a module's alias in a class
from torch import nn


class Box:
    layer = nn.Linear


Box.layer.forward = None
# == patching: through a conditional
from torch import nn

(nn.Linear if True else nn.Bilinear).forward = None
# == patching: through a walrus
from torch import nn

(layer := nn.Linear).forward = None
# == patching: the printed warning
import warnings

warnings.showwarning = None
# == patching: a constant of math
import math

math.inf = 0.0
# == clock_rebinding: an event's time
def f(event):
    event.elapsed_time = lambda other: 0.0
# == clock_rebinding: a stream that does not wait
def f(stream):
    stream.synchronize = lambda: None
# == clock_rebinding: in a tuple
def f(event):
    event.record, x = None, 1
# == clock_rebinding: in a loop
def f(event):
    for event.elapsed_time in [None]:
        pass
# == clock_rebinding: in a with
def f(event, context):
    with context as event.synchronize:
        pass
# == clock_rebinding: deleted
def f(event):
    del event.synchronize
# == clock_rebinding: a stream that waits for nobody
def f(stream):
    stream.wait_stream = lambda other: None
# == clock_rebinding: an imported clock, assigned
from time import perf_counter

perf_counter = lambda: 0.0
# == clock_rebinding: an imported clock, defined
from time import perf_counter


def perf_counter():
    return 0.0
# == clock_rebinding: an imported clock, in a loop
from time import monotonic

for monotonic in (int,):
    pass
# == clock_rebinding: an imported clock under another name
from time import perf_counter as now

now = lambda: 0.0
# == clock_rebinding: an imported synchronisation
from torch.cuda import synchronize


def synchronize(device=None):
    return None
# == clock_rebinding: an imported clock, set global
from time import perf_counter


def f():
    global perf_counter
    perf_counter = int
# == patching: a module's clock
import time

time.perf_counter = lambda: 0.0
# == patching: a module's clock in a loop
import time

for time.monotonic in (int,):
    pass
# == patching: torch's synchronisation
import torch

torch.cuda.synchronize = lambda device=None: None
# == patching: the time of events
import torch

torch.cuda.Event.elapsed_time = lambda self, other: 0.0
# == patching: the time of events by another name
from torch.cuda import Event

E = Event
E.record = None
# == patching: sleep under a module alias
import time as clock

clock.sleep = None
# == backend_setting: the usual one
import torch

torch.backends.cudnn.benchmark = True
# == backend_setting: in a tuple
import torch

torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = True, False
# == backend_setting: through a from-import
from torch.backends import cudnn

cudnn.benchmark = True
# == backend_setting: through a variable
import torch

b = torch.backends.cudnn
b.benchmark = True
# == backend_setting: through a parameter
import torch


def fast(settings):
    settings.benchmark = True


fast(torch.backends.cudnn)
# == backend_setting: in a loop's target
import torch

for torch.backends.cudnn.benchmark in [True]:
    pass
# == backend_setting: TF32 in matmul
import torch

torch.backends.cuda.matmul.allow_tf32 = True
# == backend_setting: TF32 through an unknown object
def f(settings):
    settings.allow_tf32 = True
# == backend_setting: the new name of TF32
import torch

torch.backends.cuda.matmul.fp32_precision = "tf32"
# == backend_setting: sums in half precision
import torch

torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = True
# == backend_setting: a setter
import torch

torch.set_float32_matmul_precision("high")
# == backend_setting: a setter under another name
from torch import set_float32_matmul_precision as configure

configure("high")
# == backend_setting: a setter in a variable
import torch

configure = torch.set_float32_matmul_precision
configure("high")
# == backend_setting: a setter by getattr
import torch

getattr(torch, "set_float32_matmul_precision")("high")
# == backend_setting: a setter by getattr with a name in a variable
import torch

NAME = "set_float32_" + "matmul_precision"
getattr(torch, NAME)("high")
# == backend_setting: attention toggles
import torch

torch.backends.cuda.enable_math_sdp(False)
# == backend_setting: attention toggles through a from-import
from torch.backends.cuda import enable_cudnn_sdp
# == backend_setting: a setter as a decorator's argument
import functools

import torch

go = functools.partial(torch.use_deterministic_algorithms, False)
# == backend_setting: the default type
import torch

torch.set_default_dtype(torch.float16)
# == backend_setting: the default device
from torch import set_default_device
# == backend_setting: cudnn's flags
import torch

with torch.backends.cudnn.flags(benchmark=True):
    pass
# == backend_setting: a class pattern takes the setter
import torch

match torch:
    case object(set_float32_matmul_precision=go):
        go("high")
# == file_access: torch.load
import torch

torch.load("x")
# == file_access: torch.save under another name
from torch import save as keep
# == file_access: through a variable
import torch

read = torch.load
# == file_access: a memory map
import numpy as np

np.memmap("x")
# == file_access: the format below numpy.load
from numpy.lib.format import open_memmap
# == file_access: numpy's files by an alias of a part
import numpy.lib.npyio as n

n.load("x")
# == file_access: storage from a file
import torch

torch.UntypedStorage.from_file("x", False, 1)
# == file_access: a library from a file
import torch

torch.ops.load_library("x.so")
# == file_access: an array writes itself
import numpy as np

np.zeros(1).tofile("x")
# == file_access: compiled code from bytes
import torch

torch.compiler.load_cache_artifacts(b"")
# == file_access: a script from a file
import torch

torch.jit.load("x")
# == file_access: an exported program
import torch

torch.export.load("x")
# == file_access: unpickling is asked for
def f(read):
    return read("x", weights_only=False)
# == rng_state: the seed
import torch

torch.initial_seed()
# == rng_state: the seed by another name
from torch import initial_seed as start
# == rng_state: the generator itself
import torch

g = torch.default_generator
g.get_state()
# == rng_state: the device's generators
import torch

torch.cuda.default_generators[0].get_state()
# == rng_state: numpy's state
import numpy as np

np.random.get_state()
# == rng_state: Python's state
import random

random.getstate()
# == rng_state: by getattr
import torch

getattr(torch.cuda, "get_rng_state")()
