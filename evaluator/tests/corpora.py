"""What tests of corpora share: a small tokenizer, texts, and settings that name them."""

from __future__ import annotations

import json
import random
from pathlib import Path

from support import SMALL
from tokenizers import Tokenizer as Backend
from tokenizers import decoders, models, pre_tokenizers, trainers

from crusades_evaluator.interface import Data

EOS = "<|endoftext|>"
DATA = Data.model_validate({**SMALL, "corpus": "a/set", "tokenizer": "a/model", "samples": 200})


def _texts(count: int) -> list[str]:
    stream = random.Random(7)
    words = ["".join(stream.choices("abcdefghij", k=stream.randint(2, 7))) for _ in range(400)]
    return [" ".join(stream.choices(words, k=stream.randint(5, 60))) for _ in range(count)]


TEXTS = _texts(120)


def train_tokenizer(folder: Path) -> Path:
    """A BPE tokenizer trained here, that would truncate and pad if it were let."""
    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<pad>", EOS], initial_alphabet=alphabet, show_progress=False
    )
    backend.train_from_iterator(TEXTS, trainer)
    backend.enable_truncation(4)
    backend.enable_padding(length=8, pad_token="<pad>")
    backend.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": {"content": EOS}}))
    return folder
