"""A warm referee: holds one device, keeps the zygote and the reference model, evaluates attempt after attempt."""

from __future__ import annotations

import contextlib
import os
import signal
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import torch

from crusades_evaluator.codes import CODES, AttemptFailed
from crusades_evaluator.contestant.cache import remove_mount_point
from crusades_evaluator.contestant.confine import REFEREE_NICE, set_priority
from crusades_evaluator.contestant.zygote import spawn_zygote
from crusades_evaluator.devices import Device, device_named
from crusades_evaluator.interface import Failure, Isolation, Result, Spec
from crusades_evaluator.protocol import printable
from crusades_evaluator.referee import clock
from crusades_evaluator.referee.arena import Arena
from crusades_evaluator.referee.attempt import Findings, Stage, load, run
from crusades_evaluator.referee.contestant import Cancel, Contestant, remove_stale_scratch
from crusades_evaluator.referee.dressing_room import DressingRoom
from crusades_evaluator.referee.environment import environment_of
from crusades_evaluator.referee.lock import DeviceLock, UserLock
from crusades_evaluator.referee.progress import Phases, Report


class Referee:
    """Use as a context manager, created before the process has any threads or did any tensor operation."""

    def __init__(
        self,
        device: str,
        threads: int,
        slot: int | None = None,
        *,
        corpora: Path | None = None,
        prepare_ahead: bool | None = None,
    ) -> None:
        """Raises AttemptFailed(gpu_unavailable, gpu_busy, gpu_quarantined).

        slot: which of the device's places, None: the first free. corpora: folder of prepared corpora.
        prepare_ahead: start the next attempt's process, without its program, during the reference; default: on GPUs.
        """
        self.device: Device = device_named(device)
        slots = range(self.device.slots) if slot is None else (slot,)
        self._lock = DeviceLock([f"{self.device.name}-{number}" for number in slots])
        self._user = UserLock()
        if self._user.uid:
            remove_stale_scratch(self._user.uid)
        self._zygote_pid, self._zygote = spawn_zygote(self.device.name)
        set_priority(REFEREE_NICE)
        self.threads = threads
        torch.set_num_threads(threads)
        self._corpora = corpora
        self._ahead = self.device.name != "cpu" if prepare_ahead is None else prepare_ahead
        self._kept: tuple[str, Arena] | None = None
        self._dressing_room = DressingRoom(self._zygote, self._user.uid)
        self._quarantined = False
        try:
            self.device.open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Referee:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the zygote and all that hangs on it, and gives the device back."""
        self._dressing_room.close()
        self._zygote.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._zygote_pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._zygote_pid, 0)
        if self._user.uid:
            remove_mount_point(self._user.uid)
        self._user.close()
        self._lock.close()

    @property
    def unfit(self) -> tuple[str, str] | None:
        """Code and reason if no more attempts can be made with this referee: its session has to end."""
        if self._quarantined:
            return "gpu_quarantined", "the device did not return to its baseline after a contestant"
        if os.waitpid(self._zygote_pid, os.WNOHANG) != (0, 0):
            return "evaluator_failed", "the warm parent of contestants died: start a new session"
        return None

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
        with phases.running():
            try:
                with phases.phase("starting"):
                    with phases.part("starting.set_up"):
                        stage = self._set_stage(spec, phases, cancel)
                        contestant = self._dressing_room.call(spec, stage.arena.memory.descriptors, cancel)
                    load(stage, contestant, findings)
                run(stage, contestant, findings)
            except AttemptFailed as failed:
                failure = _bare(failed)
            except Exception as error:
                failure = AttemptFailed("evaluator_failed", f"{type(error).__name__}: {error}", stage=phases.current)
            finally:
                if contestant is not None:
                    failure = self._end(contestant, failure)
                    output = contestant.output.finish()
                    isolation = _isolation(contestant)
        self._quarantined |= failure is not None and failure.code == "gpu_quarantined"
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
                **(self._kept[1].facts() if self._kept else {}),
                **findings.facts,
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
        cancel.check()
        arena = self._arena_for(spec)
        return Stage(
            spec=spec,
            device=self.device,
            arena=arena,
            phases=phases,
            cancel=cancel,
            deadline=clock.now() + spec.deadlines_s.total,
            before_code=self._dressing_room.keep_kernels,
            after_kill=lambda: self._prepare_next(spec, arena),
        )

    def _arena_for(self, spec: Spec) -> Arena:
        """What the attempts of this configuration share: the one that is kept, or a new one in its place."""
        key = "".join(part.model_dump_json() for part in (spec.model, spec.data, spec.optimizer))
        if self._kept is None or self._kept[0] != key:
            self._dressing_room.close()
            if self._kept is not None:
                self._kept[1].close()
                self._kept = None
                self.device.hand_back()
            self._kept = (key, Arena(spec, self.device, self._corpora))
            self.device.mark_baseline()
        return self._kept[1]

    def _prepare_next(self, spec: Spec, arena: Arena) -> None:
        if self._ahead:
            self._dressing_room.prepare(spec, arena.memory.descriptors)

    def _end(self, contestant: Contestant, failure: AttemptFailed | None) -> AttemptFailed | None:
        """Kills what is left. That it can't be killed, or leaves memory behind, matters more than what came before."""
        had_been_killed = contestant.gone
        try:
            contestant.kill()
        except AttemptFailed as survived:
            return survived
        except OSError as error:
            return AttemptFailed("evaluator_failed", f"the contestant's keeper is gone: {error}")
        finally:
            contestant.close()
        missing = None if had_been_killed else self.device.released()
        return AttemptFailed("gpu_quarantined", missing, stage="judging") if missing else failure


def _bare(failed: AttemptFailed) -> AttemptFailed:
    """Without its traceback, whose frames would keep tensors alive until some later garbage collection."""
    failed.__traceback__ = failed.__context__ = failed.__cause__ = None
    return failed


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
