"""The CPU as a device: memfd buffers, a peak measured by matrix products, work counted in CPU seconds."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch

from crusades_evaluator import interface, processes
from crusades_evaluator.devices.base import Clocks, DeviceFacts
from crusades_evaluator.layout import Buffers, Layout, Region

_PEAK_SECONDS = 1.5
_PEAK_SIZES = (512, 1024, 2048)
#: How long the contestant is watched for work before t0, and the share of a core that counts as idle.
_IDLE_WATCH_S = 0.03
_IDLE_TRIES = 20
#: CPU time is counted in ticks of 10 ms and a library may start helper threads: more than this is another core at work.
_WORK_TOLERANCE = 1.15
_WORK_SLACK_S = 0.1


class CpuSharedMemory:
    """One memfd for each region. Sealed against resizing, so that the contestant can't make the referee fault."""

    def __init__(self, layout: Layout) -> None:
        self.descriptors: list[int] = [_memory_file(region) for region in layout.regions]
        self.buffers = _map(layout, self.descriptors)

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []


class CpuDevice:
    name = "cpu"
    slots = 64
    samples_per_tensor = 256

    def __init__(self) -> None:
        self.torch_device = torch.device("cpu")

    def open(self) -> None:
        """A CPU is always there."""

    def facts(self) -> DeviceFacts:
        model = _cpu_model()
        machine = "".join(_first_line(p) for p in ("/etc/machine-id", "/var/lib/dbus/machine-id")) or platform.node()
        identity = hashlib.sha256(f"{machine} {model}".encode()).hexdigest()[:32]
        return DeviceFacts("cpu", model, f"CPU-{identity}", f"{platform.system()} {platform.release()}")

    def measure_peak(self, threads: int) -> float:
        """Best rate of fp32 matrix products of several sizes: 2 n³ operations each."""
        torch.set_num_threads(threads)
        best = 0.0
        for size in _PEAK_SIZES:
            left, right = torch.randn(size, size), torch.randn(size, size)
            out = torch.empty(size, size)
            torch.mm(left, right, out=out)
            until = time.monotonic() + _PEAK_SECONDS / len(_PEAK_SIZES)
            while time.monotonic() < until:
                start = time.perf_counter_ns()
                torch.mm(left, right, out=out)
                best = max(best, 2 * size**3 / (time.perf_counter_ns() - start) * 1e9)
        return best

    def allocate(self, layout: Layout) -> CpuSharedMemory:
        return CpuSharedMemory(layout)

    def attach(self, layout: Layout, descriptors: Sequence[int]) -> Buffers:
        return _map(layout, descriptors)

    def prepare_contestant(self, threads: int, memory_bytes: int) -> None:
        torch.set_num_threads(threads)
        if platform.system() == "Linux":  # RLIMIT_DATA counts private writable memory, not the shared buffers
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))

    def load_kernels(self, model: interface.Model, data: interface.Data) -> None:
        """A CPU's kernels need no loading."""

    def settle(self) -> None:
        """Nothing is queued on a CPU."""

    def generator(self, seed: int) -> torch.Generator:
        return torch.Generator().manual_seed(seed)

    def synchronise(self) -> None:
        """Nothing is queued on a CPU."""

    def free_bytes(self) -> None:
        return None

    def memory_of(self, work: Callable[[], object]) -> int:
        work()
        return 0  # not scarce, so not measured

    def take(self, byte_count: int) -> None:
        """Memory comes as it is asked for."""

    def hand_back(self) -> None:
        """What the referee keeps takes nothing from the contestant, whose limit is its own."""

    def shares(self) -> dict[str, Any]:
        return {}

    def mark_baseline(self) -> None:
        """Private memory goes with its process; the buffers are the referee's."""

    def released(self) -> str | None:
        return None

    def busy_with(self, root_pid: int) -> str | None:
        if not processes.available():
            return None
        for _ in range(_IDLE_TRIES):
            before = self.work_of(root_pid) or 0.0
            time.sleep(_IDLE_WATCH_S)
            spent = (self.work_of(root_pid) or 0.0) - before
            runnable = processes.runnable(root_pid)
            if spent < _IDLE_WATCH_S / 3 and not runnable:
                return None
        return f"{spent:.3f} s of CPU time within {_IDLE_WATCH_S} s and {runnable} threads that want to run"

    def work_of(self, root_pid: int) -> float | None:
        return sum(p.cpu_seconds for p in processes.family(root_pid)) if processes.available() else None

    def allowance(self, seconds: float, threads: int) -> float:
        return seconds * threads * _WORK_TOLERANCE + _WORK_SLACK_S

    def watch_clocks(self) -> AbstractContextManager[Clocks]:
        return nullcontext(Clocks())


def _memory_file(region: Region) -> int:
    size = max(region.bytes, 1)
    if not hasattr(os, "memfd_create"):  # macOS: an unlinked file; without seals
        with tempfile.TemporaryFile(buffering=0) as file:
            descriptor = os.dup(file.fileno())
        os.ftruncate(descriptor, size)
        return descriptor
    descriptor = os.memfd_create(f"crusades-{region.name}", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def _map(layout: Layout, descriptors: Sequence[int]) -> Buffers:
    tensors = {
        region.name: torch.frombuffer(
            mmap.mmap(descriptor, max(region.bytes, 1)), dtype=region.dtype, count=region.numel
        )
        for region, descriptor in zip(layout.regions, descriptors, strict=True)
    }
    return Buffers(**tensors)


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith(("model name", "Model", "CPU part")):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""
