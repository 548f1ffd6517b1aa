"""The documents of a corpus, as many as the settings ask for, in an order that their master seed decides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.corpus.files import failed
from crusades_evaluator.corpus.hub import hub_failure, quiet

_SUFFIXES = (".jsonl", ".md", ".txt")
#: Documents among which the hub's stream is shuffled: the more, the longer until the first one.
_SHUFFLE_BUFFER = 10_000


def hub_documents(dataset: str, split: str, samples: int, master_seed: int, token: str | None) -> Iterator[str]:
    """Streams a data set with a column `text`; what is not taken is not downloaded, but for whole blocks.

    Raises AttemptFailed(data_load_failed).
    """
    from datasets import load_dataset
    from datasets.utils.logging import set_verbosity_error

    quiet()
    set_verbosity_error()
    what = f"the data set {dataset}, split {split},"
    try:
        stream = load_dataset(dataset, split=split, streaming=True, token=token or False)
        for row in islice(stream.shuffle(seed=master_seed, buffer_size=_SHUFFLE_BUFFER), samples):
            if not isinstance(row.get("text"), str):
                raise failed(f"{what} has no column text with text in it, but {', '.join(row)}: choose another one")
            yield row["text"]
    except AttemptFailed:
        raise
    except Exception as error:
        raise hub_failure(what, error, token) from error


@dataclass(frozen=True)
class _Entry:
    """A document of a folder: a whole file, or the line of a .jsonl that begins at a byte."""

    file: Path
    start: int | None
    order: bytes


def folder_documents(folder: Path, samples: int, master_seed: int) -> Iterator[str]:
    """Documents of *.txt and *.md (a file each) and *.jsonl (a line each, its field `text`), subfolders included.

    Their order depends on their names, their lines and the master seed only. Raises AttemptFailed(data_load_failed).
    """
    if not folder.is_dir():
        raise failed(f"{folder} is not a folder: name one with {_wanted()} files with --text")
    entries = [entry for file in _files(folder) for entry in _entries(folder, file, master_seed)]
    if not entries:
        raise failed(f"{folder} has no documents: put {_wanted()} files there, or name another folder with --text")
    for entry in sorted(entries, key=lambda entry: entry.order)[:samples]:
        yield _text_of(entry)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())


def _entries(folder: Path, file: Path, master_seed: int) -> Iterator[_Entry]:
    def entry(start: int | None) -> _Entry:
        # A hash in place of a random permutation: no library's generator can change it.
        named = f"{master_seed}\0{file.relative_to(folder).as_posix()}\0{start}"
        return _Entry(file, start, hashlib.sha256(named.encode()).digest())

    if file.suffix != ".jsonl":
        yield entry(None)
        return
    try:
        with file.open("rb") as lines:
            start = 0
            for line in lines:
                if line.strip():
                    yield entry(start)
                start += len(line)
    except OSError as error:
        raise failed(f"{file} can't be read: {error.strerror}") from error


def _text_of(entry: _Entry) -> str:
    try:
        if entry.start is None:
            return entry.file.read_text(encoding="utf-8")
        with entry.file.open("rb") as lines:
            lines.seek(entry.start)
            text = json.loads(lines.readline().decode("utf-8"))["text"]
    except OSError as error:
        raise failed(f"{entry.file} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise failed(f"{entry.file} is not UTF-8: convert it, or take it out of the folder") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _no_text(entry) from error
    if not isinstance(text, str):
        raise _no_text(entry)
    return text


def _no_text(entry: _Entry) -> AttemptFailed:
    return failed(f"{entry.file}, the line at byte {entry.start}: not a JSON object with a field text")


def _wanted() -> str:
    return ", ".join(f"*{suffix}" for suffix in _SUFFIXES)
