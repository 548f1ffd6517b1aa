"""The warm referee as a worker meets it: requests, progress, cancelling, ending."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import (
    ADVERSARIES,
    HONEST,
    PATIENT,
    SECRET,
    SMALL,
    Session,
    command,
    environment,
    program,
    settled_family,
    spec,
)

from crusades_evaluator import processes
from crusades_evaluator.interface import Result

_BASELINE = program(HONEST / "baseline.py")
_HANG = program(ADVERSARIES / "hang.py")
#: When a process was started, in clock ticks since the machine was; an expression.
_SINCE = "open('/proc/{pid}/stat').read().rpartition(')')[2].split()[19]"


def _all_gone(pids: list[int], seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(processes.family(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_ready_tells_what_the_device_is(referee: Session) -> None:
    ready = referee.events[0]
    assert ready["event"] == "ready"
    assert (ready["device"], ready["threads"], ready["torch"]) == ("cpu", 1, "2.11.0")
    assert {"name", "uuid", "driver", "python", "transformers"} <= ready.keys()


def test_phases_are_told_in_order_and_every_second(referee: Session) -> None:
    before = len(referee.events)
    slow = _BASELINE.replace("total_tokens = 0", "total_tokens = 0\n    import time; time.sleep(2.2)")
    result = referee.attempt(spec(slow, submission="slow", attempt=7))
    assert result["outcome"] == "scored"
    events = [e for e in referee.events[before:] if e["event"] == "phase"]
    assert {(e["submission"], e["attempt"]) for e in events} == {("slow", 7)}
    assert list(dict.fromkeys(e["phase"] for e in events)) == ["starting", "warming_up", "timed", "judging"]
    assert sum(e["phase"] == "timed" for e in events) >= 3
    times = [e["elapsed_s"] for e in events]
    assert times == sorted(times)


def test_a_result_is_valid_and_its_commitment_is_that_of_its_seed(referee: Session) -> None:
    plain = referee.attempt(spec(_BASELINE))
    result = Result.model_validate(plain)
    assert result.seed is not None
    assert hashlib.sha256(bytes.fromhex(result.seed)).hexdigest() == result.seed_commitment
    outer = [seconds for name, seconds in result.phases_s.items() if "." not in name]
    assert sum(outer) >= (result.seconds or 0)
    assert result.environment["peak_source"] == "measured"
    assert result.environment["corpus"]["kind"] == "synthetic"


def test_a_cancelled_attempt_ends_at_once_and_the_next_one_works(referee: Session) -> None:
    path = referee.begin(spec(_HANG, submission="hangs"))
    referee.until("phase", submission="hangs", phase="timed")
    started = time.monotonic()
    referee.send({"cancel": True})
    referee.until("done", result=str(path))
    assert time.monotonic() - started < 5
    result = json.loads(path.read_text())
    assert result["outcome"] == "cancelled"
    assert result["error"]["fault"] == "operator"
    assert referee.attempt(spec(_BASELINE))["outcome"] == "scored"


def test_requests_that_make_no_sense_are_faults_and_harm_nothing(referee: Session, tmp_path: Path) -> None:
    for request in ("no JSON", "[]", '{"spec": "a"}'):
        referee.send(request)
        assert referee.until("fault")["code"] == "evaluator_spec_invalid"
    referee.send({"spec": str(tmp_path / "missing.json"), "result": str(tmp_path / "r.json")})
    assert "missing.json" in referee.until("fault")["message"]
    assert referee.attempt(spec(_BASELINE))["outcome"] == "scored"


def test_every_problem_of_a_specification_is_named(referee: Session) -> None:
    referee.begin(spec(_BASELINE, attempt=0, threads="many", device="tpu", memory_bytes=-1))
    message = referee.until("fault")["message"]
    assert all(word in message for word in ("attempt", "threads", "device", "memory_bytes"))


def test_code_that_is_not_what_was_scanned_is_refused(referee: Session) -> None:
    referee.begin(spec(_BASELINE, code_sha256="0" * 64))
    assert "SHA-256" in referee.until("fault")["message"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"threads": 2}, "evaluator_spec_invalid"),
        (
            {"model": {"architecture": "qwen2", "config": {"hidden_size": "wide"}, "dtype": "float32"}},
            "model_load_failed",
        ),
    ],
)
def test_faults_of_the_settings_are_not_the_miners(changes: dict[str, object], code: str, referee: Session) -> None:
    result = referee.attempt(spec(_BASELINE, **changes))
    assert result["outcome"] == code
    assert result["error"]["fault"] == "infrastructure"


def test_nothing_of_the_parents_environment_reaches_a_contestant(referee: Session) -> None:
    spy = """
