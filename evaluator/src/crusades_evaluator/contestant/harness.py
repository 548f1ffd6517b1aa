"""Runs train.py inside the contestant's process. Untrusted like everything there: what it says is a claim.

It exists for the honest miner: builds model, iterator and optimizer as the contract says
(docs/reference/evaluator.md, §2),
hands the logits over, and names mistakes clearly.
"""

from __future__ import annotations

import gc
import importlib.util
import inspect
import math
import os
import random
import socket
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from crusades_evaluator.contestant.order import Order
from crusades_evaluator.devices import Device, device_named
from crusades_evaluator.layout import Buffers, Layout
from crusades_evaluator.model import bind, enable_checkpointing, layout_for, optimizer_for
from crusades_evaluator.protocol import GO, LENGTH_BYTES, Kind, Message, decode_length, encode

_INT64_MAX = 2**63 - 1
#: How allocators of host and device, and the libraries above them, say it. The last is torch's allocator, which asks
#: the management library who else is there, and stumbles over that it can't be asked from within the cell.
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "alloc_failed", "nvmlinit_v2_()")


class Mistake(Exception):
    """A breach of the contract that the harness can name."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


class Batches:
    """Yields each row of tokens (steps, batch, sequence) once; says whether more were asked for."""

    def __init__(self, tokens: torch.Tensor) -> None:
        self._tokens = tokens
        self._taken = 0
        self.overdrawn = False

    def __iter__(self) -> Iterator[torch.Tensor]:
        return self

    def __next__(self) -> torch.Tensor:
        if self._taken == len(self._tokens):
            self.overdrawn = True
            raise StopIteration
        self._taken += 1
        return self._tokens[self._taken - 1]


def compete(order: Order, channel: int, descriptors: Sequence[int]) -> None:
    """The contestant's whole life. Ends by being killed, or by FAILED and a return."""
    talk = socket.socket(fileno=channel)
    try:
        try:
            hall = _bind(order, descriptors)
        except Exception as error:  # ours, not the miner's: the referee waits for BOUND and takes it so
            raise _named(error, "warmup_failed") from None
        talk.sendall(encode(Message(Kind.BOUND)))
        _run(order, talk, hall)
    except Mistake as mistake:
        talk.sendall(encode(Message(Kind.FAILED, mistake.code, str(mistake))))


@dataclass(frozen=True)
class _Hall:
    """All that inner_steps is called with, over the shared buffers."""

    device: Device
    layout: Layout
    buffers: Buffers
    model: Any
    optimizer: torch.optim.Optimizer


