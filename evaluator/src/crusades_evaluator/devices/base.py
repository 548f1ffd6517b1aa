"""What the evaluator asks of a device. Nothing above this interface knows whether it is a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from crusades_evaluator.layout import Buffers, Layout


@dataclass(frozen=True)
class DeviceFacts:
    """device: "cpu" or "cuda:0"; uuid: stable identity; driver: version, or the kernel's for a CPU."""

    device: str
    name: str
    uuid: str
    driver: str


class SharedMemory(Protocol):
    """Buffers that the referee allocated and owns; freed by close()."""

    @property
    def buffers(self) -> Buffers: ...

    @property
    def descriptors(self) -> Sequence[int]:
        """Let another process map the buffers; in the order of layout.regions."""
        ...

    def close(self) -> None: ...


class Device(Protocol):
    """One device. The referee's methods run in the referee, `attach` in the contestant."""

    name: str
    torch_device: torch.device
    #: How many referees may use it at once: one, unless sharing only costs speed.
    slots: int
    #: Coordinates judged in each parameter tensor.
    samples_per_tensor: int

    def facts(self) -> DeviceFacts: ...

    def measure_peak(self, threads: int) -> float:
        """Dense peak in FLOP/s, measured within about two seconds. Raises AttemptFailed(gpu_unavailable) if unable."""
        ...

    def allocate(self, layout: Layout) -> SharedMemory: ...

    def attach(self, layout: Layout, descriptors: Sequence[int]) -> Buffers:
        """Maps the referee's buffers; called in the contestant, once."""
        ...

    def prepare_contestant(self, threads: int, memory_bytes: int) -> None:
        """Thread counts and memory limits of the calling process; called in the contestant before miner code."""
        ...

    def synchronise(self) -> None:
        """Waits for everything that the referee itself queued on the device."""
        ...

    def busy_with(self, root_pid: int) -> str | None:
        """None if the processes under root_pid leave the device alone (watched for a moment), else what they do."""
        ...

    def work_of(self, root_pid: int) -> float | None:
        """Seconds of device-like time spent under root_pid so far; None where that can't be known."""
        ...

    def allowance(self, seconds: float, threads: int) -> float:
        """Most work_of that a window of that many seconds may hold."""
        ...

    def released(self) -> bool:
        """Whether memory is back at its level before the contestant."""
        ...
