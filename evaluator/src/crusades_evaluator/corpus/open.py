"""The tokens of an attempt: rows of a prepared corpus, or of the synthetic one. Which one it was is in the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from crusades_evaluator.corpus.files import Checked, again, check, failed, place_of, read_description, tokens_needed
from crusades_evaluator.interface import Data

if TYPE_CHECKING:
    import torch

Kind = Literal["prepared", "synthetic"]


class Corpus(Protocol):
    """name: the data set. kind: whether its tokens were prepared. sha256: of the token file, None if synthetic."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def sha256(self) -> str | None: ...

    def facts(self) -> dict[str, Any]:
        """For the verdict: name, kind, source, sha256, tokens, law; None where it does not apply."""

    def rows(self, seed: bytes, shape: tuple[int, int, int]) -> torch.Tensor:
        """Packed tokens without padding, (steps, batch, sequence), int64, on the CPU; a function of the seed.

        Raises AttemptFailed(data_load_failed) if the corpus is too small for the shape.
        """


def open_corpus(data: Data, vocabulary: int, corpora: Path | None) -> Corpus:
    """The corpus that the settings name, else the synthetic one.

    A prepared file is checked in full the first time that this process opens it (0.1 s for 10 million tokens).

    vocabulary: of the model; every token must be below it.
    corpora: folder of prepared corpora; None: there are none.
    Raises AttemptFailed(data_load_failed) if what is there is not what was prepared, or does not fit.
    """
    if data.corpus == "synthetic":
        return Synthetic("synthetic", vocabulary)
    place = place_of(data, corpora) if corpora is not None else None
    description = read_description(place) if place is not None else None
    if place is None or description is None:
        return Synthetic(f"synthetic instead of {data.corpus}: not prepared on this host", vocabulary)
    for setting in ("split", "samples", "master_seed", "tokenizer"):
        if getattr(description, setting) != getattr(data, setting) or description.dataset != data.corpus:
            raise failed(f"{place.description} describes another corpus than its name says: {again()}")
    checked = check(place, description)
    if checked.largest >= vocabulary:
        raise failed(
            f"{place.tokens} has token {checked.largest}, but the model's vocabulary ends at {vocabulary - 1}: "
            f"choose the model's own tokenizer, then {again()}"
        )
    if description.tokens < tokens_needed(data):
        raise failed(
            f"{place.tokens} has {description.tokens} tokens, one attempt needs {tokens_needed(data)}: "
            f"raise benchmark_data_samples, then {again()}"
        )
    return Prepared(checked)


@dataclass(frozen=True)
class Prepared:
    """Rows are windows of the file, cut from an offset that each attempt draws, each window taken at most once."""

    checked: Checked
    kind: Kind = "prepared"

    @property
    def name(self) -> str:
        return self.checked.description.dataset

    @property
    def sha256(self) -> str:
        return self.checked.description.sha256

    def facts(self) -> dict[str, Any]:
        description = self.checked.description
        return {
            "name": self.name,
            "kind": self.kind,
            "source": description.source,
            "sha256": self.sha256,
            "tokens": description.tokens,
            "law": None,
        }

    def rows(self, seed: bytes, shape: tuple[int, int, int]) -> torch.Tensor:
        import torch

        from crusades_evaluator.data import generator_for

        steps, batch, length = shape
        stream = generator_for(seed, "rows")
        offset = int(torch.randint(length, (1,), generator=stream))
        windows = (self.checked.description.tokens - offset) // length
        if windows < steps * batch:
            raise failed(f"{self.name} has {windows} rows of {length} tokens, {steps * batch} are needed")
        chosen = torch.randperm(windows, generator=stream)[: steps * batch].tolist()
        starts = [offset + window * length for window in chosen]
        cut = np.stack([self.checked.tokens[start : start + length] for start in starts])
        return torch.from_numpy(cut.astype(np.int64)).view(shape)


@dataclass(frozen=True)
class Synthetic:
    """Text by Zipf's law, drawn anew for each seed (data.py)."""

    name: str
    vocabulary: int
    kind: Kind = "synthetic"
    sha256: None = None

    def facts(self) -> dict[str, Any]:
        from crusades_evaluator.data import BIGRAM_SHARE, ZIPF_EXPONENT

        law = f"Zipf, exponent {ZIPF_EXPONENT:g}, {100 * BIGRAM_SHARE:g} % bigrams"
        return {"name": self.name, "kind": self.kind, "source": None, "sha256": None, "tokens": None, "law": law}

    def rows(self, seed: bytes, shape: tuple[int, int, int]) -> torch.Tensor:
        from crusades_evaluator.data import synthetic_tokens

        return synthetic_tokens(seed, shape, self.vocabulary)
