"""One NVIDIA GPU: virtual-memory buffers, idle checks by the latency of a kernel, memory back at its baseline."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch

from crusades_evaluator import interface
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.devices.base import Clocks, DeviceFacts
from crusades_evaluator.devices.kernels import pass_through_one_layer
from crusades_evaluator.devices.nvml import Nvml
from crusades_evaluator.devices.virtual_memory import CudaRefused, CudaSharedMemory, attach
from crusades_evaluator.layout import Buffers, Layout

_MIB = 2**20
#: Contexts load kernels lazily: their own size moves by some tens of MiB.
_TOLERANCE_BYTES = 384 * _MIB
#: How long a dead contestant's context may take to vanish from the card.
_RELEASE_S = 15.0
#: At session start: memory in use by nobody we know. A fresh card has a few hundred MiB of the driver's own.
_FOREIGN_BYTES = 3 * 2**30
#: An idle GPU answers a tiny kernel in some 25 to 75 µs, as fast as the host happens to be. If another context worked
#: meanwhile, the card has to switch first: 170 µs and more for nearly every kernel (measured on an H100). Of who is
#: idle a third of the probes are answered soon in one of the tries.
_PROBES, _PROBE_PAUSE_S, _SWITCH_S, _SOON_ENOUGH, _IDLE_TRIES = 12, 0.004, 90e-6, 4, 8
_PEAK_SIZE, _PEAK_REPEATS = 8192, 10


class CudaDevice:
    slots = 1
    samples_per_tensor = 320

    def __init__(self, index: int) -> None:
        self.name = f"cuda:{index}"
        self.torch_device = torch.device(self.name)
        self._index = index
        self._nvml: Nvml | None = None
        self._context_bytes = 0
        self._baseline: int | None = None
        self._probe: torch.Tensor | None = None
        #: How long a kernel takes on this card while nobody else uses it.
        self._latency_s = 0.0

    def open(self) -> None:
        try:
            if self._index >= torch.cuda.device_count():
                raise AttemptFailed("gpu_unavailable", f"there is no {self.name} on this host", stage="session")
            torch.cuda.set_device(self._index)
            torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            self._probe = torch.zeros(1, device=self.torch_device)
            torch.cuda.synchronize()
        except RuntimeError as error:
            raise AttemptFailed("gpu_unavailable", f"{self.name}: {_first_line(error)}", stage="session") from error
        self._latencies()  # the first ones load the kernel
        self._latency_s = statistics.median(self._latencies())
        self._nvml = Nvml(self.facts().uuid)
        self._context_bytes = foreign = self._in_use()
        if foreign > _FOREIGN_BYTES:
            raise AttemptFailed(
                "gpu_quarantined",
                f"{foreign / 2**30:.1f} GiB of {self.name} are in use by somebody else",
                stage="session",
            )

    def facts(self) -> DeviceFacts:
        properties = torch.cuda.get_device_properties(self._index)
        driver = self._nvml.driver() if self._nvml else None
        return DeviceFacts(self.name, properties.name, f"GPU-{properties.uuid}", driver or _kernel_driver())

    def measure_peak(self, threads: int) -> float:
        """Median rate of bf16 matrix products on random numbers: 2 n³ operations each."""
        try:
            torch.cuda.set_device(self._index)
            left, right = (
                torch.randn(_PEAK_SIZE, _PEAK_SIZE, device=self.torch_device, dtype=torch.bfloat16) for _ in range(2)
            )
            rates: list[float] = []
            for _ in range(_PEAK_REPEATS):
                start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
                start.record()
                torch.mm(left, right)
                end.record()
                end.synchronize()
                rates.append(float(2 * _PEAK_SIZE**3 / (start.elapsed_time(end) / 1000)))
        except RuntimeError as error:
            raise AttemptFailed("gpu_unavailable", f"{self.name}: {_first_line(error)}", stage="session") from error
        return statistics.median(rates)

    def allocate(self, layout: Layout) -> CudaSharedMemory:
        try:
            return CudaSharedMemory(layout, self._index)
        except CudaRefused as refused:
            size = sum(region.bytes for region in layout.regions)
            code = "gpu_memory_short" if refused.short else "gpu_unavailable"
            raise AttemptFailed(
                code, f"{size / 2**30:.1f} GiB of shared buffers: {refused}", stage="starting"
            ) from refused

    def attach(self, layout: Layout, descriptors: Sequence[int]) -> Buffers:
        torch.cuda.set_device(self._index)
        torch.cuda.init()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.zeros(1, device=self.torch_device)  # makes the context current, which the driver calls need
        return attach(layout, descriptors, self._index)

    def prepare_contestant(self, threads: int, memory_bytes: int) -> None:
        """Host memory is limited by the cgroup and by the referee's watch: CUDA reserves address space freely."""

    def load_kernels(self, model: interface.Model, data: interface.Data) -> None:
        pass_through_one_layer(model, data, self.torch_device)

    def settle(self) -> None:
        torch.cuda.synchronize(self._index)

    def generator(self, seed: int) -> torch.Generator:
        return torch.Generator(self.torch_device).manual_seed(seed)

    def synchronise(self) -> None:
        torch.cuda.synchronize(self._index)

    def free_bytes(self) -> int:
        free, _ = torch.cuda.mem_get_info(self._index)
        unused = torch.cuda.memory_reserved(self._index) - torch.cuda.memory_allocated(self._index)
        return int(free + unused)

    def memory_of(self, work: Callable[[], object]) -> int:
        torch.cuda.reset_peak_memory_stats(self._index)
        before = torch.cuda.memory_allocated(self._index)
        work()
        return int(torch.cuda.max_memory_allocated(self._index)) - before

    def take(self, byte_count: int) -> None:
        with contextlib.suppress(torch.OutOfMemoryError):  # whether it is enough is found out by who needs it
            torch.empty(byte_count, dtype=torch.uint8, device=self.torch_device)
        # Freed at once: the allocator keeps it and cuts what is asked for from it.

    def hand_back(self) -> None:
        torch.cuda.empty_cache()

    def shares(self) -> dict[str, Any]:
        """referee: its context and its copy of the weights; all else, the shared buffers included, is the contestant's.

        The buffers count as the contestant's because its parameters, moments and logits lie in them.
        """
        _, total = torch.cuda.mem_get_info(self._index)
        own = torch.cuda.memory_reserved(self._index) + self._context_bytes
        return {"card_bytes": total, "referee_bytes": own, "contestant_share": round(1 - own / total, 4)}

    def mark_baseline(self) -> None:
        self._baseline = self._in_use()

    def released(self) -> str | None:
        if self._baseline is None:
            return None
        until = time.monotonic() + _RELEASE_S
        while (surplus := self._in_use() - self._baseline) > _TOLERANCE_BYTES:
            if time.monotonic() > until:
                return f"{surplus / 2**30:.2f} GiB more are in use than before the contestant"
            time.sleep(0.02)
        return None

    def busy_with(self, root_pid: int) -> str | None:
        soon = self._latency_s + _SWITCH_S
        for _ in range(_IDLE_TRIES):
            latencies = self._latencies()
            if sum(latency <= soon for latency in latencies) >= _SOON_ENOUGH:
                return None
        return (
            f"kernels of the referee had to wait for the GPU, half of them {statistics.median(latencies) * 1e6:.0f} µs "
            f"and more, where an idle one answers in {self._latency_s * 1e6:.0f} µs"
        )

    def work_of(self, root_pid: int) -> float | None:
        return None  # the peak is that of the whole card: there is no more of it to take

    def allowance(self, seconds: float, threads: int) -> float:
        return seconds

    def watch_clocks(self) -> AbstractContextManager[Clocks]:
        return self._nvml.watch() if self._nvml else contextlib.nullcontext(Clocks())

    def _latencies(self) -> list[float]:
        """Seconds that each of several tiny kernels takes from launch to end, over some 50 ms.

        Without sleep between them: a core that has to wake up first takes longer than the kernel.
        """
        assert self._probe is not None
        times = []
        for _ in range(_PROBES):
            start = time.perf_counter()
            self._probe.add_(1)
            torch.cuda.synchronize(self._index)
            times.append(time.perf_counter() - start)
            while time.perf_counter() - start < _PROBE_PAUSE_S:
                pass
        return times

    def _in_use(self) -> int:
        """Bytes in use on the card beyond what torch keeps in this process."""
        free, total = torch.cuda.mem_get_info(self._index)
        return int(total - free - torch.cuda.memory_reserved(self._index))


def _kernel_driver() -> str:
    """The driver's version as its kernel module tells it."""
    try:
        words = Path("/proc/driver/nvidia/version").read_text(errors="replace").split()
    except OSError:
        return "unknown"
    return next((word for word in words if word[:1].isdigit() and word.count(".") >= 1), "unknown")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
