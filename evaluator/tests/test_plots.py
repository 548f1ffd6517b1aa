"""A calibration as a picture: every program in every panel, always the same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import ROOT, command, environment

from crusades_evaluator.calibration_report import Calibration, read_report
from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.plots import panels_of, svgs_of

# drawing all of it takes seconds: once, not once for each process of a run
pytestmark = pytest.mark.xdist_group("plots")

_REPORT = ROOT / "evaluator" / "calibration" / "cpu-small.json"


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return read_report(_REPORT)


@pytest.fixture(scope="module")
def svgs(calibration: Calibration) -> dict[str, str]:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    return svgs_of(calibration)


def test_there_is_a_plot_of_each_statistic_with_each_programs_name(
    calibration: Calibration, svgs: dict[str, str]
) -> None:
    assert set(svgs) == {f"{panel.statistic}.svg" for panel in panels_of(calibration)} | {"overview.svg"}
    for panel in panels_of(calibration):
        texts = {element.text for element in ElementTree.fromstring(svgs[f"{panel.statistic}.svg"]).iter()}
        assert set(calibration.programs) <= texts
        assert f"limit {panel.limit:g}" in texts


def test_the_overview_names_each_statistic_and_its_limit(calibration: Calibration, svgs: dict[str, str]) -> None:
    texts = {element.text for element in ElementTree.fromstring(svgs["overview.svg"]).iter()}
    assert {f"{panel.statistic}, {panel.limit:g}" for panel in panels_of(calibration)} <= texts


def test_plots_are_small_and_the_same_every_time(calibration: Calibration, svgs: dict[str, str]) -> None:
    assert max(len(svg) for svg in svgs.values()) < 200_000
    assert svgs_of(calibration) == svgs


def test_honest_programs_lie_above_cheats_and_the_nearest_next_to_each_other(calibration: Calibration) -> None:
    moment = next(panel for panel in panels_of(calibration) if panel.statistic == "moment")
    kinds = [(not row.honest, not row.aimed and not row.honest) for row in moment.rows]
    assert kinds == sorted(kinds)
    border = sum(row.honest for row in moment.rows)
    assert max(moment.rows[border - 1].deviations) == max(max(row.deviations) for row in moment.rows[:border])
    assert moment.rows[border].aimed
    assert max(moment.rows[border - 1].deviations) < moment.limit < min(moment.rows[border].deviations)


def test_the_limits_of_settings_can_be_drawn_instead_of_the_proposed_ones(calibration: Calibration) -> None:
    given = {**{panel.statistic: panel.limit for panel in panels_of(calibration)}, "moment": 0.5}
    panels = {panel.statistic: panel.limit for panel in panels_of(calibration, given)}
    assert panels == given


def test_a_calibration_without_honest_programs_is_refused() -> None:
    with pytest.raises(AttemptFailed, match="nothing to draw"):
        svgs_of(Calibration({}, "local.json", "5" * 64))


def test_without_matplotlib_the_message_says_what_to_install(
    calibration: Calibration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(AttemptFailed, match="pip install matplotlib"):
        svgs_of(calibration)


def test_the_command_writes_the_files(svgs: dict[str, str], tmp_path: Path) -> None:
    words = command("plots", str(_REPORT), "--out", str(tmp_path / "plots"))
    done = subprocess.run(words, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_text() for path in (tmp_path / "plots").iterdir()} == svgs
