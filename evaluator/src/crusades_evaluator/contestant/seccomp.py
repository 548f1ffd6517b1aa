"""A filter of system calls for the contestant: what training never needs and attacks do."""

from __future__ import annotations

import errno
import platform
import struct

#: name -> number on x86-64, on arm64 (linux: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h)
_DENIED: dict[str, tuple[int, int]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "unshare": (272, 97),
    "setns": (308, 268),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    # A unix socket is reachable by its path even without a network: no database, no agent, no daemon.
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
}
#: The CUDA driver offers its memory manager to debuggers on an abstract socket and refuses to start without (error 304,
#: seen with driver 580); in a network namespace of its own nobody can reach that.
_NEEDED_BY_CUDA = ("bind", "listen")
_CLONE = (56, 220)
_CLONE3 = 435
_NAMESPACE_FLAGS = 0x7E020000  # every CLONE_NEW* that clone() knows

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32_BIT = 0x40000000

_LOAD, _JUMP_EQUAL, _JUMP_GE, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data


def _instruction(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", operation, if_true, if_false, value)


def program(device: str) -> bytes | None:
    """The filter for this machine and kind of device, or None for an architecture that it does not know."""
    known = _ARCHITECTURES.get(platform.machine())
    if platform.system() != "Linux" or known is None:
        return None
    column, audit = known
    code = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_JUMP_EQUAL, audit, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_GE, _X32_BIT, 0, 1),
        _instruction(_RETURN, _ERROR | errno.EPERM),
    ]
    for name, numbers in _DENIED.items():
        if device != "cpu" and name in _NEEDED_BY_CUDA:
            continue
        code += [
            _instruction(_JUMP_EQUAL, numbers[column], 0, 1),
            _instruction(_RETURN, _ERROR | errno.EPERM),
        ]
    code += [  # clone3 keeps its flags in memory, out of a filter's sight: libraries fall back to clone
        _instruction(_JUMP_EQUAL, _CLONE3, 0, 1),
        _instruction(_RETURN, _ERROR | errno.ENOSYS),
        _instruction(_JUMP_EQUAL, _CLONE[column], 0, 3),
        _instruction(_LOAD, _FIRST_ARGUMENT),
        _instruction(_JUMP_SET, _NAMESPACE_FLAGS, 0, 1),
        _instruction(_RETURN, _ERROR | errno.EPERM),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(code)
