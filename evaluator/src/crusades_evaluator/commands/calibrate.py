"""`calibrate`: honest programs and cheats on this device, and the limits that separate them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from crusades_evaluator.calibration import Proposal, as_plain, limits_of, propose
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.commands.options import add_device, positive, scrub_environment
from crusades_evaluator.commands.tables import number, table
from crusades_evaluator.interface import write_atomically

if TYPE_CHECKING:
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams

_PROGRAMS = Path(__file__).parents[4] / "test"
Values = dict[str, float | None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, required=True, metavar="HPARAMS.json")
    parser.add_argument("--seeds", type=positive, default=5, help="attempts of each honest program (default 5)")
    parser.add_argument("--cheat-seeds", type=positive, default=2, help="attempts of each cheat (default 2)")
    parser.add_argument("--honest", type=Path, default=_PROGRAMS / "honest", metavar="DIR")
    parser.add_argument("--adversaries", type=Path, default=_PROGRAMS / "adversaries", metavar="DIR")
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="write everything measured into a file")
    parser.add_argument("--json", action="store_true", help="print the report instead of a table")
    add_device(parser)


def run(options: argparse.Namespace) -> int:
    scrub_environment()
    from crusades_evaluator.commands.desk import Desk
    from crusades_evaluator.commands.hparams import Hparams

    hparams = Hparams(options.settings)
    honest_files = sorted(options.honest.glob("*.py"))
    cheat_files = [(path, fails) for path in sorted(options.adversaries.glob("*.py")) if (fails := declared(path))]
    if not honest_files:
        raise AttemptFailed("evaluator_spec_invalid", f"no programs in {options.honest}")
    with Desk(options.device, options.threads, options.slot, quiet=options.json) as desk:
        honest = {path.stem: _measure(desk, hparams, path, options.seeds) for path in honest_files}
        cheats = {path.stem: (fails, _measure(desk, hparams, path, options.cheat_seeds)) for path, fails in cheat_files}
        environment = desk.referee.environment()
    proposals = propose(honest, cheats)
    report = {
        "environment": environment,
        "settings": options.settings.name,
        "attempts": {"honest": options.seeds * len(honest), "cheats": options.cheat_seeds * len(cheats)},
        "statistics": as_plain(proposals),
        "limits": limits_of(proposals),
        "honest": {name: _rounded(runs) for name, runs in honest.items()},
        "cheats": {name: _rounded(runs) for name, (_, runs) in cheats.items()},
    }
    text = json.dumps(report, indent=1) + "\n"
    if options.report:
        write_atomically(options.report, text)
        options.report.chmod(0o644)
    print(text if options.json else _as_table(proposals), end="")
    return 0 if all(p.margin_cheat is None or p.margin_cheat > 1 for p in proposals) else 1


def declared(path: Path) -> list[str]:
    """The statistics that a cheat has to fail, from its line `# fails: …`."""
    for line in path.read_text(encoding="utf-8").splitlines()[:3]:
        if line.startswith("# fails:"):
            return line.removeprefix("# fails:").split()
    return []


def _measure(desk: Desk, hparams: Hparams, path: Path, attempts: int) -> list[Values]:
    """Statistics of each attempt. Raises AttemptFailed if a program never gets as far as being judged."""
    runs: list[Values] = []
    for attempt in range(1, attempts + 1):
        result = desk.run(desk.spec(hparams, path, attempt, (1e12, "measured")))
        if not result.statistics:
            raise AttemptFailed("evaluator_failed", f"{path.name} can't be measured: {result.outcome}")
        runs.append({statistic.name: statistic.value for statistic in result.statistics})
    return runs


def _rounded(runs: list[Values]) -> list[Values]:
    return [{name: None if v is None else float(f"{v:.4g}") for name, v in values.items()} for values in runs]


def _as_table(proposals: list[Proposal]) -> str:
    rows = [("statistic", "honest worst", "by", "cheat nearest", "by", "limit", "margin to honest", "to cheat")]
    for p in proposals:
        rows.append(
            (
                p.statistic,
                number(p.honest_worst),
                p.honest_program,
                number(p.cheat_nearest) if p.cheat else "-",
                p.cheat or "-",
                f"{p.limit:g}",
                f"{p.margin_honest:.3g} ×",
                f"{p.margin_cheat:.3g} ×" if p.margin_cheat else "-",
            )
        )
    return table(rows) + "\n"
