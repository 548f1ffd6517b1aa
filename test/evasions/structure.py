# The entry function and the name of the module.

# == entry_missing: in a class
class Train:
    def inner_steps(self, model, data_iterator, optimizer, num_steps, device):
        return None
# == entry_missing: in a block
if True:
    def inner_steps(model, data_iterator, optimizer, num_steps, device):
        return None
# == entry_missing: in the main guard
if __name__ == "__main__":
    def inner_steps(model, data_iterator, optimizer, num_steps, device):
        return None
# == entry_missing: a lambda
inner_steps = lambda model, data_iterator, optimizer, num_steps, device: None
# == entry_missing: an imported one
from math import sqrt as inner_steps
# == entry_kind: async
async def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None
# == entry_kind: a generator, with a yield that never runs
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    if False:
        yield
    return None
# == entry_kind: a generator by yield from
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return (yield from data_iterator)
# == entry_signature: one too few
def inner_steps(model, data_iterator, optimizer, num_steps):
    return None
# == entry_signature: one too many
def inner_steps(model, data_iterator, optimizer, num_steps, device, scaler):
    return None
# == entry_signature: by keyword only
def inner_steps(*, model, data_iterator, optimizer, num_steps, device):
    return None
# == entry_rebound: a second definition
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return 1
# == entry_rebound: a loop
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


for inner_steps in (print,):
    pass
# == entry_rebound: a walrus in a comprehension
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


x = [(inner_steps := print) for _ in range(1)]
# == entry_rebound: an except clause, which unbinds it
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


try:
    pass
except ValueError as inner_steps:
    pass
# == entry_rebound: an import
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


from math import sqrt as inner_steps
# == entry_rebound: a global
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    global inner_steps
    inner_steps = print
# == entry_rebound: a pattern
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


match print:
    case inner_steps:
        pass
# == entry_rebound: a with
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    return None


import contextlib

with contextlib.nullcontext(print) as inner_steps:
    pass
# == name_binding: assigned
__name__ = "__main__"
# == name_binding: annotated
__name__: str = "__main__"
# == name_binding: walrus
(__name__ := "__main__")
# == name_binding: loop
for __name__ in ["__main__"]:
    pass
# == name_binding: with
import contextlib

with contextlib.nullcontext("__main__") as __name__:
    pass
# == name_binding: starred
*__name__, x = "ab"
# == name_binding: star pattern
match ["__main__"]:
    case [*__name__]:
        pass
# == name_binding: rest pattern
match {"a": 1}:
    case {**__name__}:
        pass
# == name_binding: type parameter
def f[__name__](x):
    return x
# == name_binding: type alias
type __name__ = int
# == name_binding: global
def f():
    global __name__
    __name__ = "__main__"
# == name_binding: class
class __name__:
    pass
# == name_binding: parameter of a lambda
f = lambda __name__: __name__
# == name_binding: import
from math import sqrt as __name__
# == name_binding: deleted
del __name__
# == name_binding: full-width letters
__ｎame__ = "__main__"
