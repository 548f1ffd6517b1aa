# What makes training fast.

# == torch.compile in its forms
import torch


@torch.compile
def a(x):
    return x


@torch.compile(mode="max-autotune", fullgraph=True, dynamic=False)
def b(x):
    return x


c = torch.compile(lambda x: x, options={"triton.cudagraphs": True})
# == model.compile and compiled layers
def f(model):
    model.compile(mode="reduce-overhead")
    for layer in model.model.layers:
        layer.compile(fullgraph=True)
# == compile imported by name
from torch import compile

fast = compile(print)
# == options of dynamo and inductor
import torch._dynamo
import torch._inductor.config as inductor
from torch._dynamo import config as dynamo

torch._dynamo.config.cache_size_limit = 64
torch._dynamo.config.capture_scalar_outputs = True
dynamo.automatic_dynamic_shapes = False
inductor.max_autotune = True
inductor.triton.unique_kernel_names = True
inductor.coordinate_descent_tuning, inductor.epilogue_fusion = True, True
# == an option of dynamo if there is such
import torch._dynamo

config = torch._dynamo.config
if hasattr(config, "inline_inbuilt_nn_modules"):
    config.inline_inbuilt_nn_modules = True
# == graph breaks, disabled functions and marked shapes
import torch


@torch._dynamo.disable
def log(x):
    print(x)


def f(x):
    torch._dynamo.mark_dynamic(x, 0)
    torch._dynamo.graph_break()
    torch.compiler.cudagraph_mark_step_begin()
    return x.clone()
# == CUDA graphs by hand
import torch


class Graphed:
    def __init__(self, step, example):
        self.input = example.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            step(self.input)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.loss = step(self.input)

    def __call__(self, batch):
        self.input.copy_(batch)
        self.graph.replay()
        return self.loss
# == make_graphed_callables
import torch


def f(model, x):
    return torch.cuda.make_graphed_callables(model, (x,))
# == streams and events
import torch


def f(x):
    stream = torch.cuda.Stream(priority=-1)
    start = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    start.record(stream)
    with torch.cuda.stream(stream):
        y = x.to("cuda", non_blocking=True)
    end.record(stream)
    y.record_stream(stream)
    stream.wait_event(start)
    torch.cuda.synchronize()
    return start.elapsed_time(end), end.query(), y
# == a prefetcher
import torch


class Prefetcher:
    def __init__(self, iterator, device):
        self.iterator = iterator
        self.device = device
        self.stream = torch.cuda.Stream()
        self.batch = None
        self.load()

    def load(self):
        batch = next(self.iterator, None)
        if batch is None:
            self.batch = None
            return
        with torch.cuda.stream(self.stream):
            self.batch = batch.pin_memory().to(self.device, non_blocking=True)

    def __iter__(self):
        return self

    def __next__(self):
        torch.cuda.current_stream().wait_stream(self.stream)
        if self.batch is None:
            raise StopIteration
        batch = self.batch
        batch.record_stream(torch.cuda.current_stream())
        self.load()
        return batch
# == batches in a queue
from collections import deque


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    queue = deque(maxlen=2)
    for _ in range(num_steps):
        queue.append(next(data_iterator).to(device, non_blocking=True))
        batch = queue.popleft()
        model(batch).loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
# == autocast
import torch


def f(model, x):
    with torch.autocast("cuda", dtype=torch.bfloat16, cache_enabled=False):
        return model(x).logits
# == attention by a context manager
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel


def f(q, k, v):
    with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION], set_priority=True):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
# == flex attention
import torch
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

flex = torch.compile(flex_attention)


def causal(b, h, q, k):
    return q >= k


def attend(q, k, v):
    mask = create_block_mask(causal, None, None, q.shape[-2], k.shape[-2])
    return flex(q, k, v, block_mask=mask)
# == operators of torch called directly
import torch


def f(q, k, v, x):
    out = torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, 0.0, True)
    first = torch.ops.aten.select.int(x, 0, 0)
    return out[0], first, torch.select(x, 0, 1), torch.trace(x)
# == a custom operator of one's own
import torch


@torch.library.custom_op("crusade::scale", mutates_args=())
def scale(x: torch.Tensor, factor: float) -> torch.Tensor:
    return x * factor


@scale.register_fake
def _(x, factor):
    return torch.empty_like(x)


scale.register_autograd(lambda ctx, grad: (grad, None), setup_context=lambda ctx, inputs, output: None)
# == an operator library of one's own
import torch

lib = torch.library.Library("mine", "DEF")
lib.define("double(Tensor x) -> Tensor")
lib.impl("double", lambda x: x * 2, "CompositeExplicitAutograd")
# == a custom autograd function
import torch