import ctypes
import os
print(dict(os.environ))
for name in ("/proc/self/environ", "/proc/1/environ"):
    try:
        print(open(name, "rb").read())
    except OSError as error:
        print(error)
maps = open("/proc/self/maps").readlines() if os.access("/proc/self/maps", 4) else []
for block in [line.split()[0] for line in maps if "[stack]" in line]:
    start, end = (int(part, 16) for part in block.split("-"))
    print(ctypes.string_at(start, end - start)[-65536:])
raise SystemExit
"""
    result = referee.attempt(spec(spy))
    assert "PATH" in result["output_tail"]
    assert SECRET not in result["output_tail"]


def test_a_slot_of_a_device_has_one_referee_at_a_time(referee: Session) -> None:
    second = Session(referee.folder, "--slot", "0")
    assert second.until("fault")["code"] == "gpu_busy"
    assert second.process.wait(timeout=30) == 3


def test_closing_stdin_ends_a_running_attempt_and_everything_under_the_session(tmp_path: Path) -> None:
    session = Session(tmp_path)
    path = session.begin(spec(_HANG))
    session.until("phase", phase="timed")
    pids = [process.pid for process in processes.family(session.process.pid)]
    assert len(pids) >= 4
    assert session.close() == 0
    assert json.loads(path.read_text())["outcome"] == "cancelled"
    assert _all_gone(pids)


@pytest.mark.parametrize("victim", ["referee", "worker"])
def test_kill_9_leaves_nothing_behind(victim: str, tmp_path: Path) -> None:
    worker = ["sh", "-c", '"$@" & wait', "worker"] if victim == "worker" else []
    session = Session(tmp_path, prefix=worker)
    if victim == "worker":
        # sh gives background commands /dev/null for stdin: the attempt comes from a file instead
        session.until("ready")
    else:
        session.begin(spec(_HANG))
        session.until("phase", phase="timed")
    pids = [process.pid for process in processes.family(session.process.pid)]
    session.process.send_signal(signal.SIGKILL)
    session.process.wait(timeout=10)
    assert _all_gone(pids)


def test_a_session_whose_zygote_died_says_so_and_ends(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.until("ready")
    (zygote,) = (p.pid for p in processes.family(session.process.pid) if p.pid != session.process.pid)
    os.kill(zygote, signal.SIGKILL)
    result = session.attempt(spec(_BASELINE))
    assert result["outcome"] == "evaluator_failed"
    assert result["error"]["retryable"] is True
    session.until("fault", code="evaluator_failed")
    assert session.process.wait(timeout=20) == 3


def test_attempts_leave_no_descriptor_open(referee: Session) -> None:
    def count() -> int:
        return len(list(Path(f"/proc/{referee.process.pid}/fd").iterdir()))

    counts = []
    for name in ("os_exit", "missing_logits", "hang_at_import", "os_exit"):
        code = program(ADVERSARIES / f"{name}.py")
        referee.attempt(spec(code, deadlines_s={**PATIENT, "start": 1.5}))
        counts.append(count())
    assert len(set(counts)) == 1, counts


def test_without_namespaces_a_contestants_processes_are_still_all_killed(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: without it, no second user")
    blocked = (
        "import os, sys\n"
        "from crusades_evaluator.contestant import linux, seccomp\n"
        "linux.no_new_privileges(); linux.install_seccomp(seccomp.program('cpu'))\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    session = Session(tmp_path, prefix=[sys.executable, "-c", blocked])
    result = session.attempt(spec(program(ADVERSARIES / "process_left_behind.py")))
    # A busy machine may see what the daemon wrote before, as the program's header says.
    assert result["outcome"] in {"late_write", "update_mismatch"}
    assert result["isolation"]["mode"] == "two_users"
    assert "no process namespace" in result["isolation"]["notice"]
    assert settled_family(session.process.pid, 2) == 2
    result = session.attempt(spec(program(ADVERSARIES / "fork_bomb.py")))
    assert result["outcome"] == "execution_failed"
    assert settled_family(session.process.pid, 2) == 2
    assert session.close() == 0


def _interpreter_for_anybody(user: dict[str, object]) -> str | None:
    """This Python, or the system's of the same version, if the user may run it."""
    for candidate in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        with contextlib.suppress(OSError):
            if subprocess.run([candidate, "-c", ""], check=False, **user).returncode == 0:  # type: ignore[call-overload]
                return candidate
    return None


