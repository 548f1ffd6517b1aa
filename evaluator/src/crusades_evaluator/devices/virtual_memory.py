"""CUDA virtual-memory allocations that another process, under another user, can map.

Each region is an allocation of its own: an exported descriptor opens all of it, so nothing else may be in there.
The older CUDA IPC handles do neither: they open whole segments of an allocator, and fail between users.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from crusades_evaluator.layout import Buffers, Layout, Region


class CudaRefused(Exception):
    """A driver call that did not succeed. short: whether for lack of memory."""

    def __init__(self, call: str, status: Any) -> None:
        self.short = "OUT_OF_MEMORY" in str(status)
        super().__init__(f"{call}: {getattr(status, 'name', status)}")


@dataclass(frozen=True)
class Mapping:
    """A mapped allocation: `length` bytes of it hold the region, `size` is rounded up to the granularity."""

    address: int
    size: int
    length: int
    handle: Any


class CudaSharedMemory:
    """One allocation for each region, owned by this process, exported as POSIX descriptors. Raises CudaRefused."""

    def __init__(self, layout: Layout, index: int) -> None:
        self._mappings: list[Mapping] = []
        self.descriptors: list[int] = []
        try:
            for region in layout.regions:
                mapping = _create(region.bytes, index)
                self._mappings.append(mapping)
                self.descriptors.append(_export(mapping.handle))
        except CudaRefused:
            self.close()
            raise
        self.buffers = _as_buffers(layout, self._mappings, index)

    def close(self) -> None:
        """Unmaps and frees. Whoever still maps the allocations keeps their memory alive, not ours."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
        for mapping in self._mappings:
            _unmap(mapping)
        self._mappings = []


def attach(layout: Layout, descriptors: Sequence[int], index: int) -> Buffers:
    """Maps another process's allocations into this one, for as long as it lives. Raises CudaRefused."""
    driver = _driver()
    mappings = []
    for region, descriptor in zip(layout.regions, descriptors, strict=True):
        handle = _ask(driver.cuMemImportFromShareableHandle, descriptor, _posix_descriptor(driver))
        mappings.append(_map(handle, region.bytes, index))
    return _as_buffers(layout, mappings, index)


def _driver() -> Any:
    from cuda.bindings import driver

    return driver


def _ask(call: Any, *arguments: Any) -> Any:
    """Calls the driver and returns its one result, if it has one."""
    status, *results = call(*arguments)
    if int(status) != 0:
        raise CudaRefused(call.__name__, status)
    return results[0] if results else None


def _posix_descriptor(driver: Any) -> Any:
    return driver.CUmemAllocationHandleType.CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR


def _properties(index: int) -> Any:
    driver = _driver()
    properties = driver.CUmemAllocationProp()
    properties.type = driver.CUmemAllocationType.CU_MEM_ALLOCATION_TYPE_PINNED
    properties.requestedHandleTypes = _posix_descriptor(driver)
    properties.location.type = driver.CUmemLocationType.CU_MEM_LOCATION_TYPE_DEVICE
    properties.location.id = index
    return properties


def _rounded(length: int, index: int) -> int:
    driver = _driver()
    recommended = driver.CUmemAllocationGranularity_flags.CU_MEM_ALLOC_GRANULARITY_RECOMMENDED
    granularity = int(_ask(driver.cuMemGetAllocationGranularity, _properties(index), recommended))
    return -(-max(length, 1) // granularity) * granularity


def _create(length: int, index: int) -> Mapping:
    driver = _driver()
    handle = _ask(driver.cuMemCreate, _rounded(length, index), _properties(index), 0)
    try:
        return _map(handle, length, index)
    except CudaRefused:
        driver.cuMemRelease(handle)
        raise


def _export(handle: Any) -> int:
    driver = _driver()
    descriptor = int(_ask(driver.cuMemExportToShareableHandle, handle, _posix_descriptor(driver), 0))
    os.set_inheritable(descriptor, False)
    return descriptor


def _map(handle: Any, length: int, index: int) -> Mapping:
    driver = _driver()
    size = _rounded(length, index)
    address = _ask(driver.cuMemAddressReserve, size, 0, 0, 0)
    _ask(driver.cuMemMap, address, size, 0, handle, 0)
    access = driver.CUmemAccessDesc()
    access.location.type = driver.CUmemLocationType.CU_MEM_LOCATION_TYPE_DEVICE
    access.location.id = index
    access.flags = driver.CUmemAccess_flags.CU_MEM_ACCESS_FLAGS_PROT_READWRITE
    _ask(driver.cuMemSetAccess, address, size, [access], 1)
    return Mapping(int(address), size, length, handle)


def _unmap(mapping: Mapping) -> None:
    """Nothing can be done about a driver that refuses: the memory check after the attempt finds it out."""
    driver = _driver()
    driver.cuMemUnmap(mapping.address, mapping.size)
    driver.cuMemAddressFree(mapping.address, mapping.size)
    driver.cuMemRelease(mapping.handle)


def _as_buffers(layout: Layout, mappings: Sequence[Mapping], index: int) -> Buffers:
    return Buffers(
        **{
            region.name: _as_tensor(region, mapping, index)
            for region, mapping in zip(layout.regions, mappings, strict=True)
        }
    )


def _as_tensor(region: Region, mapping: Mapping, index: int) -> torch.Tensor:
    """A view on exactly the region's bytes; the rounding behind them belongs to nobody."""
    raw = torch.as_tensor(_Bytes(mapping), device=f"cuda:{index}")
    if raw.data_ptr() != mapping.address:
        raise CudaRefused("as_tensor", "the region was copied, not viewed")
    return raw.view(region.dtype)


class _Bytes:
    """Device memory in the form that torch takes over without a copy."""

    def __init__(self, mapping: Mapping) -> None:
        self.__cuda_array_interface__ = {
            "shape": (mapping.length,),
            "typestr": "|u1",
            "data": (mapping.address, False),
            "strides": None,
            "version": 3,
        }
