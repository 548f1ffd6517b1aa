"""What a contestant can reach, asked from inside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support import Session, spec

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a second user and namespaces")


def _ask(referee: Session, code: str) -> dict[str, Any]:
    """Runs code when train.py is imported; what it prints is in output_tail."""
    return referee.attempt(spec(f"{code}\nraise SystemExit\n"))


def test_it_is_another_user_without_capabilities_and_sees_no_process_but_its_own(referee: Session) -> None:
    result = _ask(
        referee,
        "import os\n"
        "status = dict(l.split(':\\t', 1) for l in open('/proc/self/status').read().splitlines() if ':\\t' in l)\n"
        "print('caps', int(status['CapEff'], 16), int(status['CapPrm'], 16), 'nnp', status['NoNewPrivs'])\n"
        "print('uid', os.getresuid(), 'groups', os.getgroups(), 'seccomp', status['Seccomp'])\n"
        "print('pids', [p for p in os.listdir('/proc') if p.isdigit()])\n",
    )
    tail = result["output_tail"]
    assert "caps 0 0 nnp 1" in tail
    assert "uid (642" in tail and "groups []" in tail and "seccomp 2" in tail
    assert "pids ['2']" in tail, tail
    assert result["isolation"] == {"mode": "two_users", "notice": None}


def test_it_can_write_nowhere_but_in_its_scratch_folder(referee: Session) -> None:
    result = _ask(
        referee,
        "import os, tempfile\n"
        "open('here', 'w').close(); tempfile.TemporaryFile().close()\n"
        "for folder in ('/', '/tmp', '/var/tmp', '/run', '..', os.path.dirname(os.__file__)):\n"
        "    try:\n"
        "        open(f'{folder}/x', 'w'); print('WROTE', folder)\n"
        "    except OSError as error:\n"
        "        print('refused', folder, error.errno)\n",
    )
    assert "WROTE" not in result["output_tail"]
    assert result["output_tail"].count("refused") == 6


def test_its_working_folder_has_the_same_path_and_is_empty_each_time(referee: Session) -> None:
    # cuDNN writes it into its kernels: elsewhere, those that the first attempt has cached would not be found
    code = "import os\nprint(os.getcwd(), os.listdir())\nopen('left', 'w').close()\n"
    tails = [_ask(referee, code)["output_tail"] for _ in range(2)]
    assert tails[0].split()[0] == "/tmp/attempt/work"
    assert tails[0] == tails[1]


def test_it_sees_no_files_of_other_people(referee: Session, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    result = _ask(
        referee,
        f"import os\nprint('exists', os.path.exists({str(secret)!r}))\n"
        "print('tmp', len(os.listdir('/tmp')), 'home', os.listdir('/home'))\n",
    )
    assert "exists False" in result["output_tail"]
    assert "home []" in result["output_tail"]


def test_a_user_without_a_name_can_be_asked_for_one(referee: Session) -> None:
    result = _ask(referee, "import getpass\nprint('name', getpass.getuser())  # torch.compile does\n")
    assert "name contestant" in result["output_tail"]


def test_lazy_imports_work_after_the_fork(referee: Session) -> None:
    result = _ask(
        referee, "import encodings.idna, sqlite3, decimal, torch.fft, torch.distributions\nprint('imported')\n"
    )
    assert "imported" in result["output_tail"], result["output_tail"]


@pytest.mark.parametrize(
    "call",
    [
        "socket.socket().connect(('127.0.0.1', 1))",
        "socket.socket(socket.AF_UNIX).connect('/tmp/.s.PGSQL.5432')",
        "socket.socket().bind(('127.0.0.1', 0))",
        "os.setuid(0)",
        "os.chroot('/')",
        "check(libc.unshare(0x10000000))",
        "check(libc.mount(b'x', b'/tmp', b'tmpfs', 0, None))",
        "check(libc.ptrace(16, 1, 0, 0))",
        "os.kill(1, 9) or os.kill(1, 0) or check(-1)",
    ],
)
def test_it_is_refused(call: str, referee: Session) -> None:
    result = _ask(
        referee,
        "import ctypes, os, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def check(status):\n    if status != 0: raise PermissionError(ctypes.get_errno(), 'refused')\n"
        f"try:\n    {call}\n    print('ALLOWED')\nexcept PermissionError:\n    print('refused')\n",
    )
    assert result["output_tail"].strip().endswith("refused"), result["output_tail"]


def test_tokens_are_empty_until_the_start(referee: Session) -> None:
    spy = """
import threading
import time

sums = []


def watch(tokens):
    while len(sums) < 2000:
        sums.append(int(tokens.sum()))
        time.sleep(0.001)


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    if not sums:
        first = next(data_iterator)
        threading.Thread(target=watch, args=(first,), daemon=True).start()
        time.sleep(0.05)
        return None
    seen = list(dict.fromkeys(sums))
    print("seen", len(seen), "empty between", seen[1] == 0)
    raise RuntimeError("over")
"""
    result = referee.attempt(spec(spy))
    assert result["outcome"] == "execution_failed"
    assert "empty between True" in result["output_tail"]


def test_the_compile_cache_is_kept_for_the_same_submission_and_for_no_other(referee: Session) -> None:
    code = (
        "import os\n"
        "folder = os.environ['TORCHINDUCTOR_CACHE_DIR']\n"
        "print('FOUND' if os.path.exists(folder + '/left') else 'EMPTY')\n"
        "os.makedirs(folder, exist_ok=True)\n"
        "open(folder + '/left', 'w').close()\n"
        "raise SystemExit\n"
    )
    tails = [
        referee.attempt(spec(code, submission=submission, attempt=attempt))["output_tail"].strip()
        for submission, attempt in (("one", 1), ("one", 2), ("other", 1), ("one", 3))
    ]
    assert tails == ["EMPTY", "FOUND", "EMPTY", "EMPTY"]
