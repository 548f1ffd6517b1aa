"""Packs documents into the token file of a corpus: without padding, without truncation, the eos token between them."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from crusades_evaluator.corpus.files import (
    Description,
    Place,
    Source,
    again,
    dtype_for,
    failed,
    numpy_dtype,
    place_of,
    tokens_needed,
)
from crusades_evaluator.corpus.tokenizer import Tokenizer
from crusades_evaluator.interface import Data, write_atomically

#: Documents that are tokenized at once, so that all cores have work.
_BATCH = 256

#: Told after each batch: documents and tokens so far.
Progress = Callable[[int, int], None]


@dataclass
class _Packed:
    documents: int = 0
    tokens: int = 0
    largest: int = 0
    sha256: str = ""


def prepare(
    data: Data,
    documents: Iterable[str],
    tokenizer: Tokenizer,
    folder: Path,
    *,
    source: Source,
    vocabulary: int | None = None,
    progress: Progress = lambda documents, tokens: None,
) -> tuple[Place, Description]:
    """Writes the corpus that the settings name, in place of an earlier one.

    The token file is renamed into place when it is complete, its description after it: without one there is no corpus,
    and beside the description of an earlier one the hash tells.

    vocabulary: of the model; None if it is not known.
    Raises AttemptFailed(data_load_failed), whatever `documents` raises, and leaves things as they were.
    """
    place = place_of(data, folder)
    with _alone(folder):
        draft = folder / f".{place.key}.draft"
        try:
            packed = _pack(documents, tokenizer, draft, progress)
            _check(packed, data, vocabulary)
            description = _describe(data, packed, tokenizer, source)
            with _writing(place.tokens):
                draft.replace(place.tokens)
                write_atomically(place.description, description.model_dump_json(indent=2) + "\n")
                _sync(folder)
        finally:
            draft.unlink(missing_ok=True)
    return place, description


def _pack(documents: Iterable[str], tokenizer: Tokenizer, draft: Path, progress: Progress) -> _Packed:
    dtype = numpy_dtype(dtype_for(tokenizer.vocabulary))
    packed, digest = _Packed(), hashlib.sha256()
    with _writing(draft):
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        for batch in _batches(documents):
            for tokens in tokenizer.encode(batch):
                if not tokens:
                    continue
                part = np.array([*([tokenizer.eos] if packed.documents else []), *tokens], dtype)
                digest.update(part.tobytes())
                with _writing(draft):
                    file.write(part.tobytes())
                packed.documents += 1
                packed.tokens += len(part)
                packed.largest = max(packed.largest, int(part.max()))
            progress(packed.documents, packed.tokens)
        with _writing(draft):
            file.flush()
            os.fsync(file.fileno())
    finally:
        # Closing writes what is still buffered, and fails like a write.
        with _writing(draft):
            file.close()
    packed.sha256 = digest.hexdigest()
    return packed


def _check(packed: _Packed, data: Data, vocabulary: int | None) -> None:
    if packed.tokens < tokens_needed(data):
        raise failed(
            f"{packed.documents} documents gave {packed.tokens} tokens, one attempt needs {tokens_needed(data)}: "
            "take more text, or raise benchmark_data_samples"
        )
    if vocabulary is not None and packed.largest >= vocabulary:
        raise failed(
            f"the tokenizer gave token {packed.largest}, but the model's vocabulary ends at {vocabulary - 1}: "
            "choose the model's own tokenizer"
        )


def _describe(data: Data, packed: _Packed, tokenizer: Tokenizer, source: Source) -> Description:
    return Description(
        dataset=data.corpus,
        split=data.split,
        samples=data.samples,
        master_seed=data.master_seed,
        tokenizer=data.tokenizer,
        source=source,
        vocabulary=tokenizer.vocabulary,
        dtype=dtype_for(tokenizer.vocabulary),
        tokens=packed.tokens,
        documents=packed.documents,
        sha256=packed.sha256,
        created_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def _batches(documents: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(documents)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One preparation at a time in a folder; drafts of killed ones are cleared away."""
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock: IO[bytes] = (folder / ".lock").open("wb")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise failed(f"another preparation is writing into {folder}: wait for its end") from error
        for draft in (*folder.glob(".*.draft"), *folder.glob(".*.json.*")):
            draft.unlink(missing_ok=True)
        yield


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise failed(
            f"{path} can't be written: {error.strerror}: free some space or choose another folder with --out or "
            f"CRUSADES_CORPORA, then {again()}"
        ) from error


def _sync(folder: Path) -> None:
    """Makes the renames survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
