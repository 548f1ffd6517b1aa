# The optimizer, the parameters and the model, used in other ways than training them.

# == optimizer_internals: its state
def f(optimizer):
    optimizer.state.clear()
# == optimizer_internals: its state, by another name of the optimizer
def f(optimizer):
    o = optimizer
    o.state.clear()
# == optimizer_internals: the entry function's own name for it
def inner_steps(m, it, opt, n, dev):
    opt.state.clear()
# == optimizer_internals: a name in a closure
def inner_steps(m, it, opt, n, dev):
    def go():
        opt.state.clear()

    go()
# == optimizer_internals: a walrus
def f(optimizer):
    (o := optimizer).state.clear()
# == optimizer_internals: unpacking
def f(optimizer):
    o, _ = optimizer, 1
    o.state.clear()
# == optimizer_internals: a container
def f(optimizer):
    tools = [optimizer]
    tools[0].state.clear()
# == optimizer_internals: a dictionary
def f(optimizer):
    tools = {"o": optimizer}
    tools["o"].state.clear()
# == optimizer_internals: a loop
def f(optimizer):
    for o in (optimizer,):
        o.state.clear()
# == optimizer_internals: an attribute
class Loop:
    def __init__(self, optimizer):
        self.o = optimizer

    def run(self):
        self.o.state.clear()
# == optimizer_internals: an attribute of the same name
class Loop:
    def __init__(self, optimizer):
        self.optimizer = optimizer

    def run(self):
        self.optimizer.state.clear()
# == optimizer_internals: a parameter of a helper
def wipe(o):
    o.state.clear()


def f(optimizer):
    wipe(optimizer)
# == optimizer_internals: a parameter of a method
class Wiper:
    def wipe(self, o):
        o.state.clear()


def f(optimizer):
    Wiper().wipe(optimizer)
# == optimizer_internals: a lambda that a class keeps
def f(optimizer):
    class Kept:
        wipe = lambda o: o.state.clear()
    Kept.wipe(optimizer)
# == optimizer_internals: a method that is called through its class
class Wiper:
    def wipe(o):
        o.state.clear()
def f(optimizer):
    Wiper.wipe(optimizer)
# == optimizer_internals: an attribute of a function, under another name
def holder():
    pass
other = holder
def f(optimizer):
    holder.held = optimizer
    other.held.state.clear()
# == optimizer_internals: a method of what a decorator made an instance of
class Wiper:
    def wipe(self, o):
        o.state.clear()
@(lambda make: make())
def cls():
    return Wiper
def f(optimizer):
    cls().wipe(optimizer)
# == optimizer_internals: a method of what a decorator puts in the place of a function
class Wiper:
    def wipe(self, o):
        o.state.clear()
@(lambda make: make())
def cls():
    return Wiper
def f(optimizer):
    def replaced(held):
        return cls()
    @replaced
    def wiper():
        pass
    wiper.wipe(optimizer)
# == optimizer_internals: an attribute of a function, read by a pattern
def holder():
    pass
other = holder
def f(optimizer):
    holder.held = optimizer
    match other:
        case object(held=found):
            found.state.clear()
# == optimizer_internals: a lambda
def f(optimizer):
    (lambda o: o.state.clear())(optimizer)
# == optimizer_internals: a default
def f(optimizer):
    def wipe(o=optimizer):
        o.state.clear()

    wipe()
# == optimizer_internals: a partial
import functools


def wipe(o):
    o.state.clear()


def f(optimizer):
    functools.partial(wipe, optimizer)()
# == optimizer_internals: map
def f(optimizer):
    list(map(lambda o: o.state.clear(), [optimizer]))
# == optimizer_internals: a global
held = None


def f(optimizer):
    global held
    held = optimizer


def g():
    held.state.clear()
# == optimizer_internals: a pattern
def f(optimizer):
    match optimizer:
        case o:
            o.state.clear()
# == optimizer_internals: a pattern that reads its parts
def f(optimizer):
    match optimizer:
        case object(state=s):
            s.clear()