class ReLU2(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.relu()
        ctx.save_for_backward(y)
        ctx.mark_non_differentiable()
        ctx.set_materialize_grads(False)
        return y * y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return 2 * grad * y


square = ReLU2.apply
# == a chunked loss with its own backward
import torch
import torch.nn.functional as F


class ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, target, chunks):
        grads, losses = [], []
        grad_weight = torch.zeros_like(weight)
        for h, t in zip(hidden.chunk(chunks), target.chunk(chunks)):
            with torch.enable_grad():
                part = h.detach().requires_grad_(True)
                w = weight.detach().requires_grad_(True)
                loss = F.cross_entropy((part @ w.t()).float(), t, reduction="sum")
                gh, gw = torch.autograd.grad(loss, (part, w))
            grads.append(gh)
            grad_weight += gw
            losses.append(loss.detach())
        ctx.save_for_backward(torch.cat(grads), grad_weight)
        ctx.n = target.numel()
        return torch.stack(losses).sum() / ctx.n

    @staticmethod
    def backward(ctx, grad):
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * (grad / ctx.n), grad_weight * (grad / ctx.n), None, None


def loss(model, batch):
    hidden = model.model(batch[:, :-1]).last_hidden_state.flatten(0, 1)
    return ChunkedCrossEntropy.apply(hidden, model.lm_head.weight, batch[:, 1:].flatten(), 8)
# == checkpointing
import functools

import torch
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts


def f(model, x):
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    for layer in model.model.layers:
        layer.gradient_checkpointing = True
        x = checkpoint(layer, x, use_reentrant=False)
    return x


save = functools.partial(create_selective_checkpoint_contexts, [torch.ops.aten.mm.default])
# == every second layer is checkpointed
def f(model):
    for index, layer in enumerate(model.model.layers):
        if index % 2 == 0:
            layer.gradient_checkpointing = False
    half = len(model.model.layers) // 2
    return model.model.layers[half], model.model.layers[-1]
# == saved tensors on the host
import torch


def f(model, x):
    with torch.autograd.graph.save_on_cpu(pin_memory=True):
        return model(x)
# == hooks on saved tensors
import torch


def f(x):
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.to(torch.bfloat16), lambda t: t.float()):
        return x * x
# == a Triton kernel
import torch
import triton
import triton.language as tl


