"""Everything that depends on the kind of device, behind one interface."""

from __future__ import annotations

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.devices.base import Device, DeviceFacts, SharedMemory

__all__ = ["Device", "DeviceFacts", "SharedMemory", "device_named"]


def device_named(name: str) -> Device:
    """The device of that name. Raises AttemptFailed(gpu_unavailable) for one that this version can't use."""
    if name == "cpu":
        from crusades_evaluator.devices.cpu import CpuDevice

        return CpuDevice()
    raise AttemptFailed("gpu_unavailable", f"Device {name!r} is not supported here; use cpu.", stage="session")
