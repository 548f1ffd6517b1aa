"""Plots of a calibration: how far honest programs and cheats lie from the limit of each statistic.

Matplotlib is imported on use: it belongs to the development environment, and is never there where contestants run.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crusades_evaluator.calibration import GROUPS, deviation, was_measured
from crusades_evaluator.calibration_report import Calibration, proposals_of
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.power import Power
from crusades_evaluator.power_families import families_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLES = {
    "moment": "first moment, relative error",
    "moment_tensor": "first moment, relative error in the worst tensor",
    "stray": "first moment, share of clearly wrong coordinates",
    "row": "share of each row of each step, distance from 1",
    "block": "share of each block of positions, distance from 1",
    "patch": "share of the patches that lack a part of their gradient",
    "update": "share of each step's update, distance from 1",
    "logits": "final logits, relative error",
    "second_moment": "second moment, relative error",
    "loss": "loss, distance of the claim",
}
#: Kinds of points; told apart by shape as well as by colour.
_HONEST, _AIMED, _OTHER = ("o", "#1f5fa8"), ("^", "#c0392b"), ("x", "#9a9a9a")
_ROW_INCHES, _WIDTH_INCHES = 0.165, 9.0
#: Steps of a line.
_POINTS = 160
#: A point or tick in matplotlib's SVG.
_POINT = re.compile(r'<use xlink:href="(?P<href>[^"]+)" x="(?P<x>[^"]+)" y="(?P<y>[^"]+)" style="(?P<style>[^"]+)"/>')
#: The same report always gives the same bytes; text stays text, so that files are small and can be searched.
_STYLE = {"svg.hashsalt": "crusades", "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 8.0}


@dataclass(frozen=True)
class Row:
    """One program's deviations from honest, one for each attempt. aimed: a cheat that has to fail the statistic."""

    name: str
    honest: bool
    aimed: bool
    deviations: tuple[float, ...]


@dataclass(frozen=True)
class Panel:
    statistic: str
    limit: float
    rows: tuple[Row, ...]


def panels_of(calibration: Calibration, limits: Mapping[str, float] | None = None) -> list[Panel]:
    """A panel for each statistic: honest programs first, the worst last; then the cheats, the nearest first.

    limits: statistic -> deviation, instead of those that the calibration proposes.
    """
    proposed = {proposal.statistic: proposal.limit for proposal in proposals_of(calibration)}
    return [
        Panel(statistic, limit if limits is None else limits[statistic], _rows(calibration, statistic))
        for statistic, limit in proposed.items()
    ]


def svgs_of(calibration: Calibration, limits: Mapping[str, float] | None = None) -> dict[str, str]:
    """File name -> SVG; limits as for panels_of.

    Raises AttemptFailed(evaluator_spec_invalid) without honest programs or without matplotlib.
    """
    panels = panels_of(calibration, limits)
    if not panels:
        raise AttemptFailed("evaluator_spec_invalid", "the calibration has no honest program: there is nothing to draw")
    caption = _caption(calibration)
    drawings: dict[str, Callable[[Figure], None]] = {
        f"{panel.statistic}.svg": partial(_draw_panel, panel=panel, caption=caption) for panel in panels
    }
    drawings["overview.svg"] = partial(_draw_overview, panels=panels, caption=caption)
    return {name: _rendered(draw) for name, draw in drawings.items()}


def power_svg(power: Power, at_best: Power, caption: str) -> str:
    """Probability that an attempt is found, by the share of its work that is left out; a line for each family.

    at_best: the contestant's best case, dashed. Raises AttemptFailed(evaluator_spec_invalid) without matplotlib.
    """
    return _rendered(partial(_draw_power, power=power, at_best=at_best, caption=caption))


def _rows(calibration: Calibration, statistic: str) -> tuple[Row, ...]:
    def row(name: str) -> Row:
        program = calibration.programs[name]
        aimed = bool(set(program.fails) & set(GROUPS[statistic]))
        measured = [run.statistics for run in program.runs if was_measured(statistic, run.statistics)]
        return Row(name, program.honest, aimed, tuple(deviation(statistic, values) for values in measured))

    rows = [found for name in calibration.programs if (found := row(name)).deviations]
    honest = sorted((r for r in rows if r.honest), key=lambda r: (max(r.deviations), r.name))
    aimed = sorted((r for r in rows if r.aimed), key=lambda r: (min(r.deviations), r.name))
    others = sorted((r for r in rows if not r.honest and not r.aimed), key=lambda r: (min(r.deviations), r.name))
    return (*honest, *aimed, *others)


def _caption(calibration: Calibration) -> str:
    facts = calibration.environment
    runs = sum(len(program.runs) for program in calibration.programs.values())
    return f"{facts.get('name')}, torch {facts.get('torch')}, {calibration.settings}, {runs} attempts"


