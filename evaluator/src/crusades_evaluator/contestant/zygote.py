"""The warm parent: torch and transformers imported, no tensor operation done, from which attempts are forked.

OpenMP pools and CUDA contexts do not survive a fork, so this process must never compute anything.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct

from crusades_evaluator.contestant import linux
from crusades_evaluator.contestant.confine import REFEREE_NICE, set_priority
from crusades_evaluator.contestant.keeper import keep
from crusades_evaluator.contestant.order import Order

_MAX_DESCRIPTORS = 16


def spawn_zygote() -> tuple[int, socket.socket]:
    """Forks the zygote off the calling process, which must have no threads yet. Returns its pid and control socket."""
    import_everything()
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


def import_everything() -> None:
    """The slow imports, before the fork, so that they are paid once. OpenBLAS would start threads of its own."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    assert torch.nn and Qwen2Config and Qwen2ForCausalLM


def send_order(control: socket.socket, order: Order, descriptors: list[int]) -> None:
    """descriptors: keeper socket, contestant socket, output pipe, then the shared buffers."""
    body = order.encode()
    socket.send_fds(control, [struct.pack("<I", len(body))], descriptors)
    control.sendall(body)


def _serve(control: socket.socket) -> None:
    with contextlib.suppress(OSError):
        linux.die_with_parent()
    os.setsid()  # Ctrl-C at a terminal is for the referee, which ends us by closing the socket
    set_priority(REFEREE_NICE)  # for the keepers
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers report over their own socket; nobody waits for them
    while True:
        head, descriptors, _, _ = socket.recv_fds(control, 4, _MAX_DESCRIPTORS)
        if len(head) < 4:
            return
        body = bytearray()
        (length,) = struct.unpack("<I", head)
        while len(body) < length:
            piece = control.recv(length - len(body))
            if not piece:
                return
            body += piece
        if os.fork() == 0:
            try:
                control.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                keeper, contestant, output, *buffers = descriptors
                keep(Order.decode(bytes(body)), keeper, contestant, output, buffers)
            finally:
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)
