"""What NVIDIA's management library tells of a GPU: identity, clocks, temperature, power, reasons for slowing down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from crusades_evaluator.devices.base import Clocks

_PERIOD_S = 0.1
#: Bits of nvmlDeviceGetCurrentClocksEventReasons (nvml.h). A power cap is how a GPU under full load normally runs;
#: the others mean that it, or its host, is in trouble.
_REASONS = {
    0x4: "software power cap",
    0x8: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "hardware power brake",
}
_TROUBLE = 0x8 | 0x20 | 0x40 | 0x80


class Nvml:
    """One GPU, found by its UUID. Every question may go unanswered: virtual machines often permit only some."""

    def __init__(self, uuid: str) -> None:
        self._library: Any = None
        self._handle: Any = None
        try:
            import pynvml

            pynvml.nvmlInit()
            self._handle = pynvml.nvmlDeviceGetHandleByUUID(uuid)
            self._library = pynvml
        except Exception:  # not installed, no library, no permission: all mean that nothing can be asked
            self._library = None

    @property
    def available(self) -> bool:
        return self._library is not None

    def driver(self) -> str | None:
        found = self._ask("nvmlSystemGetDriverVersion")
        return found.decode() if isinstance(found, bytes) else found

    def _ask(self, name: str, *arguments: Any) -> Any:
        if self._library is None:
            return None
        try:
            return getattr(self._library, name)(*arguments)
        except Exception:
            return None

    def sample(self) -> dict[str, Any]:
        """One look: sm_mhz, temperature_c, power_w, reasons (bits); what is not told is left out."""
        library, handle = self._library, self._handle
        if library is None:
            return {}
        power = self._ask("nvmlDeviceGetPowerUsage", handle)
        found = {
            "sm_mhz": self._ask("nvmlDeviceGetClockInfo", handle, library.NVML_CLOCK_SM),
            "temperature_c": self._ask("nvmlDeviceGetTemperature", handle, library.NVML_TEMPERATURE_GPU),
            "power_w": None if power is None else power / 1000,
            "reasons": self._ask("nvmlDeviceGetCurrentClocksEventReasons", handle),
        }
        return {name: value for name, value in found.items() if value is not None}

    @contextmanager
    def watch(self) -> Iterator[Clocks]:
        """Samples in a thread while the block lasts; the summary is complete once it has ended."""
        clocks = Clocks()
        samples: list[dict[str, Any]] = []
        over = threading.Event()

        def look() -> None:
            while not over.is_set():
                samples.append(self.sample())
                over.wait(_PERIOD_S)

        thread = threading.Thread(target=look, name="clocks", daemon=True)
        if self.available:
            thread.start()
        try:
            yield clocks
        finally:
            over.set()
            if self.available:
                thread.join(timeout=2)
            clocks.summary, clocks.slowed = summary_of(samples)


def summary_of(samples: list[dict[str, Any]]) -> tuple[dict[str, Any], str | None]:
    """Least, median and greatest of each figure, the reasons seen, and which of them are trouble."""
    summary: dict[str, Any] = {}
    for name in ("sm_mhz", "temperature_c", "power_w"):
        values = [sample[name] for sample in samples if name in sample]
        if values:
            summary[name] = {"min": min(values), "median": median(values), "max": max(values)}
    seen = 0
    for sample in samples:
        seen |= int(sample.get("reasons", 0))
    reasons = [text for bit, text in _REASONS.items() if seen & bit]
    if any("reasons" in sample for sample in samples):
        summary["slowed_by"] = reasons
    trouble = [text for bit, text in _REASONS.items() if seen & bit & _TROUBLE]
    return summary, ", ".join(trouble) or None
