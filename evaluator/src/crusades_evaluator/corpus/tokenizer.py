"""A tokenizer as far as packing needs it, from a folder, a file or the hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crusades_evaluator.corpus.files import failed
from crusades_evaluator.corpus.hub import hub_failure, quiet

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend

_FILE = "tokenizer.json"
#: Files beside tokenizer.json that may name the eos token, the first one that does decides.
_NAMING_EOS = ("tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "config.json")
#: Tried where no file names it: GPT-2 and Qwen, Llama 2, Gemma, Llama 3.
_USUAL_EOS = ("<|endoftext|>", "</s>", "<eos>", "<|end_of_text|>")


@dataclass(frozen=True)
class Tokenizer:
    """vocabulary: largest token plus 1. eos: the token between documents.

    encode: texts to their tokens; no special tokens, no truncation, no padding.
    """

    vocabulary: int
    eos: int
    encode: Callable[[list[str]], list[list[int]]]


def hub_tokenizer(name: str, token: str | None) -> Tokenizer:
    """The tokenizer of a model on the hub. Raises AttemptFailed(data_load_failed)."""
    from huggingface_hub import snapshot_download

    quiet()
    try:
        folder = snapshot_download(name, allow_patterns=[_FILE, *_NAMING_EOS], token=token or False)
    except Exception as error:
        raise hub_failure(f"the tokenizer {name}", error, token) from error
    return local_tokenizer(Path(folder), name)


def local_tokenizer(path: Path, name: str | None = None) -> Tokenizer:
    """The tokenizer of a folder with tokenizer.json, or of such a file. Raises AttemptFailed(data_load_failed)."""
    from tokenizers import Tokenizer as Backend

    named = f"the tokenizer {name or path}"
    file = path / _FILE if path.is_dir() else path
    if not file.is_file():
        raise failed(f"{named} has no {_FILE}: name a folder that holds one, or the file, with --tokenizer")
    try:
        backend = Backend.from_file(str(file))
    except Exception as error:
        raise failed(f"{named} can't be used: {file.name} is not in the format of tokenizers ({error})") from error
    backend.no_truncation()
    backend.no_padding()
    # A document that spells out the eos token must not end there.
    backend.encode_special_tokens = True
    eos = _eos(backend, file.parent if file.name == _FILE else None)
    if eos is None:
        raise failed(f'{named} names no eos token: add "eos_token" to a tokenizer_config.json beside {_FILE}')

    def encode(texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in backend.encode_batch(texts, add_special_tokens=False)]

    return Tokenizer(max(backend.get_vocab(with_added_tokens=True).values()) + 1, eos, encode)


def _eos(backend: Backend, folder: Path | None) -> int | None:
    for name in _NAMING_EOS if folder is not None else ():
        try:
            settings = json.loads((folder or Path()).joinpath(name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        found = _named_eos(backend, settings) if isinstance(settings, dict) else None
        if found is not None:
            return found
    known = (backend.token_to_id(text) for text in _USUAL_EOS)
    return next((found for found in known if found is not None), None)


def _named_eos(backend: Backend, settings: dict[str, Any]) -> int | None:
    """By text in a tokenizer's files (plain, or an object with `content`), by number in a model's."""
    named = settings.get("eos_token")
    text = named.get("content") if isinstance(named, dict) else named
    if isinstance(text, str):
        return backend.token_to_id(text)
    numbered = settings.get("eos_token_id")
    first = numbered[0] if isinstance(numbered, list) and numbered else numbered
    return first if isinstance(first, int) and backend.id_to_token(first) is not None else None
