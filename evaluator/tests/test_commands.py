"""The command line: help, exit statuses, no stack traces."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import ADVERSARIES, HONEST, PROFILE, SMALL, command, environment, program, spec

from crusades_evaluator.codes import catalogue


def _run(folder: Path, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*words), env=environment(folder), capture_output=True, text=True, timeout=timeout, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _settings(folder: Path) -> Path:
    """A settings file as hparams/*.json, small."""
    plain: dict[str, Any] = {
        "model": PROFILE["model"],
        "benchmark_dataset_name": "synthetic",
        "benchmark_sequence_length": SMALL["sequence_length"],
        "benchmark_batch_size": SMALL["batch_size"],
        "eval_steps": SMALL["steps"],
        "verification": {
            "limits": PROFILE["limits"],
            "deadlines_s": PROFILE["deadlines_s"],
            "optimizer": {},
            "warm_up_steps": 2,
            "memory_bytes": PROFILE["memory_bytes"],
            "output_bytes": 1000,
        },
        "mfu": {"gpu_peak_tflops": {}, "min_mfu": 0, "max_plausible_mfu": 100},
    }
    path = folder / "hparams.json"
    path.write_text(json.dumps(plain))
    return path


@pytest.mark.parametrize(
    "name",
    ["probe", "session", "attempt", "evaluate", "replay", "calibrate", "power", "bench", "corpus", "codes", "schema"],
)
def test_every_command_has_help(name: str, tmp_path: Path) -> None:
    done = _run(tmp_path, name, "--help", timeout=20)
    assert done.returncode == 0
    assert "usage:" in done.stdout


def test_wrong_use_is_2(tmp_path: Path) -> None:
    assert _run(tmp_path).returncode == 2
    assert _run(tmp_path, "evaluate").returncode == 2
    assert _run(tmp_path, "session", "--progress-fd", "77").returncode == 2
    assert _run(tmp_path, "attempt", "--spec", "missing.json", "--result", "r.json").returncode == 2
    assert _run(tmp_path, "evaluate", "x.py", "--settings", "missing.json").returncode == 2


def test_a_device_that_is_not_there_is_3(tmp_path: Path) -> None:
    done = _run(tmp_path, "probe", "--device", "cuda:7")
    assert done.returncode == 3
    assert "gpu_unavailable" in done.stderr


def test_codes_are_the_catalogue(tmp_path: Path) -> None:
    assert json.loads(_run(tmp_path, "codes", "--json").stdout) == catalogue()
    assert "late_write" in _run(tmp_path, "codes").stdout


def test_schema_is_up_to_date(tmp_path: Path) -> None:
    assert _run(tmp_path, "schema", "--write", str(tmp_path)).returncode == 0
    assert _run(tmp_path, "schema", "--check", str(tmp_path)).returncode == 0
    (tmp_path / "spec.v1.json").write_text("{}")
    assert _run(tmp_path, "schema", "--check", str(tmp_path)).returncode == 1


def test_probe_measures_the_peak(tmp_path: Path) -> None:
    facts = json.loads(_run(tmp_path, "probe", "--json").stdout)
    assert 1e9 < facts["peak_flops"] < 1e13
    assert facts["peak_source"] == "measured"


def test_attempt_writes_the_result_and_says_whether_it_scored(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(spec(program(HONEST / "baseline.py"))))
    bad.write_text(json.dumps(spec(program(ADVERSARIES / "syntax.py"))))
    result = tmp_path / "result.json"
    done = _run(tmp_path, "attempt", "--spec", str(good), "--result", str(result))
    assert (done.returncode, json.loads(result.read_text())["outcome"]) == (0, "scored"), done.stderr
    assert _run(tmp_path, "attempt", "--spec", str(bad), "--result", str(result)).returncode == 1
    assert json.loads(result.read_text())["error"]["final"] is True


def test_evaluate_reports_the_lower_median_and_replay_repeats_an_attempt(tmp_path: Path) -> None:
    report_path = tmp_path / "report.json"
    settings = str(_settings(tmp_path))
    records = tmp_path / "records"
    words = ("--settings", settings, "--attempts", "2", "--report", str(report_path), "--records", str(records))
    done = _run(tmp_path, "evaluate", str(HONEST / "baseline.py"), *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "row_min" in done.stdout and "median MFU" in done.stdout
    (entry,) = json.loads(report_path.read_text())["files"]
    assert entry["mfu"] == min(attempt["mfu"] for attempt in entry["attempts"])

    record = records / "baseline-1.json"
    done = _run(tmp_path, "replay", str(record), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["comparison"]["same"] is True
    assert json.loads(done.stdout)["result"]["seed"] == json.loads(record.read_text())["result"]["seed"]
    record.write_text("{}")
    assert _run(tmp_path, "replay", str(record)).returncode == 2


def test_evaluate_stops_after_a_final_failure_and_exits_1(tmp_path: Path) -> None:
    done = _run(tmp_path, "evaluate", str(ADVERSARIES / "no_function.py"), "--settings", str(_settings(tmp_path)))
    assert done.returncode == 1
    assert done.stdout.count("missing_inner_steps") == 1


def test_bench_shows_the_phases(tmp_path: Path) -> None:
    done = _run(tmp_path, "bench", "--settings", str(_settings(tmp_path)), "--attempts", "1", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {"timed_over_alone", "overhead_over_timed", "phases_s", "mfu"} <= report.keys()
