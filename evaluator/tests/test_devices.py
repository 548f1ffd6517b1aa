"""Devices as far as a machine without a GPU can tell: what a GPU says of itself, what is denied, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.contestant import seccomp
from crusades_evaluator.contestant.cgroup import ControlGroup
from crusades_evaluator.contestant.confine import bounds_for
from crusades_evaluator.contestant.harness import _named
from crusades_evaluator.devices import device_named
from crusades_evaluator.devices.cuda import CudaDevice
from crusades_evaluator.devices.kernels import _train_once, _with_one_layer
from crusades_evaluator.devices.nvml import Nvml, summary_of
from crusades_evaluator.interface import Data, Model


def test_clocks_are_summed_up_and_a_power_cap_is_no_trouble() -> None:
    samples = [
        {"sm_mhz": 1980, "temperature_c": 40, "power_w": 300.0, "reasons": 0},
        {"sm_mhz": 1700, "temperature_c": 60, "power_w": 690.0, "reasons": 0x4},
        {"sm_mhz": 1800, "temperature_c": 61, "power_w": 699.0, "reasons": 0x4},
    ]
    summary, slowed = summary_of(samples)
    assert summary["sm_mhz"] == {"min": 1700, "median": 1800, "max": 1980}
    assert summary["slowed_by"] == ["software power cap"]
    assert slowed is None


@pytest.mark.parametrize(
    ("reasons", "text"),
    [(0x8, "hardware slowdown"), (0x40, "hardware thermal slowdown"), (0x80, "hardware power brake")],
)
def test_a_gpu_that_its_hardware_slows_down_is_in_trouble(reasons: int, text: str) -> None:
    assert summary_of([{"reasons": 0}, {"reasons": reasons | 0x4}])[1] == text


def test_what_the_driver_does_not_tell_is_left_out() -> None:
    assert summary_of([{}, {}]) == ({}, None)


def test_a_management_library_that_is_not_there_answers_nothing() -> None:
    absent = Nvml("GPU-00000000-0000-0000-0000-000000000000")
    if absent.available:
        pytest.skip("this machine has such a library")
    assert absent.driver() is None
    assert absent.sample() == {}
    with absent.watch() as clocks:
        pass
    assert clocks.summary == {}


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(AttemptFailed) as refused:
        device_named("cuda:0").open()
    assert refused.value.code == "gpu_unavailable"
    assert "cuda:0" in refused.value.message


@pytest.mark.parametrize("name", ["cuda", "cuda:x", "tpu:0", ""])
def test_a_device_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(AttemptFailed) as refused:
        device_named(name)
    assert refused.value.code == "gpu_unavailable"


def test_only_a_contestant_on_a_gpu_may_bind_a_socket_and_neither_may_connect() -> None:
    cpu, cuda = seccomp.program("cpu"), seccomp.program("cuda:0")
    if cpu is None or cuda is None:
        pytest.skip("no filter for this architecture")
    per_call = 2 * 8
    assert len(cpu) - len(cuda) == 2 * per_call
    assert set(seccomp._NEEDED_BY_CUDA) == {"bind", "listen"}


def test_a_gpus_contestant_gets_room_for_drivers_and_compilers() -> None:
    assert bounds_for("cuda:0").processes > bounds_for("cpu").processes


@pytest.mark.parametrize(
    ("latencies_us", "busy"),
    [
        ([71] * 12, False),  # an idle card on a host that was faster when the session began
        ([185] * 8 + [32] * 4, False),
        ([185] * 9 + [32] * 3, True),  # kernels of 28 ms: all but a few probes wait for the switch
        ([234] * 12, True),
    ],
)
def test_a_gpu_is_busy_if_nearly_all_probes_wait_for_the_switch_in_every_try(
    latencies_us: list[int], busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = CudaDevice(0)
    monkeypatch.setattr(device, "_latency_s", 24e-6)
    monkeypatch.setattr(device, "_latencies", lambda: [latency * 1e-6 for latency in latencies_us])
    found = device.busy_with(1)
    assert (found is not None) is busy
    assert found is None or "an idle one answers in 24 µs" in found


def test_one_quiet_try_is_enough_to_be_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    device, tries = CudaDevice(0), [[300e-6] * 12, [30e-6] * 12]
    monkeypatch.setattr(device, "_latencies", lambda: tries.pop(0))
    assert device.busy_with(1) is None
    assert tries == []


def test_a_control_group_kills_all_of_its_processes_at_once() -> None:
    group = ControlGroup.create("crusades-test", 2**30, 64)
    if group is None:
        pytest.skip("no control groups of version 2 that may be written to")
    group.kill()
    group.remove()
    assert not any(
        (root / "crusades-test").exists() for root in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
    )


def test_the_pass_that_loads_kernels_works_for_families_that_count_layers_differently() -> None:
    data = Data(corpus="synthetic", sequence_length=9, batch_size=2, steps=2)
    common = {"vocab_size": 64, "bos_token_id": 0, "eos_token_id": 0}
    gpt2 = Model(
        architecture="gpt2",
        config={**common, "n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 16},
        dtype="float32",
    )
    small = _with_one_layer(gpt2)
    assert small.config["n_layer"] == 1
    _train_once(small, data, torch.device("cpu"))


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: out of memory",
        "cublasCreate failed: CUBLAS_STATUS_ALLOC_FAILED",
        "NVML_SUCCESS == DriverAPI::get()->nvmlInit_v2_() INTERNAL ASSERT FAILED at CUDACachingAllocator.cpp:1135",
        "DefaultCPUAllocator: can't allocate memory",
    ],
)
def test_every_way_to_say_that_memory_is_short_is_out_of_memory(text: str) -> None:
    assert _named(RuntimeError(text), "execution_failed").code == "out_of_memory"
    assert _named(RuntimeError("a shape does not fit"), "execution_failed").code == "execution_failed"
