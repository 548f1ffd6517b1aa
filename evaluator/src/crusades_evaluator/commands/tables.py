"""Results as text for people."""

from __future__ import annotations

from collections.abc import Sequence

from crusades_evaluator.interface import Result, Statistic


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)


def number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.5g}"


def limits(statistic: Statistic) -> str:
    """The range that the statistic must lie in."""
    parts = [
        f"≥ {statistic.low:g}" if statistic.low is not None else "",
        f"≤ {statistic.high:g}" if statistic.high is not None else "",
    ]
    return " ".join(part for part in parts if part)


def statistics_table(statistics: Sequence[Statistic]) -> str:
    return table(
        [
            ("statistic", "value", "limit", ""),
            *((s.name, number(s.value), limits(s), "ok" if s.passed else "FAILED") for s in statistics),
        ]
    )


def headline(result: Result) -> str:
    """One line: attempt, outcome, MFU or the reason."""
    if result.error is None:
        return f"attempt {result.attempt}: scored, MFU {result.mfu:.2f} %, {result.seconds:.3f} s"
    return f"attempt {result.attempt}: {result.outcome} in {result.error.stage}: {result.error.message}"