# == optimizer_internals: getattr
def f(optimizer):
    getattr(optimizer, "state").clear()
# == optimizer_internals: getattr with a name in a variable
def f(optimizer):
    name = "state"
    getattr(optimizer, name).clear()
# == optimizer_internals: a context that hands on
import contextlib


def f(optimizer):
    with contextlib.nullcontext(optimizer) as o:
        o.state.clear()
# == optimizer_internals: a step of one's own
def f(optimizer):
    optimizer.step = lambda: None
# == optimizer_internals: a step of one's own, in a tuple
def f(optimizer):
    optimizer.step, x = print, 1
# == optimizer_internals: hooks
def f(optimizer):
    optimizer.register_step_pre_hook(print)
# == optimizer_internals: what is wrapped
def f(optimizer):
    optimizer.optimizer.step()
# == optimizer_internals: what is wrapped, by a private name
def f(x):
    x._opt_impl.step()
# == optimizer_internals: another group
def f(optimizer, p):
    optimizer.add_param_group({"params": p})
# == optimizer_internals: its saved state
def f(optimizer):
    optimizer.load_state_dict({})
# == optimizer_internals: the learning rate
def f(optimizer):
    optimizer.param_groups[0]["lr"] = 0.0
# == optimizer_internals: the learning rate in a loop
def f(optimizer):
    for g in optimizer.param_groups:
        g["lr"] *= 0.5
# == optimizer_internals: the learning rate in a loop with a counter
def f(optimizer):
    for i, g in enumerate(optimizer.param_groups):
        g["lr"] = 0.0
# == optimizer_internals: the learning rate through a loop's target
def f(optimizer):
    for optimizer.param_groups[0]["lr"] in [0.0]:
        pass
# == optimizer_internals: a key in a variable
def f(optimizer):
    key = "lr"
    optimizer.param_groups[0][key] = 0.0
# == optimizer_internals: update
def f(optimizer):
    optimizer.param_groups[0].update(lr=0.0)
# == optimizer_internals: update through dict
def f(optimizer):
    dict.update(optimizer.param_groups[0], lr=0.0)
# == optimizer_internals: merged in place
def f(optimizer):
    for g in optimizer.param_groups:
        g |= {"lr": 0.0}
# == optimizer_internals: __setitem__
def f(optimizer):
    optimizer.param_groups[0].__setitem__("lr", 0.0)
# == optimizer_internals: a learning rate that is a tensor
def f(optimizer):
    optimizer.param_groups[0]["lr"].fill_(0.0)
# == optimizer_internals: parameters left out of a group
def f(optimizer):
    optimizer.param_groups[0]["params"].pop()
# == optimizer_internals: parameters left out by a slice
def f(optimizer):
    optimizer.param_groups[0]["params"][1:] = []
# == optimizer_internals: parameters left out with del
def f(optimizer):
    del optimizer.param_groups[0]["params"][0]
# == optimizer_internals: groups by another name
def f(optimizer):
    first, *rest = optimizer.param_groups
    first["lr"] = 0.0
# == optimizer_internals: groups in a comprehension
def f(optimizer):
    [g.update(lr=0.0) for g in optimizer.param_groups]
# == optimizer_internals: a function over the groups
def slow(g):
    g["lr"] = 0.0


def f(optimizer):
    list(map(slow, optimizer.param_groups))
# == optimizer_internals: groups that a helper returns
def groups(optimizer):
    return optimizer.param_groups


def f(optimizer):
    groups(optimizer)[0]["lr"] = 0.0
# == optimizer_internals: a bound method by another name
def f(optimizer):
    change = optimizer.param_groups[0].update
    change(lr=0.0)
# == new_optimizer: called
import torch


def f(model):
    return torch.optim.SGD(model.parameters(), lr=0.0)
# == new_optimizer: under another name
from torch.optim import AdamW as Adam


def f(model):
    return Adam(model.parameters())
