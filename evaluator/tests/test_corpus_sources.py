"""Corpora: folders of text, tokenizers, the hub, and the command."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from corpora import DATA, TEXTS
from support import command, environment
from tokenizers import Tokenizer as Backend
from tokenizers import models

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.corpus import open_corpus
from crusades_evaluator.corpus.documents import folder_documents
from crusades_evaluator.corpus.files import place_of
from crusades_evaluator.corpus.tokenizer import local_tokenizer


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with all three kinds of files, one of them deeper, and one that is not text."""
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    for number, text in enumerate(TEXTS[:40]):
        (folder / ("deep" if number % 2 else "") / f"{number}.{'md' if number % 3 else 'txt'}").write_text(text)
    lines = [json.dumps({"text": text, "id": number}) for number, text in enumerate(TEXTS[40:])]
    (folder / "rest.jsonl").write_text("\n\n".join(lines))
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


def test_a_folder_gives_its_documents_in_an_order_of_the_master_seed(texts: Path) -> None:
    every = list(folder_documents(texts, 1000, 42))
    assert sorted(every) == sorted(TEXTS)
    assert list(folder_documents(texts, 1000, 42)) == every
    assert list(folder_documents(texts, 7, 42)) == every[:7]
    assert list(folder_documents(texts, 1000, 43)) != every


def test_folders_that_hold_no_text_are_refused_with_what_to_do(tmp_path: Path) -> None:
    def message(folder: Path) -> str:
        with pytest.raises(AttemptFailed) as caught:
            list(folder_documents(folder, 10, 42))
        assert caught.value.code == "data_load_failed"
        return caught.value.message

    assert "--text" in message(tmp_path / "missing")
    assert "no documents" in message(tmp_path)
    (tmp_path / "a.jsonl").write_text('{"text": "good"}\n{"content": "bad"}\n')
    assert "a.jsonl, the line at byte 17" in message(tmp_path)
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in message(tmp_path)


def test_tokenizers_that_are_missing_broken_or_without_eos_are_refused(tmp_path: Path) -> None:
    def message() -> str:
        with pytest.raises(AttemptFailed) as caught:
            local_tokenizer(tmp_path)
        assert caught.value.code == "data_load_failed"
        return caught.value.message

    assert "has no tokenizer.json" in message()
    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    assert "not in the format" in message()
    Backend(models.WordLevel({"a": 0, "[END]": 5}, unk_token="a")).save(str(file))
    assert "names no eos token" in message()
    (tmp_path / "config.json").write_text(json.dumps({"eos_token_id": [5, 7]}))
    tokenizer = local_tokenizer(file)
    assert (tokenizer.eos, tokenizer.vocabulary) == (5, 6)


def _settings(folder: Path, **changes: Any) -> Path:
    plain = {
        "model": {"architecture": "qwen2", "config": {"vocab_size": 1000}, "dtype": "float32"},
        "benchmark_model_name": DATA.tokenizer,
        "benchmark_dataset_name": DATA.corpus,
        "benchmark_dataset_split": DATA.split,
        "benchmark_data_samples": DATA.samples,
        "benchmark_master_seed": DATA.master_seed,
        "benchmark_sequence_length": DATA.sequence_length,
        "benchmark_batch_size": DATA.batch_size,
        "eval_steps": DATA.steps,
    }
    path = folder / "hparams.json"
    path.write_text(json.dumps({**plain, **changes}))
    return path


def _run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command("corpus", *words), env=environment(folder, **more), capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_the_command_prepares_what_the_referee_opens_and_shows_it(
    tmp_path: Path, texts: Path, tokenizer_folder: Path
) -> None:
    out = tmp_path / "out"
    words = ["--settings", str(_settings(tmp_path)), "--text", str(texts), "--tokenizer", str(tokenizer_folder)]
    done = _run(tmp_path, "prepare", *words, "--json", CRUSADES_CORPORA=str(out))
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["sha256"] == open_corpus(DATA, 1000, out).sha256
    assert facts["file"] == str(place_of(DATA, out).tokens)

    shown = _run(tmp_path, "show", "--out", str(out), "--json")
    assert (shown.returncode, json.loads(shown.stdout)["corpora"][0]["problem"]) == (0, None)
    with place_of(DATA, out).tokens.open("ab") as file:
        file.write(b"\0\0")
    shown = _run(tmp_path, "show", "--out", str(out))
    assert shown.returncode == 1 and "crusades benchmark setup" in shown.stdout


def test_the_command_says_what_is_wrong_in_words_or_json(tmp_path: Path, tokenizer_folder: Path) -> None:
    words = ["--out", str(tmp_path / "out"), "--tokenizer", str(tokenizer_folder), "--text", str(tmp_path / "none")]
    done = _run(tmp_path, "prepare", "--settings", str(_settings(tmp_path)), *words)
    assert done.returncode == 3 and "data_load_failed" in done.stderr
    done = _run(tmp_path, "prepare", "--settings", str(_settings(tmp_path)), *words, "--json")
    assert done.returncode == 3 and json.loads(done.stdout)["error"]["code"] == "data_load_failed"
    synthetic = _settings(tmp_path, benchmark_dataset_name="synthetic")
    done = _run(tmp_path, "prepare", "--settings", str(synthetic), *words)
    assert done.returncode == 2 and "nothing to prepare" in done.stderr
    assert _run(tmp_path, "prepare", "--settings", str(tmp_path / "missing.json"), *words).returncode == 2
    assert _run(tmp_path).returncode == 2


def test_a_disk_that_is_full_is_said_so_and_nothing_stays(tmp_path: Path, texts: Path, tokenizer_folder: Path) -> None:
    out = tmp_path / "out"
    words = ["--settings", str(_settings(tmp_path)), "--text", str(texts), "--tokenizer", str(tokenizer_folder)]

    def small_files_only() -> None:
        """A limit on the size of files stands for a full disk: the write fails in the same place."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    done = subprocess.run(
        command("corpus", "prepare", *words, "--out", str(out)),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=small_files_only,
    )
    assert done.returncode == 3, done.stderr
    assert "can't be written" in done.stderr and "free some space" in done.stderr
    assert [path.name for path in out.iterdir()] == [".lock"]


class _Hub(BaseHTTPRequestHandler):
    """A hub that answers everything with one refusal, and remembers who asked."""

    code = ""
    seen: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        self.send_response(403 if self.code == "GatedRepo" else 404)
        self.send_header("X-Error-Code", self.code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def test_the_hub_gets_hf_token_and_its_refusals_say_what_to_do(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    words = ["prepare", "--settings", str(_settings(tmp_path)), "--out", str(tmp_path / "out")]
    hub = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": str(tmp_path / "hub")}
    try:
        _Hub.code = "GatedRepo"
        done = _run(tmp_path, *words, **hub)
        assert done.returncode == 3 and "a/model is gated" in done.stderr and "HF_TOKEN is not set" in done.stderr
        assert set(_Hub.seen) == {None}
        _run(tmp_path, *words, **hub, HF_TOKEN="hf_secret")
        assert _Hub.seen[-1] == "Bearer hf_secret"
        _Hub.code = "RepoNotFound"
        done = _run(tmp_path, *words, **hub, HF_TOKEN="hf_secret")
        assert "a/model is not on the hub" in done.stderr and "hf_secret" not in done.stderr
    finally:
        server.shutdown()
        server.server_close()
    done = _run(tmp_path, *words, **hub)
    assert done.returncode == 3 and "can't be reached" in done.stderr and "--tokenizer PATH" in done.stderr
