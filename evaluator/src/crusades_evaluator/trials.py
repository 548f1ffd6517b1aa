"""Did a program end as it has to? From the results of its attempts to one line of a report. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any, Literal

from crusades_evaluator.interface import Deadlines, Result, Spec
from crusades_evaluator.programs import Program, kind_of

Status = Literal["as stated", "DISAGREES", "infrastructure", "skipped"]

#: Seconds for programs that never end. Long enough for a context on a GPU and for one honest run on either.
_IMPATIENT = {"cpu": {"start": 5.0, "timed": 6.0}, "cuda": {"start": 20.0, "timed": 10.0}}
#: No cheat needs more time; a phase without a limit would keep all others waiting.
_LONGEST = {"start": 60.0, "warm_up": 120.0, "timed": 30.0, "judge": 120.0, "total": 300.0}
#: Host memory of a cheat that hoards it: enough for honest work, so that it is the hoard that runs into the limit (on a
#: CPU honest programs of the local profile take 1.0 GiB, most of it for Python's imports), little enough to be soon.
_MEMORY_BYTES = {"cpu": 3 * 2**29, "cuda": 2**34}


@dataclass(frozen=True)
class Trial:
    """A program and what came of its attempts. expect: the codes that it may end in, empty if it has to score.

    why: a clause for people, empty if there is nothing to say.
    """

    program: Program
    expect: tuple[str, ...]
    results: tuple[Result, ...]
    status: Status
    why: str


def fitted(spec: Spec, program: Program) -> Spec:
    """An attempt's specification: honest programs get what the settings give, cheats less time, hoards less memory."""
    if program.expect is None:
        return spec
    kind = kind_of(spec.device)
    limits = {name: min(value, _LONGEST[name]) for name, value in spec.deadlines_s.model_dump().items()}
    if "timeout" in program.expected(spec.device):
        limits |= {name: min(limits[name], value) for name, value in _IMPATIENT[kind].items()}
    hoards = program.expect == "out_of_memory"
    memory = min(spec.memory_bytes, _MEMORY_BYTES[kind]) if hoards else spec.memory_bytes
    return spec.model_copy(update={"deadlines_s": Deadlines(**limits), "memory_bytes": memory})


def judged(program: Program, results: Sequence[Result], device: str, baseline_mfu: float | None = None) -> Trial:
    """Whether every attempt ended as it has to. baseline_mfu: percent; no cheat may score above it."""
    expect = program.expected(device)
    faults = [r.error for r in results if r.error and r.error.fault != "miner"]
    complaints = [text for r in results if (text := _complaint(program, r, device, baseline_mfu))]
    if complaints:
        return Trial(program, expect, tuple(results), "DISAGREES", complaints[0])
    if faults or not results:
        why = f"{faults[0].code}: {faults[0].message}" if faults else "no attempt was made"
        return Trial(program, expect, tuple(results), "infrastructure", why)
    note = "its training is accepted, but slow" if any(_is_slow(program, r, device) for r in results) else ""
    return Trial(program, expect, tuple(results), "as stated", note)


def skipped(program: Program, reason: str, device: str) -> Trial:
    return Trial(program, program.expected(device), (), "skipped", reason)


def median_mfu(results: Iterable[Result]) -> float | None:
    """The lower median of the scores, in percent; None without any."""
    scores = [result.mfu for result in results if result.mfu is not None]
    return median_low(scores) if scores else None


def as_plain(trial: Trial) -> dict[str, Any]:
    """For the report."""
    return {
        "name": trial.program.name,
        "expect": " ".join(trial.expect) or "scored",
        "status": trial.status,
        "why": trial.why,
        "runs": [
            {
                "outcome": result.outcome,
                "message": result.error.message if result.error else "",
                "stage": result.error.stage if result.error else "judging",
                "mfu": _digits(result.mfu),
                "seconds": _digits(result.seconds),
                "failed": [s.name for s in result.statistics if not s.passed],
                "statistics": {s.name: _digits(s.value) for s in result.statistics},
                "phases_s": result.phases_s,
            }
            for result in trial.results
        ],
    }


def _complaint(program: Program, result: Result, device: str, baseline_mfu: float | None) -> str:
    """What is wrong with one attempt, empty if nothing. An infrastructure fault says nothing of the program."""
    if result.error is not None and result.error.fault != "miner":
        return ""
    if program.expect is None:
        if result.error is None or _is_slow(program, result, device):
            return ""
        return f"{result.outcome}: {result.error.message}"
    if result.error is None:
        above = baseline_mfu is not None and result.mfu is not None and result.mfu > baseline_mfu
        return f"scored MFU {result.mfu:.2f} %" + (f", above the baseline's {baseline_mfu:.2f} %" if above else "")
    if result.outcome not in program.expected(device):
        return f"{result.outcome}: {result.error.message}"
    failed = {s.name for s in result.statistics if not s.passed}
    passed = [name for name in program.fails_with(device) if name not in failed]
    return f"passed {', '.join(passed)}" if passed else ""


def _is_slow(program: Program, result: Result, device: str) -> bool:
    """Whether an honest program that is known to be slow there did all its work, and too slowly to score."""
    trained = bool(result.statistics) and all(s.passed for s in result.statistics)
    return program.slow == kind_of(device) and result.outcome == "insufficient_mfu" and trained


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
