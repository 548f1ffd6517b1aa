"""A warm referee: holds one device, keeps the zygote and the reference model, evaluates attempt after attempt."""

from __future__ import annotations

import contextlib
import os
import signal
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

import torch

from crusades_evaluator.codes import CODES, AttemptFailed
from crusades_evaluator.contestant.confine import REFEREE_NICE, set_priority
from crusades_evaluator.contestant.order import Order
from crusades_evaluator.contestant.zygote import spawn_zygote
from crusades_evaluator.devices import Device, SharedMemory, device_named
from crusades_evaluator.interface import Failure, Isolation, Result, Spec
from crusades_evaluator.layout import Layout
from crusades_evaluator.model import layout_for
from crusades_evaluator.protocol import printable
from crusades_evaluator.referee import clock
from crusades_evaluator.referee.attempt import Findings, Stage, await_loaded, prepare_warm_up, run
from crusades_evaluator.referee.contestant import Cancel, Contestant, make_scratch, remove_stale_scratch
from crusades_evaluator.referee.environment import environment_of
from crusades_evaluator.referee.lock import DeviceLock, UserLock
from crusades_evaluator.referee.progress import Phases, Report
from crusades_evaluator.referee.reference import Reference


class Referee:
    """Use as a context manager, created before the process has any threads or did any tensor operation."""

    def __init__(self, device: str, threads: int, slot: int | None = None) -> None:
        """Raises AttemptFailed(gpu_unavailable, gpu_busy). slot: which of the device's places, None: the first free."""
        self.device: Device = device_named(device)
        slots = range(self.device.slots) if slot is None else (slot,)
        self._lock = DeviceLock([f"{self.device.name}-{number}" for number in slots])
        self._user = UserLock()
        if self._user.uid:
            remove_stale_scratch(self._user.uid)
        self._zygote_pid, self._zygote = spawn_zygote()
        set_priority(REFEREE_NICE)
        self.threads = threads
        torch.set_num_threads(threads)
        self._kept: tuple[str, Layout, Reference] | None = None

    def __enter__(self) -> Referee:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the zygote and all that hangs on it, and gives the device back."""
        self._zygote.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._zygote_pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._zygote_pid, 0)
        self._user.close()
        self._lock.close()

    @property
    def alive(self) -> bool:
        """Whether attempts can still be forked; without its zygote a referee is of no more use."""
        return os.waitpid(self._zygote_pid, os.WNOHANG) == (0, 0)

    def environment(self) -> dict[str, Any]:
        """Facts of device and software, as in `ready` and in every result."""
        return environment_of(self.device, self.threads)

    def attempt(self, spec: Spec, report: Report, cancel: Cancel) -> Result:
        """Runs one attempt to its result; never raises for anything that the contestant does."""
        started = _utc_now()
        phases = Phases(spec.submission, spec.attempt, report)
        findings = Findings()
        failure: AttemptFailed | None = None
        isolation = Isolation(mode="two_users" if self._user.uid else "one_user", notice=None)
        output = ""
        contestant: Contestant | None = None
        memory: SharedMemory | None = None
        with phases.running():
            try:
                with phases.phase("starting"):
                    with phases.part("starting.set_up"):
                        stage = self._set_stage(spec, phases, cancel)
                        memory = stage.memory
                    with phases.part("starting.load"):
                        contestant = self._start(stage)
                        await_loaded(stage, contestant)
                run(stage, contestant, findings)
            except AttemptFailed as failed:
                failure = _bare(failed)
            except Exception as error:
                failure = AttemptFailed("evaluator_failed", f"{type(error).__name__}: {error}", stage=phases.current)
            finally:
                if contestant is not None:
                    failure = _end(contestant, failure)
                    output = contestant.output.finish()
                    isolation = _isolation(contestant)
                if memory is not None:
                    memory.close()
        return Result(
            submission=spec.submission,
            attempt=spec.attempt,
            outcome=failure.code if failure else "scored",
            error=_failure(failure, phases.current) if failure else None,
            mfu=None if failure else findings.mfu,
            seconds=findings.seconds,
            tokens=spec.data.batch_size * spec.data.sequence_length * spec.data.steps,
            final_loss=findings.claimed_loss,
            seed=findings.seed,
            seed_commitment=findings.commitment,
            statistics=findings.statistics,
            phases_s=phases.seconds,
            isolation=isolation,
            environment={
                **self.environment(),
                "peak_flops": spec.mfu.peak_flops,
                "peak_source": spec.mfu.peak_source,
                "corpus": spec.data.corpus,
            },
            output_tail=output,
            started_at=started,
            finished_at=_utc_now(),
        )

    def _set_stage(self, spec: Spec, phases: Phases, cancel: Cancel) -> Stage:
        if spec.device != self.device.name or spec.threads != self.threads:
            raise AttemptFailed(
                "evaluator_spec_invalid",
                f"this referee holds {self.device.name} with {self.threads} thread(s), "
                f"the specification asks for {spec.device} with {spec.threads}",
            )
        if spec.data.corpus != "synthetic":
            raise AttemptFailed("data_load_failed", f"the corpus {spec.data.corpus!r} is not supported here")
        cancel.check()
        layout, reference = self._reference_for(spec)
        memory = self.device.allocate(layout)
        deadline = clock.now() + spec.deadlines_s.total
        stage = Stage(spec, self.device, layout, reference, memory, phases, cancel, deadline)
        prepare_warm_up(stage)
        return stage

    def _reference_for(self, spec: Spec) -> tuple[Layout, Reference]:
        key = "".join(part.model_dump_json() for part in (spec.model, spec.data, spec.optimizer))
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            try:
                layout = layout_for(spec.model, spec.data)
                reference = Reference(spec.model, spec.optimizer, layout, self.device.torch_device)
            except Exception as error:
                raise AttemptFailed("model_load_failed", f"{type(error).__name__}: {error}") from error
            self._kept = (key, layout, reference)
        return self._kept[1], self._kept[2]

    def _start(self, stage: Stage) -> Contestant:
        spec = stage.spec
        order = Order(
            code=spec.code,
            device=spec.device,
            threads=spec.threads,
            memory_bytes=spec.memory_bytes,
            uid=self._user.uid or os.getuid(),
            gid=self._user.uid or os.getgid(),
            scratch=make_scratch(self._user.uid or os.getuid()),
            model=spec.model,
            data=spec.data,
            optimizer=spec.optimizer,
        )
        return Contestant(self._zygote, order, stage.memory.descriptors, spec.output_bytes, stage.cancel)


def _bare(failed: AttemptFailed) -> AttemptFailed:
    """Without its traceback, whose frames would keep the shared buffers alive until some later garbage collection."""
    failed.__traceback__ = failed.__context__ = failed.__cause__ = None
    return failed


def _end(contestant: Contestant, failure: AttemptFailed | None) -> AttemptFailed | None:
    """Kills what is left. That it can't be killed matters more than what came before."""
    try:
        contestant.kill()
    except AttemptFailed as survived:
        return survived
    except OSError as error:
        return AttemptFailed("evaluator_failed", f"the contestant's keeper is gone: {error}")
    finally:
        contestant.close()
    return failure


def _isolation(contestant: Contestant) -> Isolation:
    notices = list(contestant.notices)
    if not contestant.own_user:
        notices.insert(0, "train.py runs as the evaluator's own user (not root): do not trust this score")
    return Isolation(mode="two_users" if contestant.own_user else "one_user", notice="; ".join(notices) or None)


def _failure(failed: AttemptFailed, current: str) -> Failure:
    entry = CODES[failed.code]
    return Failure(
        code=entry.code,
        stage=failed.stage or current,
        fault=entry.fault,
        retryable=entry.retryable,
        final=entry.final,
        message=printable(failed.message.encode("utf-8", "replace")),
        remedy=entry.remedy,
        details=failed.details,
    )


def _utc_now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