def _bind(order: Order, descriptors: Sequence[int]) -> _Hall:
    warnings.filterwarnings("ignore", message="Can't initialize NVML")  # it can't be asked from within the cell
    device = device_named(order.device)
    device.prepare_contestant(order.threads, order.memory_bytes)
    layout = layout_for(order.model, order.data)
    buffers = device.attach(layout, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    model: Any = bind(order.model, layout, buffers, device.torch_device)
    enable_checkpointing(model)
    device.load_kernels(order.model, order.data)
    return _Hall(device, layout, buffers, model, optimizer_for(model, layout, buffers, order.optimizer))


def _run(order: Order, talk: socket.socket, hall: _Hall) -> None:
    code = _receive_code(talk)
    if code is None:
        return
    torch.manual_seed(int.from_bytes(os.urandom(7), "big"))
    random.seed()
    inner_steps = _load(code)
    device, layout, buffers = hall.device, hall.layout, hall.buffers
    tokens = buffers.tokens.view(layout.tokens_shape)

    def train(batches: Batches, steps: int, failure: str) -> Any:
        arguments: dict[str, Any] = {"num_gpus": 1} if _accepts_num_gpus(inner_steps) else {}
        try:
            result = inner_steps(hall.model, batches, hall.optimizer, steps, device.torch_device, **arguments)
            device.settle()
            return result
        except BaseException as error:
            raise _named(error, failure, batches) from None

    talk.sendall(encode(Message(Kind.LOADED)))
    warm_up = min(order.warm_up_steps, len(tokens))
    train(Batches(tokens[:warm_up]), warm_up, "warmup_failed")
    # Compiling leaves millions of objects: the collector would take a second of the timed run to look at them.
    gc.collect()
    gc.freeze()
    talk.sendall(encode(Message(Kind.READY)))
    if talk.recv(1) != GO:
        return
    result = train(Batches(tokens), len(tokens), "execution_failed")
    try:
        claimed_tokens, claimed_loss = _hand_over(result, hall.model, buffers, layout.logits_shape)
    except Mistake:
        raise
    except BaseException as error:
        raise _named(error, "invalid_return_type") from None
    device.settle()
    talk.sendall(encode(Message(Kind.DONE, tokens=claimed_tokens, loss=claimed_loss)))
    talk.recv(1)  # until killed


def _receive_code(talk: socket.socket) -> str | None:
    """The program's text; None if the referee went away, or wants no attempt any more."""
    length = _receive(talk, LENGTH_BYTES)
    text = _receive(talk, decode_length(length)) if length else None
    return text.decode("utf-8") if text is not None else None


def _receive(talk: socket.socket, count: int) -> bytes | None:
    received = bytearray()
    while len(received) < count:
        piece = talk.recv(min(count - len(received), 1 << 16))
        if not piece:
            return None
        received += piece
    return bytes(received)


def _load(code: str) -> Callable[..., Any]:
    path = Path.cwd() / "train.py"
    path.write_bytes(code.encode("utf-8"))
    try:
        compile(code, "train.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise Mistake("syntax_error", f"{error.msg} (train.py line {error.lineno})") from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise Mistake("syntax_error", f"can't be compiled: {type(error).__name__}: {error}") from None
    spec = importlib.util.spec_from_file_location("train", path)
    if spec is None or spec.loader is None:
        raise Mistake("warmup_failed", "train.py can't be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["train"] = module
    sys.dont_write_bytecode = True
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise _named(error, "warmup_failed") from None
    found: Callable[..., Any] | None = getattr(module, "inner_steps", None)
    if found is None or not callable(found):
        raise Mistake("missing_inner_steps", "train.py defines no function inner_steps")
    try:
        inspect.signature(found).bind(None, None, None, 1, None)
    except TypeError as error:
        raise Mistake(
            "missing_inner_steps",
            f"inner_steps can't be called with (model, data_iterator, optimizer, num_steps, device): {error}",
        ) from None
    except ValueError:
        pass  # no signature to inspect, as of built-in functions
    return found


def _accepts_num_gpus(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return False
    return any(p.name == "num_gpus" or p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)


def _named(error: BaseException, failure: str, batches: Batches | None = None) -> Mistake:
    if isinstance(error, StopIteration) and batches is not None and batches.overdrawn:
        return Mistake("token_count_mismatch", "more batches were taken than num_steps")
    text = f"{type(error).__name__}: {error}"
    places = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith("train.py")]
    if places:
        text += f" (train.py line {places[-1].lineno}, in {places[-1].name})"
    lowered = text.lower()
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or (
        isinstance(error, RuntimeError) and any(text in lowered for text in _OUT_OF_MEMORY)
    ):
        return Mistake("out_of_memory", text)
    return Mistake(failure, text)


def _hand_over(result: Any, model: torch.nn.Module, buffers: Buffers, shape: tuple[int, int, int]) -> tuple[int, float]:
    """Checks the result, copies its logits into the shared buffer, and returns claimed tokens and loss."""
    missing = [n for n in ("final_logits", "total_tokens", "final_loss") if not hasattr(result, n)]
    if missing and missing != ["final_logits"]:
        raise Mistake("invalid_return_type", f"{type(result).__name__} has no {', '.join(missing)}")
    logits = getattr(result, "final_logits", None)
    if logits is None:
        raise Mistake("missing_logits", "final_logits is None")
    tokens, loss = result.total_tokens, result.final_loss
    if type(tokens) is not int or not 0 <= tokens <= _INT64_MAX:
        raise Mistake("invalid_return_type", f"total_tokens is {type(tokens).__name__}, not a count of type int")
    if type(loss) is not float:
        raise Mistake("invalid_return_type", f"final_loss is {type(loss).__name__}, not float; use .item()")
    if not (math.isfinite(loss) and loss > 0):
        raise Mistake("invalid_return_type", f"final_loss is {loss}, not a positive number")
    if type(logits) is not torch.Tensor or logits.layout is not torch.strided:
        raise Mistake("invalid_return_type", f"final_logits is {type(logits).__name__}, not a dense torch.Tensor")
    if logits.device != buffers.logits.device or not logits.is_floating_point():
        raise Mistake("invalid_return_type", f"final_logits is {logits.dtype} on {logits.device}")
    if tuple(logits.shape) != shape:
        short = logits.dim() == 3 and logits.shape[0] == shape[0] and logits.shape[1] < shape[1]
        code = "sequence_truncation" if short and logits.shape[2] == shape[2] else "invalid_logits_shape"
        raise Mistake(code, f"final_logits has shape {tuple(logits.shape)}, expected {shape}")
    frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    if frozen:
        raise Mistake("insufficient_trainable_params", f"{len(frozen)} parameters are frozen, first {frozen[0]}")
    buffers.logits.view(shape).copy_(logits.detach())
    return tokens, loss
