# Modules as values.

# == a module handed to a function of the file
import cmath
import math


def root(library, value):
    return library.sqrt(value)


REAL = root(math, 2.0)
COMPLEX = root(cmath, -2.0)
# == modules in a table of implementations
import cmath
import json
import math

LIBRARIES = {"real": math, "complex": cmath}
NAMES = sorted(LIBRARIES)
CHOSEN = LIBRARIES.get("real", math)
HALF = CHOSEN.sqrt(0.25)
WORDS = json.dumps(NAMES, default=str).split()
FIRST, *REST = (library.__name__ for library in LIBRARIES.values())
# == a module that is printed, compared and asked about
import cmath
import math

FAST = hasattr(math, "fma") and math is not None


def describe(tensor):
    print(math, FAST)
    found = [module for module in (math, cmath) if hasattr(module, "sqrt")]
    return len(found), repr(math), tensor.detach().float().norm().item()
