"""A prepared corpus on disk: one file of raw tokens and its description, named after what they were made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.interface import Data, Hex64, PositiveInt

_CHUNK_BYTES = 1 << 23
#: The largest vocabulary whose tokens fit into two bytes.
_TWO_BYTES = 1 << 16

Dtype = Literal["uint16", "uint32"]
#: Where the documents of a corpus were read from.
Source = Literal["hub", "text folder"]


class Description(BaseModel):
    """What `<key>.json` says of `<key>.tokens`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    dataset: str
    split: str
    samples: PositiveInt
    master_seed: Annotated[int, Field(ge=0)]
    tokenizer: str
    source: Source
    vocabulary: PositiveInt = Field(description="The tokenizer's largest token plus 1.")
    dtype: Dtype = Field(description="Of one token; little-endian.")
    tokens: PositiveInt
    documents: PositiveInt
    sha256: Hex64 = Field(description="Of the token file.")
    created_at: str


@dataclass(frozen=True)
class Place:
    """The two files of one corpus in a folder; they need not exist."""

    folder: Path
    key: str

    @property
    def tokens(self) -> Path:
        return self.folder / f"{self.key}.tokens"

    @property
    def description(self) -> Path:
        return self.folder / f"{self.key}.json"


@dataclass(frozen=True)
class Checked:
    """A corpus whose token file is the one that its description speaks of."""

    description: Description
    tokens: np.ndarray  # mapped, one dimension
    largest: int


def key_of(dataset: str, split: str, samples: int, master_seed: int, tokenizer: str) -> str:
    """Name of a corpus: a function of the settings, so that referee and preparation agree without talking."""
    named = json.dumps([dataset, split, samples, master_seed, tokenizer])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def place_of(data: Data, folder: Path) -> Place:
    return Place(folder, key_of(data.corpus, data.split, data.samples, data.master_seed, data.tokenizer))


def dtype_for(vocabulary: int) -> Dtype:
    return "uint16" if vocabulary <= _TWO_BYTES else "uint32"


def numpy_dtype(dtype: Dtype) -> np.dtype[np.unsignedinteger]:
    return np.dtype("<u2" if dtype == "uint16" else "<u4")


def tokens_needed(data: Data) -> int:
    """The least that one attempt can be cut from, at whichever offset its rows begin (see open.py)."""
    return (data.steps * data.batch_size + 1) * data.sequence_length - 1


def read_description(place: Place) -> Description | None:
    """None: nothing was prepared there. Raises AttemptFailed(data_load_failed) if it can't be read."""
    try:
        return Description.model_validate_json(place.description.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise failed(f"{place.description} can't be read: {error.strerror}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise failed(f"{place.description} is no description of a corpus: {again()}") from error


#: (device, inode, modification time, size) of a file -> its sha256 and largest token. A file is read once.
_measured: dict[tuple[int, int, int, int], tuple[str, int]] = {}


def check(place: Place, description: Description) -> Checked:
    """Maps the token file after comparing its size and sha256. Raises AttemptFailed(data_load_failed)."""
    dtype = numpy_dtype(description.dtype)
    try:
        with place.tokens.open("rb") as file:
            status = place.tokens.stat()
            expected = description.tokens * dtype.itemsize
            if status.st_size != expected:
                raise failed(f"{place.tokens} has {status.st_size} bytes, not {expected}: {again()}")
            identity = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
            if identity not in _measured:
                digest, largest = hashlib.sha256(), 0
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    largest = max(largest, int(np.frombuffer(chunk, dtype).max()))
                _measured[identity] = digest.hexdigest(), largest
            sha256, largest = _measured[identity]
            if sha256 != description.sha256:
                raise failed(f"{place.tokens} has the sha256 {sha256}, not {description.sha256}: {again()}")
            return Checked(description, np.memmap(file, dtype, mode="r"), largest)
    except OSError as error:
        raise failed(f"{place.tokens} can't be read ({error.strerror}): {again()}") from error


def failed(message: str) -> AttemptFailed:
    return AttemptFailed("data_load_failed", message)


def again() -> str:
    return "prepare it again with `crusades benchmark setup`"