# == new_optimizer: in a variable
import torch

Opt = torch.optim.SGD


def f(model):
    return Opt(model.parameters())
# == new_optimizer: in a partial
import functools

import torch

make = functools.partial(torch.optim.SGD, lr=0.0)
# == new_optimizer: in a dictionary
import torch


def f(model):
    return {"sgd": torch.optim.SGD}["sgd"](model.parameters())
# == new_optimizer: as a base class
import torch


class Lazy(torch.optim.Optimizer):
    def step(self, closure=None):
        return None
# == new_optimizer: by getattr
import torch


def f(model):
    return getattr(torch.optim, "SGD")(model.parameters())
# == new_optimizer: as a default
import torch


def f(model, make=torch.optim.SGD):
    return make(model.parameters())
# == new_optimizer: the step's own function
import torch

torch.optim.adamw.adamw([], [], [], [], [], [])
# == new_optimizer: transformers has one, too
from transformers.optimization import Adafactor


def f(model):
    return Adafactor(model.parameters())
# == new_optimizer: a schedule
import torch


def f(optimizer):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: 0.0)
# == new_optimizer: a schedule of transformers
import transformers


def f(optimizer):
    return transformers.get_linear_schedule_with_warmup(optimizer, 1, 2)
# == requires_grad: a loop
def f(model):
    for p in model.parameters():
        p.requires_grad = False
# == requires_grad: named parameters
def f(model):
    for name, p in model.named_parameters():
        if "mlp" in name:
            p.requires_grad_(False)
# == requires_grad: by index
def f(model):
    list(model.parameters())[0].requires_grad = False
# == requires_grad: in a comprehension
def f(model):
    [p.requires_grad_(False) for p in model.parameters()]
# == requires_grad: in a nested comprehension
def f(model):
    return [p.requires_grad_(False) for m in model.modules() for p in m.parameters()]
# == requires_grad: through map
def f(model):
    list(map(lambda p: p.requires_grad_(False), model.parameters()))
# == requires_grad: through apply
def freeze(m):
    m.requires_grad_(False)


def f(model):
    model.apply(freeze)
# == requires_grad: through a helper
def freeze(module):
    for p in module.parameters():
        p.requires_grad = False


def inner_steps(net, it, opt, n, dev):
    freeze(net)
# == requires_grad: through the method of the class
import torch


def f(model):
    torch.nn.Module.requires_grad_(model, False)
# == requires_grad: through an attribute
class Loop:
    def __init__(self, model):
        self.net = model

    def run(self):
        self.net.lm_head.requires_grad_(False)
# == requires_grad: in a tuple
def f(model):
    model.lm_head.weight.requires_grad, x = False, 1
# == requires_grad: in a loop's target
def f(model):
    for model.lm_head.weight.requires_grad in [False]:
        pass
# == requires_grad: kept in a list first
def f(model):
    frozen = []
    for p in model.parameters():
        frozen.append(p)
    for p in frozen:
        p.requires_grad = False
# == requires_grad: chosen by a filter
def f(model):
    for p in filter(lambda p: p.dim() == 1, model.parameters()):
        p.requires_grad = False
# == requires_grad: kept in a comprehension first
def f(model):
    norms = [p for p in model.parameters() if p.dim() == 1]
    for p in norms:
        p.requires_grad = False
# == requires_grad: kept in a dictionary first
def f(model):
    named = dict(model.named_parameters())
    for p in named.values():
        p.requires_grad = False
# == requires_grad: a bound method by another name
def f(model):
    freeze = model.lm_head.requires_grad_
    freeze(False)
# == requires_grad: a submodule by its name
def f(model):
    model.get_submodule("lm_head").requires_grad_(False)
# == requires_grad: the embedding
def f(model):
    model.get_input_embeddings().weight.requires_grad = False
# == requires_grad: the optimizer's own parameters
def f(optimizer):
    for g in optimizer.param_groups:
        for p in g["params"]:
            p.requires_grad = False
