"""One attempt, in the order of docs/reference/evaluator.md, §3."""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.data import digest_of
from crusades_evaluator.devices import Device
from crusades_evaluator.interface import Spec, Statistic
from crusades_evaluator.protocol import Kind, Message
from crusades_evaluator.referee import clock
from crusades_evaluator.referee.arena import Arena
from crusades_evaluator.referee.contestant import Cancel, Contestant
from crusades_evaluator.referee.progress import Phases
from crusades_evaluator.referee.sampling import Reading, Sample, read
from crusades_evaluator.referee.statistics import IllConditioned, measure
from crusades_evaluator.referee.verdict import judge, judge_speed, mfu_percent, statistics_of

#: Between the reading and the kill: whoever still writes gets the time to be seen, on a busy machine, too.
_LATE_WRITE_WATCH_S = 0.05


@dataclass
class Findings:
    """What is known so far; filled step by step, so that a failure keeps what came before it.

    facts: for the record's environment: digests of weights and tokens, clocks, whose the device's memory was.
    """

    seed: str | None = None
    commitment: str | None = None
    seconds: float | None = None
    mfu: float | None = None
    claimed_loss: float | None = None
    statistics: list[Statistic] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """What one attempt plays on.

    before_code: called when the contestant is bound and no line of a miner's has run in it. after_kill: called once
    nothing of the contestant is left.
    """

    spec: Spec
    device: Device
    arena: Arena
    phases: Phases
    cancel: Cancel
    deadline: float
    before_code: Callable[[], None]
    after_kill: Callable[[], None]

    def time_for(self, phase_s: float) -> float:
        """Seconds for a phase that may take phase_s, the attempt's total being limited too."""
        return min(phase_s, max(0.0, self.deadline - clock.now()))


@dataclass(frozen=True)
class _Run:
    tokens: torch.Tensor
    sample: Sample
    reading: Reading
    message: Message


def load(stage: Stage, contestant: Contestant, findings: Findings) -> None:
    """Until train.py is imported. Nothing of the miner runs before the weights and tokens A are in place."""
    with stage.phases.part("starting.prepare"):  # the first time only, while the contestant's process starts
        stage.arena.prepare()
    with stage.phases.part("starting.bind"):
        contestant.expect_bound(stage.time_for(stage.spec.deadlines_s.start))
        stage.before_code()
    with stage.phases.part("starting.warm_up_state"):
        stage.arena.set_up_warm_up(secrets.token_bytes(32))
        findings.facts["memory"] = stage.device.shares()
    with stage.phases.part("starting.load"):
        contestant.hand_code(stage.spec.code)
        contestant.expect(Kind.LOADED, stage.time_for(stage.spec.deadlines_s.start), "starting")


def run(stage: Stage, contestant: Contestant, findings: Findings) -> None:
    """From the warm-up to the verdict. Fills findings; raises AttemptFailed unless the training is accepted."""
    limits, phases = stage.spec.deadlines_s, stage.phases
    with phases.phase("warming_up"):
        contestant.expect(Kind.READY, stage.time_for(limits.warm_up), "warming_up")
    outcome = _timed_run(stage, contestant, findings)
    stage.after_kill()
    with phases.phase("judging"):
        _judge(stage, outcome, findings)


