"""The warm parent: torch and transformers imported, no tensor operation done, from which attempts are forked.

OpenMP pools and CUDA contexts do not survive a fork, so this process must never compute anything.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import struct

from crusades_evaluator.contestant import linux
from crusades_evaluator.contestant.cache import CompileCache
from crusades_evaluator.contestant.confine import REFEREE_NICE, set_priority
from crusades_evaluator.contestant.keeper import keep
from crusades_evaluator.contestant.order import Order
from crusades_evaluator.families import import_family

_MAX_DESCRIPTORS = 16
#: In the place of an order's length: keep the kernels of the newest contestant. Answered with one byte when done.
_KEEP_KERNELS = 0
_ANSWER_S = 10.0
#: The model of the competition; contestants import another family themselves.
_USUAL_FAMILY = "qwen2"


def spawn_zygote(device: str) -> tuple[int, socket.socket]:
    """Forks the zygote off the calling process, which must have no threads yet. Returns its pid and control socket."""
    import_everything(device)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            _serve(theirs)
        finally:
            os._exit(0)
    theirs.close()
    return pid, ours


def import_everything(device: str) -> None:
    """The slow imports, before the fork, so that they are paid once. OpenBLAS would start threads of its own.

    On a GPU also the compiler's: each attempt of a compiled program would otherwise wait seconds for them. What torch
    is told by its environment for this: commands/options.py.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import_family(_USUAL_FAMILY)
    for name in _COMPILER if device != "cpu" else ():
        with contextlib.suppress(ImportError):  # of another version; a contestant that needs it imports it itself
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what was imported is never garbage: no contestant's collector has to look at it again


#: What torch.compile and its first compilation for CUDA import, by torch 2.11. None starts a thread or touches a GPU.
_COMPILER = (
    "torch._dynamo",
    "torch._dynamo.backends.cudagraphs",
    "torch._dynamo.backends.inductor",
    "torch._dynamo.backends.registry",
    "torch._dynamo.repro.after_dynamo",
    "torch._functorch.aot_autograd",
    "torch._functorch._aot_autograd.autograd_cache",
    "torch._inductor.async_compile",
    "torch._inductor.choices",
    "torch._inductor.codegen.cpp_wrapper_gpu",
    "torch._inductor.codegen.cuda_combined_scheduling",
    "torch._inductor.codegen.triton",
    "torch._inductor.codegen.wrapper_fxir",
    "torch._inductor.compile_fx",
    "torch._inductor.cudagraph_trees",
    "torch._inductor.fx_passes.fuse_attention",
    "torch._inductor.fx_passes.pad_mm",
    "torch._inductor.hooks",
    "torch._inductor.runtime.triton_heuristics",
    "torch._inductor.select_algorithm",
    "torch.export",
    "torch.utils.cpp_extension",
    "triton",
    "triton.backends.nvidia.compiler",
    "triton.backends.nvidia.driver",
    "triton.compiler",
    "triton.language",
    "triton.runtime",
    "sympy.combinatorics",
)


def send_order(control: socket.socket, order: Order, descriptors: list[int]) -> None:
    """descriptors: keeper socket, contestant socket, output pipe, then the shared buffers."""
    body = order.encode()
    socket.send_fds(control, [struct.pack("<I", len(body))], descriptors)
    control.sendall(body)


def ask_to_keep_kernels(control: socket.socket) -> None:
    """Returns when CompileCache.keep_kernels is done. Raises OSError (TimeoutError) if no answer comes."""
    control.settimeout(_ANSWER_S)
    try:
        control.sendall(struct.pack("<I", _KEEP_KERNELS))
        if not control.recv(1):
            raise ConnectionError("the warm parent of contestants is gone")
    finally:
        control.settimeout(None)


def _serve(control: socket.socket) -> None:
    with contextlib.suppress(OSError):
        linux.die_with_parent()
    os.setsid()  # Ctrl-C at a terminal is for the referee, which ends us by closing the socket
    set_priority(REFEREE_NICE)  # for the keepers
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers report over their own socket; nobody waits for them
    caches = CompileCache()
    while True:
        head, descriptors, _, _ = socket.recv_fds(control, 4, _MAX_DESCRIPTORS)
        if len(head) < 4:
            return
        body = bytearray()
        (length,) = struct.unpack("<I", head)
        if length == _KEEP_KERNELS:
            with contextlib.suppress(OSError):
                caches.keep_kernels()
            control.sendall(b".")
            continue
        while len(body) < length:
            piece = control.recv(length - len(body))
            if not piece:
                return
            body += piece
        order = Order.decode(bytes(body))
        cache = caches.folder_for(order.cache, order.uid, order.gid)
        if os.fork() == 0:
            try:
                control.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                keeper, contestant, output, *buffers = descriptors
                keep(order, cache, keeper, contestant, output, buffers)
            finally:
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)