def _rendered(draw: Callable[[Figure], None]) -> str:
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        reason = f"plots need matplotlib ({error}): pip install matplotlib, or use requirements-dev.lock"
        raise AttemptFailed("evaluator_spec_invalid", reason) from error
    with matplotlib.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure()
        draw(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return _shortened("\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n")


def _shortened(svg: str) -> str:
    """A third of the size: hundreds of points share their style, and no eye needs their places to a millionth."""
    classes: dict[str, str] = {}

    def use(point: re.Match[str]) -> str:
        name = classes.setdefault(point["style"], f"p{len(classes)}")
        x, y = float(point["x"]), float(point["y"])
        return f'<use xlink:href="{point["href"]}" x="{x:.2f}" y="{y:.2f}" class="{name}"/>'

    svg = _POINT.sub(use, svg)
    rules = "".join(f".{name} {{{style}}}\n" for style, name in classes.items())
    return svg.replace('<style type="text/css">', f'<style type="text/css">{rules}', 1)


def _draw_panel(figure: Figure, panel: Panel, caption: str) -> None:
    figure.set_size_inches(_WIDTH_INCHES, 1.3 + _ROW_INCHES * len(panel.rows))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    place = _scale(axes, [panel.limit, *(value for row in panel.rows for value in row.deviations)])
    for kind, style, label in (
        (lambda row: row.honest, _HONEST, "honest"),
        (lambda row: row.aimed, _AIMED, "cheat that has to fail here"),
        (lambda row: not row.honest and not row.aimed, _OTHER, "cheat that fails elsewhere"),
    ):
        points = [(place(v), height) for height, row in enumerate(panel.rows) if kind(row) for v in row.deviations]
        _scatter(axes, points, style, label)
    axes.axvline(panel.limit, color="black", linewidth=1.2, label=f"limit {panel.limit:g}")
    axes.axhline(sum(row.honest for row in panel.rows) - 0.5, color="#9a9a9a", linewidth=0.6)
    axes.set_yticks(range(len(panel.rows)), [row.name for row in panel.rows])
    axes.set_ylim(len(panel.rows) - 0.4, -0.6)
    axes.set_xlabel("deviation from honest; what is 0 or beyond all measure lies on the edge")
    axes.set_title(f"{panel.statistic}: {_TITLES.get(panel.statistic, '')}\n{caption}", loc="left", fontsize=9)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _draw_overview(figure: Figure, panels: Sequence[Panel], caption: str) -> None:
    """Each statistic on one line, in multiples of its limit: honest programs left of 1, cheats right of it."""
    figure.set_size_inches(_WIDTH_INCHES, 1.3 + 0.42 * len(panels))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    shares = [(p, row, value / p.limit) for p in panels for row in p.rows for value in row.deviations]
    place = _scale(axes, [1.0, *(share for _, row, share in shares if row.honest or row.aimed)])
    heights = {panel.statistic: height for height, panel in enumerate(panels)}
    for honest, style, shift, label in ((True, _HONEST, -0.16, "honest"), (False, _AIMED, 0.16, "cheats")):
        points = [
            (place(share), heights[panel.statistic] + shift)
            for panel, row, share in shares
            if row.honest is honest and (honest or row.aimed)
        ]
        _scatter(axes, points, style, label)
    axes.axvline(1, color="black", linewidth=1.2, label="limit")
    axes.set_yticks(range(len(panels)), [f"{panel.statistic}, {panel.limit:g}" for panel in panels])
    axes.set_ylim(len(panels) - 0.5, -0.5)
    axes.set_xlabel(
        "deviation from honest, in multiples of the limit; what is 0 or beyond all measure lies on the edge"
    )
    axes.set_title(
        f"Honest programs, and the cheats that have to fail each statistic\n{caption}", loc="left", fontsize=9
    )
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _draw_power(figure: Figure, power: Power, at_best: Power, caption: str) -> None:
    figure.set_size_inches(_WIDTH_INCHES, 4.2)
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    low, high = 1e-5, 0.05
    for number, family in enumerate(families_of(power)):
        first, last = max(low, family.piece), min(high, family.largest)
        shares = [first * (last / first) ** (step / _POINTS) for step in range(_POINTS + 1)]
        for of, line in ((power, "-"), (at_best, "--")):
            found = [of.found(family.effect(share)) for share in shares]
            label = family.words if of is power else None
            width = 1.4 if of is power else 1.0
            axes.plot([100 * s for s in shares], found, line, color=f"C{number}", linewidth=width, label=label)
    for share, words in ((0.002, "wanted, 0.2 %"), (0.01, "leaderboard, 1 %")):
        axes.axvline(100 * share, color="black", linewidth=0.8, linestyle=":")
        axes.text(100 * share, 1.03, words, ha="center", fontsize=7)
    axes.set_xscale("log")
    axes.set_xlim(100 * low, 100 * high)
    axes.set_ylim(-0.02, 1.08)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_xlabel("share of the attempt's work that is left out, in percent")
    axes.set_ylabel("probability that an attempt is found")
    title = (
        f"Probability found. Solid: all honest programs; dashed: the quietest, and what is hardest to see\n{caption}"
    )
    axes.set_title(title, loc="left", fontsize=9)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _scatter(axes: Axes, points: Sequence[tuple[float, float]], style: tuple[str, str], label: str) -> None:
    marker, colour = style
    if points:
        across, down = zip(*points, strict=True)
        drawn = axes.plot(across, down, marker, color=colour, markersize=4, alpha=0.75, label=label)
        drawn[0].set_clip_on(False)  # points on the edge stay whole


def _scale(axes: Axes, values: Sequence[float]) -> Callable[[float], float]:
    """Sets a logarithmic axis over the values, and returns where a value goes: 0 and infinity to the edges."""
    proper = [value for value in values if 0 < value < math.inf]
    low = 10.0 ** (math.floor(math.log10(min(proper))) - 1)
    high = 10.0 ** (math.ceil(math.log10(max(proper))) + 0.5)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.grid(axis="x", which="major", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    return lambda value: min(max(value, low), high)
