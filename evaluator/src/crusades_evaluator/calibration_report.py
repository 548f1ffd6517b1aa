"""What a calibration measured, as it lies in its report: built up program by program, and read again to go on. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crusades_evaluator.calibration import GROUPS, Proposal, as_plain, limits_of, propose
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Result
from crusades_evaluator.programs import Program, kind_of

#: What has to be the same for two runs to belong to one calibration.
_SAME_ENVIRONMENT = ("device", "name", "threads", "torch", "transformers")
#: Statistics whose honest value is 1.
_COEFFICIENTS = {name for names in GROUPS.values() if len(names) == 2 for name in names}


@dataclass(frozen=True)
class Run:
    """One attempt. outcome: scored or a code, by the limits of then; mfu in percent."""

    outcome: str
    mfu: float | None
    seconds: float | None
    statistics: dict[str, float | None]


@dataclass(frozen=True)
class Population:
    """All that is known of one program. fails: the statistics that it has to fail; none for an honest program."""

    honest: bool
    code_sha256: str
    fails: tuple[str, ...]
    runs: tuple[Run, ...]


@dataclass
class Calibration:
    """environment, settings and specification say what it is a calibration of; the rest is filled as it goes.

    specification: SHA-256 of all that a specification holds but the program. left_out: program -> why not measured.
    """

    environment: dict[str, Any]
    settings: str
    specification: str
    programs: dict[str, Population] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def of(self, honest: bool) -> dict[str, Population]:
        return {name: p for name, p in sorted(self.programs.items()) if p.honest is honest}

    def has(self, program: Program, code_sha256: str, device: str, attempts: int) -> bool:
        """Whether it need not be measured again: the same text, the same aims, as many attempts."""
        known = self.programs.get(program.name)
        return (
            known is not None
            and known.code_sha256 == code_sha256
            and known.fails == program.fails_with(device)
            and len(known.runs) >= attempts
        )


def run_of(result: Result) -> Run:
    return Run(result.outcome, result.mfu, result.seconds, {s.name: s.value for s in result.statistics})


def proposals_of(calibration: Calibration) -> list[Proposal]:
    """Limits by what was measured so far; none without an honest program."""
    honest = {name: [run.statistics for run in p.runs] for name, p in calibration.of(honest=True).items()}
    cheats = calibration.of(honest=False).items()
    if not honest:
        return []
    return propose(honest, {name: (p.fails, [run.statistics for run in p.runs]) for name, p in cheats})


def report_of(calibration: Calibration) -> dict[str, Any]:
    """As it is written."""
    honest, cheats, proposals = calibration.of(honest=True), calibration.of(honest=False), proposals_of(calibration)
    return {
        "environment": calibration.environment,
        "settings": calibration.settings,
        "specification": calibration.specification,
        "attempts": {
            "honest": sum(len(p.runs) for p in honest.values()),
            "cheats": sum(len(p.runs) for p in cheats.values()),
        },
        "statistics": as_plain(proposals),
        "limits": limits_of(proposals),
        "left_out": dict(sorted(calibration.left_out.items())),
        "honest": {name: _plain(p) for name, p in honest.items()},
        "cheats": {name: _plain(p) for name, p in cheats.items()},
    }


def text_of(report: Mapping[str, Any]) -> str:
    """JSON with one line for each run, so that a difference between two calibrations can be read."""
    text = json.dumps(report, indent=1)
    return re.sub(r"\{\s*\"outcome\"[^{}]*\{[^{}]*\}\s*\}", lambda run: " ".join(run.group().split()), text) + "\n"


def read_report(path: Path) -> Calibration:
    """Raises AttemptFailed(evaluator_spec_invalid) for a file that is no report of a calibration."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(
            environment=report["environment"],
            settings=report["settings"],
            specification=report["specification"],
            programs={
                name: Population(
                    honest=kind == "honest",
                    code_sha256=plain["code_sha256"],
                    fails=tuple(plain["fails"]),
                    runs=tuple(Run(**run) for run in plain["runs"]),
                )
                for kind in ("honest", "cheats")
                for name, plain in report[kind].items()
            },
            left_out=dict(report["left_out"]),
        )
    except KeyError as error:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} has no {error}: it is no calibration") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise AttemptFailed("evaluator_spec_invalid", f"{path} is no report of a calibration: {error}") from error


def resumed(earlier: Calibration, now: Calibration, source: str) -> Calibration:
    """`now` with what was measured earlier. Raises AttemptFailed(evaluator_spec_invalid) if it was something else."""
    other = [
        f"{key} was {earlier.environment.get(key)}, is {now.environment.get(key)}"
        for key in _SAME_ENVIRONMENT
        if earlier.environment.get(key) != now.environment.get(key)
    ]
    if earlier.specification != now.specification:
        other.append("settings differ")
    if other:
        raise AttemptFailed("evaluator_spec_invalid", f"{source} can't be resumed: {'; '.join(other)}")
    known = dict(earlier.programs), dict(earlier.left_out)
    return Calibration(now.environment, now.settings, now.specification, *known)


def suggested_name(environment: Mapping[str, Any], settings: str) -> str:
    """File name for a report: one for each GPU model and each settings file, `nvidia-h200-hparams.json`."""
    device = str(environment["name"]) if kind_of(str(environment["device"])) == "cuda" else "cpu"
    return re.sub(r"[^a-z0-9]+", "-", f"{device} {Path(settings).stem}".lower()).strip("-") + ".json"


def _plain(population: Population) -> dict[str, Any]:
    return {
        "code_sha256": population.code_sha256,
        "fails": list(population.fails),
        "runs": [
            {
                "outcome": run.outcome,
                "mfu": _digits(run.mfu),
                "seconds": _digits(run.seconds),
                "statistics": {name: _digits(value, name) for name, value in run.statistics.items()},
            }
            for run in population.runs
        ],
    }


def _digits(value: float | None, name: str = "") -> float | None:
    """Four digits of a deviation from 0; of a coefficient those that tell how far it lies from 1."""
    if value is None:
        return None
    return round(value, 9) if name in _COEFFICIENTS else float(f"{value:.4g}")


def unmeasured(results: Sequence[Result]) -> str | None:
    """Why a program is left out: the first attempt that never got as far as being judged; None if all did."""
    for result in results:
        if not result.statistics:
            message = result.error.message if result.error else ""
            return f"{result.outcome}: {message}" if message else result.outcome
    return None