def test_one_user_for_all_is_said_in_the_verdict(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if folder == Path(tempfile.gettempdir()):
            break
        with contextlib.suppress(PermissionError):
            folder.chmod(0o755)
    spec_path, result_path = tmp_path / "spec.json", tmp_path / "result.json"
    spec_path.write_text(json.dumps(spec(_BASELINE)))
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    interpreter = _interpreter_for_anybody(user)
    if interpreter is None:
        pytest.skip("no Python here that another user can use")
    variables = environment(tmp_path / "locks")
    variables["PYTHONPATH"] += f":{sysconfig.get_path('purelib')}"
    words = command("attempt", "--spec", str(spec_path), "--result", str(result_path))[1:]
    done = subprocess.run(  # type: ignore[call-overload]
        [interpreter, *words], env=variables, capture_output=True, text=True, timeout=120, check=False, **user
    )
    assert done.returncode == 0, done.stderr
    isolation = json.loads(result_path.read_text())["isolation"]
    assert isolation["mode"] == "one_user"
    assert "do not trust" in isolation["notice"]


def test_a_corpus_that_is_not_prepared_here_is_replaced_and_the_verdict_says_so(referee: Session) -> None:
    result = referee.attempt(spec(_BASELINE, data={**SMALL, "corpus": "fineweb"}))
    assert result["outcome"] == "scored"
    assert result["environment"]["corpus"]["name"] == "synthetic instead of fineweb: not prepared on this host"


@pytest.fixture(scope="module")
def ahead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A referee that has the next attempt's process ready, as on a GPU."""
    session = Session(Path(tmp_path_factory.mktemp("ahead")), "--prepare-ahead")
    session.until("ready")
    yield session
    assert session.close() == 0
    assert processes.family(session.process.pid) == []


@pytest.mark.xdist_group("ahead")
def test_the_next_process_waits_without_a_program_and_serves_the_next_attempt(ahead: Session) -> None:
    tells = _BASELINE + f"\nprint('since', {_SINCE.format(pid='self')})\n"
    first = ahead.attempt(spec(tells))
    waiting = settled_family(ahead.process.pid, 5)
    assert waiting == 5, "referee and zygote; keeper, guardian and the bound process"
    since = [eval(_SINCE.format(pid=process.pid)) for process in processes.family(ahead.process.pid)]
    again = ahead.attempt(spec(tells, attempt=2))
    assert (first["outcome"], again["outcome"]) == ("scored", "scored")
    assert again["output_tail"].split()[1] in since, "it was there before its attempt began"
    assert first["output_tail"].split()[1] not in since
    other = ahead.attempt(spec(_BASELINE + "\n# of another submission\n"))
    assert other["outcome"] == "scored"


@pytest.mark.xdist_group("ahead")
@pytest.mark.skipif(os.geteuid() != 0, reason="without root no cache is kept from attempt to attempt")
def test_a_process_prepared_with_one_submissions_cache_never_serves_another(ahead: Session) -> None:
    code = _BASELINE + (
        "\nimport os\n"
        "folder = os.environ['TORCHINDUCTOR_CACHE_DIR']\n"
        "print('FOUND' if os.path.exists(folder + '/left') else 'EMPTY')\n"
        "os.makedirs(folder, exist_ok=True)\n"
        "open(folder + '/left', 'w').close()\n"
    )
    tails = [ahead.attempt(spec(code, submission=name))["output_tail"].strip() for name in ("one", "one", "other")]
    assert [tail.splitlines()[0] for tail in tails] == ["EMPTY", "FOUND", "EMPTY"]


def test_what_the_warm_up_left_behind_is_collected_before_the_timed_run(referee: Session) -> None:
    code = _BASELINE + (
        "\nimport gc\n"
        "gc.disable()\n"
        "class Knot:\n"
        "    def __init__(self): self.own = self\n"
        "    def __del__(self): print('collected')\n"
        "honest = inner_steps\n"
        "def inner_steps(*arguments):\n"
        "    print('called')\n"
        "    Knot()\n"
        "    return honest(*arguments)\n"
    )
    result = referee.attempt(spec(code))
    assert result["outcome"] == "scored", result["error"]
    assert result["output_tail"].split()[:3] == ["called", "collected", "called"]