def _timed_run(stage: Stage, contestant: Contestant, findings: Findings) -> _Run:
    spec, device, arena = stage.spec, stage.device, stage.arena
    buffers, layout = arena.memory.buffers, arena.layout
    with stage.phases.part("preparing"):
        buffers.tokens.zero_()
        seed = bytes.fromhex(spec.seed) if spec.seed else secrets.token_bytes(32)
        findings.seed, findings.commitment = seed.hex(), hashlib.sha256(seed).hexdigest()
        arena.material.write_weights(seed, arena.weights)
        tokens = arena.material.tokens(seed)
        findings.facts |= {"weights_digest": digest_of(arena.weights), "tokens_digest": digest_of(tokens)}
        busy = device.busy_with(contestant.pid)
        if busy:
            raise AttemptFailed("protocol_breach", f"worked before the start: {busy}", stage="warming_up")
        contestant.must_be_silent("warming_up")
        work_before = device.work_of(contestant.pid)
    with device.watch_clocks() as clocks, stage.phases.phase("timed"):
        t0 = clock.now()
        arena.release()
        buffers.tokens.copy_(tokens.view(-1))
        device.synchronise()
        contestant.go()
        message = contestant.expect(Kind.DONE, stage.time_for(spec.deadlines_s.timed), "timed")
        sample = arena.sampler.draw(seed)
        reading = read(buffers, layout, sample)
        device.synchronise()
        findings.seconds = clock.now() - t0
        work_after = device.work_of(contestant.pid)
    findings.facts["clocks"] = clocks.summary
    with stage.phases.part("killing"):
        time.sleep(_LATE_WRITE_WATCH_S)
        contestant.kill()
        if not read(buffers, layout, sample).same_bits(reading):
            raise AttemptFailed("late_write", stage="judging")
        missing = device.released()
        if missing:
            raise AttemptFailed("gpu_quarantined", missing, stage="judging")
    if clocks.slowed:
        raise AttemptFailed("gpu_slowed", f"slowed in the timed window: {clocks.slowed}", stage="timed")
    _check_work(stage, work_before, work_after, findings.seconds)
    return _Run(tokens, sample, reading, message)


def _check_work(stage: Stage, before: float | None, after: float | None, seconds: float) -> None:
    """No more cores than were given: the peak of the MFU is that of `threads` threads."""
    if before is None or after is None:
        return
    stage.phases.seconds["timed.work"] = round(after - before, 6)
    allowed = stage.device.allowance(seconds, stage.spec.threads)
    if after - before > allowed:
        raise AttemptFailed(
            "protocol_breach",
            f"used {after - before:.2f} s of processor time in {seconds:.2f} s with {stage.spec.threads} thread(s)",
            stage="timed",
            details={"work_s": after - before, "allowed_s": allowed},
        )


def _judge(stage: Stage, outcome: _Run, findings: Findings) -> None:
    spec, arena = stage.spec, stage.arena
    check = _judging_deadline(stage)
    claimed = outcome.message.loss
    findings.claimed_loss = claimed if math.isfinite(claimed) else None
    with stage.phases.part("judging.reference"):
        try:
            expected = arena.reference.train(arena.weights, outcome.tokens, outcome.sample, check)
        except torch.OutOfMemoryError as error:
            reason = str(error).splitlines()[0]
            raise AttemptFailed("gpu_memory_short", f"for the reference: {reason}", stage="judging") from error
    with stage.phases.part("judging.statistics"):
        try:
            measured = measure(outcome.reading, expected, arena.layout, spec.optimizer)
        except IllConditioned as error:
            raise AttemptFailed("evaluator_failed", f"the data can't be judged: {error}", stage="judging") from error
        findings.statistics = statistics_of(measured, claimed, expected.losses[-1], spec.limits)
    total = spec.data.batch_size * spec.data.sequence_length * spec.data.steps
    if outcome.message.tokens != total:
        raise AttemptFailed(
            "token_count_mismatch",
            f"total_tokens is {outcome.message.tokens}, given out were {total}",
            stage="judging",
        )
    verdict = judge(findings.statistics, measured)
    if verdict.code:
        raise AttemptFailed(verdict.code, verdict.message, stage="judging")
    assert findings.seconds is not None
    mfu = mfu_percent(arena.layout.parameter_count, total, findings.seconds, spec.mfu.peak_flops)
    speed = judge_speed(mfu, spec.mfu)
    findings.mfu = mfu
    if speed.code:
        raise AttemptFailed(speed.code, speed.message, stage="judging", details={"mfu": mfu})


def _judging_deadline(stage: Stage) -> Callable[[], None]:
    until = clock.now() + stage.time_for(stage.spec.deadlines_s.judge)

    def check() -> None:
        stage.cancel.check()
        if clock.now() > until:
            raise AttemptFailed("evaluator_failed", "judging took longer than it may", stage="judging")

    return check
