"""Everything that depends on the kind of device, behind one interface."""

from __future__ import annotations

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.devices.base import Clocks, Device, DeviceFacts, SharedMemory

__all__ = ["Clocks", "Device", "DeviceFacts", "SharedMemory", "device_named"]


def device_named(name: str) -> Device:
    """The device of that name, untouched as yet. Raises AttemptFailed(gpu_unavailable) for an unknown name."""
    if name == "cpu":
        from crusades_evaluator.devices.cpu import CpuDevice

        return CpuDevice()
    kind, _, index = name.partition(":")
    if kind == "cuda" and index.isdigit():
        from crusades_evaluator.devices.cuda import CudaDevice

        return CudaDevice(int(index))
    raise AttemptFailed("gpu_unavailable", f"There is no device {name!r}; use cpu or cuda:N.", stage="session")
