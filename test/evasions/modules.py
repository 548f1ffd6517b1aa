# Forbidden modules: as imports, and through what allowed modules hold.

# == forbidden_module: plain import among allowed ones
import math, os, random
# == forbidden_module: renamed to something innocent
import subprocess as kernels
# == forbidden_module: submodule of a forbidden module
import os.path
# == forbidden_module: submodule under a new name
import concurrent.futures as pool
# == forbidden_module: from-import under a new name
from ctypes import CDLL as Library
# == forbidden_module: the C twin of a module
import _ctypes
# == forbidden_module: the C twin of io
from _io import FileIO
# == forbidden_module: POSIX below os
import posix
# == forbidden_module: the helper below subprocess
import _posixsubprocess
# == forbidden_module: import inside a function
def f():
    import sys

    return sys
# == forbidden_module: import inside a class body
class A:
    import gc
# == forbidden_module: import in a try with a fall-back
try:
    import not_there
except ImportError:
    import importlib as not_there
# == forbidden_module: import in a finally
try:
    pass
finally:
    import pickle
# == forbidden_module: import in the else of a loop
for _ in ():
    pass
else:
    import socket
# == forbidden_module: import in a match case
match 1:
    case _:
        import marshal
# == forbidden_module: import in a lambda's neighbour, after a semicolon
x = 1; import inspect
# == forbidden_module: import under TYPE_CHECKING
from typing import TYPE_CHECKING

if not TYPE_CHECKING:
    import threading
# == forbidden_module: reached as an attribute of torch
import torch

torch.os.system("true")
# == forbidden_module: reached through an underscore
import random

random._os.getpid()
# == forbidden_module: reached through collections
import collections

collections._sys.exit()
# == forbidden_module: reached through dataclasses
import dataclasses

dataclasses.inspect.currentframe()
# == forbidden_module: reached through enum under another name
import enum as kinds

kinds.sys.modules.clear()
# == forbidden_module: reached through contextlib's own import
from contextlib import os as o
# == forbidden_module: reached three modules deep
import re

re.enum.bltns.x = re.enum.sys
# == forbidden_module: reached through a submodule alias
import torch.utils.data as d

d.os.fork()
# == forbidden_module: reached through a variable
import torch.utils.data

loader = torch.utils.data
loader.os.fork()
# == forbidden_module: reached through getattr with a constant
import torch

getattr(torch, "sys").exit()
# == forbidden_module: reached through getattr with joined constants
import torch

getattr(torch, "o" "s").fork()
# == forbidden_module: torch's C interface
import torch

torch._C._cuda_setDevice(0)
# == forbidden_module: torch's C interface, imported
from torch import _C
# == forbidden_module: torch's loader of C++ code
from torch.utils import cpp_extension
# == forbidden_module: torch's downloads
import torch

torch.hub.load("a/b", "c")
# == forbidden_module: torch's pickles
from torch.serialization import add_safe_globals
# == forbidden_module: torch's processes
import torch.multiprocessing as mp
# == forbidden_module: foreign memory through dlpack
from torch.utils.dlpack import from_dlpack
# == forbidden_module: foreign memory through numpy
import numpy as np

np.ctypeslib.as_array(None)
# == forbidden_module: code from text, kept by the inductor
from torch._inductor.codecache import PyCodeCache
# == forbidden_module: shell commands in torch's report on the environment
import torch.utils.collect_env as env

env.run("true")
# == forbidden_module: the C compiler behind triton
from triton.runtime.build import compile_module_from_src
# == forbidden_module: Fortran compiler behind numpy
import numpy.f2py
# == forbidden_module: code in strings, for timing
import timeit

timeit.timeit("1")
# == forbidden_module: code in strings, for profiling
import cProfile as profiler
# == forbidden_module: how copies are made
import copy

copy.copyreg.dispatch_table.clear()
# == forbidden_module: a class pattern reads the attribute
import random

match random:
    case object(_os=m):
        m.fork()
# == forbidden_module: a class pattern inside a sequence pattern
import torch.utils.data

match [torch.utils.data]:
    case [object(os=m)]:
        m.fork()
# == forbidden_module: the else of the main guard
if __name__ == "__main__":
    pass
else:
    import os
# == forbidden_module: a guard inside a block
if True:
    if __name__ == "__main__":
        import os
# == forbidden_module: a guard that compares with something else
if __name__ != "__main__":
    import os
# == forbidden_module: a guard with an alternative
if __name__ == "__main__" or True:
    import os
# == forbidden_module: a guard by membership
if __name__ in ("__main__", "train"):
    import os
# == forbidden_module: a guard in a loop's head
while __name__ == "__main__":
    import os
# == forbidden_module: full-width letters, which Python reads as os
import ｏｓ
# == forbidden_module: mathematical letters in an attribute
import torch

torch.𝐨𝐬.fork()
# == star_import: everything of torch
from torch import *
# == star_import: everything of an own name
from torch.nn.functional import *
# == relative_import: the package around
from . import helper
# == relative_import: the package above
from ..lib import helper as math
# == forbidden_module: builtins as enum calls them, by name
from enum import bltns

bltns.exec("1")
# == forbidden_module: paths of another package
from torch.jit._monkeytype_config import Path

Path("x").read_text()
# == forbidden_module: threads of another package
from torch.utils.data.dataloader import python_multiprocessing as m
# == forbidden_module: the C part of torch by another module
from torch.cuda.memory import _C

_C._set_cublas_allow_tf32(True)
# == forbidden_module: loading code of the import system
import _frozen_importlib
# == dynamic_code: code from the name of a type elsewhere
from torch._jit_internal import ForwardRef
# == file_access: a file by the method of a storage
def f(x):
    return x.untyped_storage().from_file("x", True, 8)
# == rng_state: the state of a generator by another module
from torch.cuda import random as r

x = r.get_rng_state_all()
# == backend_setting: a setting of an object of torch's own
import torch

m = torch.backends.cuda.cuBLASModule()
m.allow_fp16_accumulation = True
# == patching: an imported dictionary by its method
import torch

torch.nn.modules.module._global_forward_hooks.update({0: print})
