"""What the evaluator asks of a device. Nothing above this interface knows whether it is a CPU or a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from crusades_evaluator import interface
from crusades_evaluator.layout import Buffers, Layout


@dataclass(frozen=True)
class DeviceFacts:
    """device: "cpu" or "cuda:0"; uuid: stable identity; driver: version, or the kernel's for a CPU."""

    device: str
    name: str
    uuid: str
    driver: str


@dataclass
class Clocks:
    """What the hardware said of itself through a window; empty where it may not be asked.

    summary: plain data for the record. slowed: why the hardware itself held the device back, None if it did not.
    """

    summary: dict[str, Any] = field(default_factory=dict)
    slowed: str | None = None


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
    """One device. Until open() nothing touches it, so that processes can be forked.

    The referee's methods run in the referee; `attach`, `prepare_contestant` and `settle` in the contestant.
    """

    name: str
    torch_device: torch.device
    #: How many referees may use it at once: one, unless sharing only costs speed.
    slots: int
    #: Coordinates judged in each parameter tensor.
    samples_per_tensor: int

    def open(self) -> None:
        """First touch. Raises AttemptFailed(gpu_unavailable, gpu_quarantined)."""
        ...

    def facts(self) -> DeviceFacts: ...

    def measure_peak(self, threads: int) -> float:
        """Dense peak in FLOP/s, measured within about two seconds. Raises AttemptFailed(gpu_unavailable) if unable."""
        ...

    def allocate(self, layout: Layout) -> SharedMemory:
        """Raises AttemptFailed(gpu_memory_short)."""
        ...

    def attach(self, layout: Layout, descriptors: Sequence[int]) -> Buffers:
        """Maps the referee's buffers; called in the contestant, once."""
        ...

    def prepare_contestant(self, threads: int, memory_bytes: int) -> None:
        """Thread counts and memory limits of the calling process; called in the contestant before miner code."""
        ...

    def load_kernels(self, model: interface.Model, data: interface.Data) -> None:
        """Loads what a training step of that shape calls, in the contestant, before its program is there."""
        ...

    def settle(self) -> None:
        """Waits in the contestant for its own queued work; a fault of the device surfaces here."""
        ...

    def generator(self, seed: int) -> torch.Generator:
        """A counter-based stream of random numbers on this device."""
        ...

    def synchronise(self) -> None:
        """Waits for everything that the referee itself queued on the device."""
        ...

    def free_bytes(self) -> int | None:
        """Memory for the reference that no one uses at the moment; None where it is not scarce."""
        ...

    def memory_of(self, work: Callable[[], object]) -> int:
        """Bytes that the work takes at its peak. Raises torch.OutOfMemoryError if that is more than there is."""
        ...

    def take(self, byte_count: int) -> None:
        """Takes that much memory at once, for what follows: piece by piece it costs tenths of a second."""
        ...

    def hand_back(self) -> None:
        """Gives the memory that the referee keeps for itself back to the device, for the contestant."""
        ...

    def shares(self) -> dict[str, Any]:
        """Whose the device's memory is before the contestant starts to work; empty where it is not scarce."""
        ...

    def mark_baseline(self) -> None:
        """Remembers how much memory is in use while there is no contestant."""
        ...

    def released(self) -> str | None:
        """None once memory is back at the baseline (waited for, for some seconds), else what is missing."""
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

    def watch_clocks(self) -> AbstractContextManager[Clocks]:
        """Samples clocks, temperature, power and throttling for as long as the block lasts."""
        ...