@triton.autotune(configs=[triton.Config({"BLOCK": 1024}, num_warps=4)], key=["n"])
@triton.jit
def add_kernel(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offset = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offset < n
    x = tl.load(x_ptr + offset, mask=mask)
    y = tl.load(y_ptr + offset, mask=mask, other=0.0)
    tl.store(out_ptr + offset, x + y, mask=mask)


def add(x, y):
    out = torch.empty_like(x)
    grid = lambda meta: (triton.cdiv(x.numel(), meta["BLOCK"]),)
    add_kernel[grid](x, y, out, x.numel())
    return out
# == a Triton softmax with its backward
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice


@triton.jit
def softmax_kernel(out, x, stride, n: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0)
    col = tl.arange(0, BLOCK)
    value = tl.load(x + row * stride + col, mask=col < n, other=-float("inf"))
    value = libdevice.exp(value - tl.max(value, axis=0))
    tl.store(out + row * stride + col, value / tl.sum(value, axis=0), mask=col < n)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        out = torch.empty_like(x)
        softmax_kernel[(x.shape[0],)](out, x, x.stride(0), x.shape[1], triton.next_power_of_2(x.shape[1]))
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        return out * (grad - (grad * out).sum(-1, keepdim=True))
# == Triton if it is there
try:
    import triton
    import triton.language as tl
except ImportError:
    triton = tl = None

HAS_TRITON = triton is not None
# == torch if it is there
try:
    import torch
except ImportError:
    torch = None

if torch is not None and hasattr(torch, "compile"):
    print(torch.__version__)
# == properties of the device
import torch


def f(device):
    properties = torch.cuda.get_device_properties(device)
    major, minor = torch.cuda.get_device_capability()
    return properties.multi_processor_count, major >= 9, torch.backends.cudnn.version(), torch.version.cuda
# == reading settings
import torch

print(torch.backends.cudnn.benchmark, torch.backends.cuda.matmul.allow_tf32, torch.get_default_dtype())
# == memory
import torch


def f():
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.max_memory_allocated() / 2**30
# == the profiler in the main guard
import torch


if __name__ == "__main__":
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        torch.ones(1)
    profile.export_chrome_trace("trace.json")
    print(profile.key_averages().table())
# == ranges for a profiler
import torch


def f(x):
    with torch.profiler.record_function("loss"), torch.autograd.profiler.record_function("x"):
        torch.cuda.nvtx.range_push("step")
        y = x * 2
        torch.cuda.nvtx.range_pop()
    return y
# == packing of documents
import torch
import torch.nn.functional as F


def pack(documents, length, pad):
    rows, row = [], []
    for document in sorted(documents, key=len, reverse=True):
        if len(row) + len(document) > length:
            rows.append(F.pad(torch.tensor(row), (0, length - len(row)), value=pad))
            row = []
        row.extend(document)
    return torch.stack(rows)
# == masks for packed documents
import torch


def document_mask(ids, end):
    documents = (ids == end).cumsum(-1)
    same = documents[:, :, None] == documents[:, None, :]
    return same & torch.ones_like(same).tril()
# == micro-batches
def inner_steps(model, data_iterator, optimizer, num_steps, device):
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        for micro in batch.split(2):
            (model(micro, labels=micro).loss * micro.shape[0] / batch.shape[0]).backward()
        optimizer.step()
        optimizer.zero_grad()
# == gradients by hand
import torch


def f(model, loss):
    params = [p for p in model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(loss, params)
    for p, g in zip(params, grads):
        p.grad = g
    torch._foreach_mul_([p.grad for p in params], 0.5)
    torch.nn.utils.clip_grad_norm_(params, 1.0)
# == fused projections as buffers
import torch


def f(model):
    fused = {}
    for name, module in model.named_modules():
        if hasattr(module, "q_proj"):
            fused[name] = torch.cat([module.q_proj.weight, module.k_proj.weight, module.v_proj.weight])
    return fused
# == an own forward for all attention layers


def attention(self, hidden, **kwargs):
    return hidden, None


def f(model):
    for layer in model.model.layers:
        layer.self_attn.scale = 0.125
# == a module of one's own
import torch
from torch import Tensor, nn


class RMSNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.register_buffer("scale", torch.ones(1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight

    def extra_repr(self) -> str:
        return f"eps={self.eps}"


class Block(RMSNorm):
    scale = 2.0

    def forward(self, x):
        return super().forward(x) * self.scale


Block.scale = 3.0
# == layers of one's own in a list
from torch import nn


class Stack(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(n))
        self.config = {"n": n}

    def forward(self, x):
        for layer in self.layers[: len(self.layers)]:
            x = layer(x)
        return x
# == slices of other things than layers
def f(model, batch):
    logits = model(batch[:, :-1]).logits[:, -1]
    weight = model.lm_head.weight[:10]
    names = [name for name, _ in model.named_parameters()][:3]
    blocks = batch.blocks[1:]
    return logits, weight, names, blocks, model.model.layers[0].mlp.up_proj.weight[:5]
# == all layers, one after the other
def f(model, x):
    for layer in model.model.layers:
        x = layer(x)[0]
    for index in range(len(model.model.layers)):
        x = model.model.layers[index](x)
    for layer, scale in zip(model.model.layers, [1.0] * 4):
        x = layer(x) * scale
    return x
# == distributed with num_gpus
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def inner_steps(model, data_iterator, optimizer, num_steps, device, num_gpus=1):
    if num_gpus > 1 and not dist.is_initialized():
        dist.init_process_group("nccl")
    wrapped = DistributedDataParallel(model) if num_gpus > 1 else model
    for batch in data_iterator:
        wrapped(batch).loss.backward()
        optimizer.step()
# == fully sharded
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard


def inner_steps(model, data_iterator, optimizer, num_steps, device, *, num_gpus):
    for layer in model.model.layers:
        fully_shard(layer)
    fully_shard(model)
# == einops
from einops import einsum, rearrange, reduce


def f(x, w):
    return einsum(rearrange(x, "b (s h) d -> b h s d", h=4), w, "b h s d, d e -> b h s e"), reduce(x, "b s d -> b", "mean")
# == transformers
import transformers
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.utils import logging

logging.set_verbosity_error()
transformers.logging.set_verbosity_error()


def f(x):
    return CausalLMOutputWithPast(logits=x)
# == a seed of one's own
import torch

g = torch.Generator(device="cpu").manual_seed(1)
x = torch.rand(3, generator=g)
torch.manual_seed(3)
# == tensors written by index
import torch

x = torch.zeros(3, 3)
x[0] = 1
x[:, 1] += 2
x.select(0, 0)[1] = 3
x.data = x.data * 2
del x
# == types of torch
import torch

DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}
Device = torch.types.Device
print(torch.finfo(DTYPES["bf16"]).max, torch.Size([1]), torch.device("cuda"))
# == attributes called like settings
class Options:
    deterministic = True
    benchmark = False

    def __init__(self):
        self.matmul_precision = "high"


Options.benchmark = True
o = Options()
o.deterministic = False