# == parameter_data: a name that stands for a gradient, too
def f(model, x):
    for p in model.parameters():
        g = p.grad
        g = p
        g.data = x
# == parameter_data: an attribute of the file's own that is called grad
class Held:
    pass
def f(model, x):
    held = Held()
    for p in model.parameters():
        held.grad = p
        held.grad.data = x
# == parameter_data: a loop
def f(model):
    for p in model.parameters():
        p.data = p.data * 0
# == parameter_data: one weight
def f(model, w):
    model.lm_head.weight.data = w
# == parameter_data: in a tuple
def f(model, w):
    x, model.lm_head.weight.data = 1, w
# == parameter_data: by another name
def f(model, w):
    head = model.lm_head
    weight = head.weight
    weight.data = w
# == parameter_data: set_
def f(model, w):
    model.lm_head.weight.set_(w)
# == parameter_data: the optimizer's own parameters
def f(optimizer, w):
    for p in optimizer.param_groups[0]["params"]:
        p.data = w
# == model_config: fewer layers
def f(model):
    model.config.num_hidden_layers = 1
# == model_config: by another name
def f(model):
    c = model.config
    c.num_hidden_layers -= 1
# == model_config: update
def f(model):
    model.config.update({"num_hidden_layers": 1})
# == model_config: another one
def f(model, other):
    model.config = other
# == model_config: of a layer
def f(model):
    for layer in model.model.layers:
        layer.self_attn.config.sliding_window = 16
# == model_config: through a helper
def change(config):
    config.sliding_window = 16


def f(model):
    change(model.config)
# == model_config: in a loop's target
def f(model):
    for model.config.num_hidden_layers in [1]:
        pass
# == model_config: by getattr
def f(model):
    getattr(model, "config").num_hidden_layers = 1
# == layer_list: replaced
def f(model, few):
    model.model.layers = few
# == layer_list: a slice
def f(model, x):
    for layer in model.model.layers[:-1]:
        x = layer(x)
# == layer_list: a slice of a copy
def f(model, x):
    for layer in list(model.model.layers)[1:]:
        x = layer(x)
# == layer_list: islice
import itertools


def f(model, x):
    for layer in itertools.islice(model.model.layers, 2):
        x = layer(x)
# == layer_list: deleted
def f(model):
    del model.model.layers[-1]
# == layer_list: popped
def f(model):
    model.model.layers.pop(0)
# == layer_list: replaced by another name
def f(model, x):
    blocks = model.model.layers
    for block in blocks[::2]:
        x = block(x)
# == layer_list: a slice object
def f(model, x):
    for layer in model.model.layers[slice(0, 2)]:
        x = layer(x)
# == layer_list: __getitem__ with a slice
def f(model):
    return model.model.layers.__getitem__(slice(0, 2))
# == layer_list: a layer replaced
import torch


def f(model):
    model.model.layers[0] = torch.nn.Identity()
# == layer_list: another name for blocks
def f(model, x):
    for layer in model.transformer.h[:2]:
        x = layer(x)
# == layer_list: the table of modules
def f(model, few):
    model.model._modules["layers"] = few
# == layer_list: through a helper
def run(layers, x):
    for layer in layers[:2]:
        x = layer(x)
    return x


def f(model, x):
    return run(model.model.layers, x)
# == layer_list: by getattr
def f(model, x):
    for layer in getattr(model.model, "layers")[:2]:
        x = layer(x)
# == optimizer_internals: a method of what a decorator puts in the place of a class
def made(cls):
    return cls()
@made
class wiper:
    def wipe(self, o):
        o.state.clear()
def f(optimizer):
    wiper.wipe(optimizer)
# == optimizer_internals: a parameter before a slash
def wipe(o, /):
    o.state.clear()
def f(optimizer):
    wipe(optimizer)
# == optimizer_internals: a parameter behind a slash
def wipe(x, /, o):
    o.state.clear()
def f(optimizer):
    wipe(1, optimizer)
