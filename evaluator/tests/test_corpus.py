"""Corpora: packing, what a preparation leaves behind, rows of an attempt, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from corpora import DATA, EOS, TEXTS
from support import SMALL
from tokenizers import Tokenizer as Backend

from crusades_evaluator.codes import AttemptFailed
from crusades_evaluator.corpus import open_corpus
from crusades_evaluator.corpus.files import Description, Place, check, key_of, place_of, tokens_needed
from crusades_evaluator.corpus.prepare import prepare
from crusades_evaluator.corpus.tokenizer import Tokenizer, local_tokenizer
from crusades_evaluator.interface import Data

SHAPE = (DATA.steps, DATA.batch_size, DATA.sequence_length)
SEED = bytes(32)


@pytest.fixture
def tokenizer(tokenizer_folder: Path) -> Tokenizer:
    return local_tokenizer(tokenizer_folder)


@pytest.fixture
def corpora(tmp_path: Path, tokenizer: Tokenizer) -> Path:
    """A folder with the corpus that DATA names."""
    folder = tmp_path / "corpora"
    prepare(DATA, TEXTS, tokenizer, folder, source="text folder")
    return folder


def _refused(data: Data, vocabulary: int, corpora: Path) -> str:
    with pytest.raises(AttemptFailed) as caught:
        open_corpus(data, vocabulary, corpora)
    assert caught.value.code == "data_load_failed"
    return caught.value.message


def _stored(corpora: Path) -> np.ndarray:
    return np.fromfile(place_of(DATA, corpora).tokens, "<u2")


def test_documents_are_packed_whole_with_one_eos_between_them_and_no_padding(
    corpora: Path, tokenizer: Tokenizer, tokenizer_folder: Path
) -> None:
    backend = Backend.from_file(str(tokenizer_folder / "tokenizer.json"))
    tokens = _stored(corpora)
    assert backend.token_to_id("<pad>") not in tokens
    documents = np.split(tokens, np.flatnonzero(tokens == tokenizer.eos))
    assert [backend.decode(part.tolist()) for part in documents] == TEXTS
    assert tokens[0] != tokenizer.eos != tokens[-1]


def test_a_document_that_spells_out_the_eos_token_does_not_end_there(tokenizer: Tokenizer) -> None:
    (tokens,) = tokenizer.encode([f"one {EOS} two"])
    assert tokenizer.eos not in tokens


def test_empty_documents_leave_no_trace(tmp_path: Path, tokenizer: Tokenizer) -> None:
    _, with_empty = prepare(DATA, ["", *TEXTS, ""], tokenizer, tmp_path, source="hub")
    _, without = prepare(DATA, TEXTS, tokenizer, tmp_path, source="hub")
    assert (with_empty.documents, with_empty.sha256) == (len(TEXTS), without.sha256)


def test_the_description_says_what_the_file_holds(corpora: Path, tokenizer: Tokenizer) -> None:
    place = place_of(DATA, corpora)
    description = Description.model_validate_json(place.description.read_text())
    assert description.tokens * 2 == place.tokens.stat().st_size
    assert description.vocabulary == tokenizer.vocabulary
    assert (description.dataset, description.documents, description.dtype) == ("a/set", len(TEXTS), "uint16")
    assert {path.name for path in corpora.iterdir()} == {place.tokens.name, place.description.name, ".lock"}


def test_a_vocabulary_beyond_two_bytes_takes_four(tmp_path: Path) -> None:
    wide = Tokenizer(65_537, 65_536, lambda texts: [[len(text), 65_535] for text in texts])
    place, description = prepare(DATA, TEXTS, wide, tmp_path, source="hub")
    assert description.dtype == "uint32"
    assert np.fromfile(place.tokens, "<u4")[:3].tolist() == [len(TEXTS[0]), 65_535, 65_536]
    assert open_corpus(DATA, 65_537, tmp_path).rows(SEED, SHAPE).max() == 65_536


def test_the_same_text_gives_the_same_hash_and_the_key_depends_on_each_setting(
    corpora: Path, tmp_path: Path, tokenizer: Tokenizer
) -> None:
    _, again = prepare(DATA, TEXTS, tokenizer, tmp_path / "again", source="text folder")
    assert again.sha256 == open_corpus(DATA, 1000, corpora).sha256
    _, other = prepare(DATA, TEXTS[1:], tokenizer, tmp_path / "again", source="text folder")
    assert other.sha256 != again.sha256
    keys = [
        key_of("a", "b", 1, 2, "c"),
        key_of("x", "b", 1, 2, "c"),
        key_of("a", "x", 1, 2, "c"),
        key_of("a", "b", 9, 2, "c"),
        key_of("a", "b", 1, 9, "c"),
        key_of("a", "b", 1, 2, "x"),
    ]
    assert len(set(keys)) == len(keys)
    # Corpora on operators' disks carry this name.
    assert key_of("HuggingFaceFW/fineweb", "train", 10_000, 42, "Qwen/Qwen2.5-3B") == "feea34c5be9fee47"


def test_rows_are_distinct_windows_of_the_file_at_an_offset_that_varies(corpora: Path) -> None:
    corpus = open_corpus(DATA, 1000, corpora)
    tokens = _stored(corpora)
    steps, batch, length = SHAPE
    windows = np.lib.stride_tricks.sliding_window_view(tokens, length)
    offsets = set()
    for number in range(20):
        rows = corpus.rows(bytes([number]) * 32, SHAPE)
        assert rows.dtype == torch.int64 and rows.shape == SHAPE
        starts = [np.flatnonzero((windows == row).all(axis=1)).tolist() for row in rows.view(-1, length).numpy()]
        assert all(len(found) == 1 for found in starts)
        flat = sorted(found[0] for found in starts)
        assert len({start % length for start in flat}) == 1
        assert min(np.diff(flat)) >= length and len(flat) == steps * batch
        offsets.add(flat[0] % length)
    assert len(offsets) > 5


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(corpora: Path) -> None:
    first = open_corpus(DATA, 1000, corpora).rows(SEED, SHAPE)
    assert torch.equal(first, open_corpus(DATA, 1000, corpora).rows(SEED, SHAPE))
    assert not torch.equal(first, open_corpus(DATA, 1000, corpora).rows(bytes([1]) * 32, SHAPE))


def test_the_least_corpus_serves_every_offset_with_all_its_rows_taken(tmp_path: Path) -> None:
    counting = Tokenizer(60_000, 59_999, lambda texts: [list(range(tokens_needed(DATA))) for _ in texts])
    prepare(DATA, ["one"], counting, tmp_path, source="hub")
    corpus = open_corpus(DATA, 60_000, tmp_path)
    for number in range(60):
        assert len(set(corpus.rows(bytes([number]) * 32, SHAPE).flatten().tolist())) == np.prod(SHAPE)


def test_rows_of_the_production_shape_take_milliseconds(tmp_path: Path) -> None:
    data = Data(corpus="a", tokenizer="t", sequence_length=1024, batch_size=8, steps=5)
    stream = np.random.default_rng(1)
    large = Tokenizer(50_000, 0, lambda texts: [stream.integers(1, 50_000, 1_000_000).tolist() for _ in texts])
    prepare(data, ["x"] * 8, large, tmp_path, source="hub")
    corpus = open_corpus(data, 50_000, tmp_path)
    times = []
    for number in range(9):
        began = time.perf_counter()
        corpus.rows(bytes([number]) * 32, (5, 8, 1024))
        times.append(time.perf_counter() - began)
    assert min(times) < 0.02, times


def test_the_facts_say_which_corpus_it_was(corpora: Path) -> None:
    prepared = open_corpus(DATA, 1000, corpora)
    assert prepared.facts() == {
        "name": "a/set",
        "kind": "prepared",
        "source": "text folder",
        "sha256": prepared.sha256,
        "tokens": len(_stored(corpora)),
        "law": None,
    }
    synthetic = open_corpus(Data.model_validate(SMALL), 1000, corpora)
    assert synthetic.facts()["law"] == "Zipf, exponent 1, 25 % bigrams"
    assert (synthetic.name, synthetic.kind, synthetic.sha256) == ("synthetic", "synthetic", None)


def test_without_a_prepared_file_the_synthetic_corpus_serves_and_says_so(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "missing"):
        corpus = open_corpus(DATA, 1000, folder)
        assert corpus.facts()["name"] == "synthetic instead of a/set: not prepared on this host"
        assert corpus.rows(SEED, SHAPE).shape == SHAPE


def test_another_setting_is_another_corpus(corpora: Path) -> None:
    changes: list[dict[str, Any]] = [{"split": "test"}, {"samples": 9}, {"master_seed": 9}, {"tokenizer": "x"}]
    for change in changes:
        assert open_corpus(DATA.model_copy(update=change), 1000, corpora).kind == "synthetic"


def test_a_changed_token_is_noticed_though_the_size_is_right(corpora: Path) -> None:
    file = place_of(DATA, corpora).tokens
    open_corpus(DATA, 1000, corpora)
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    assert "sha256" in _refused(DATA, 1000, corpora)


def test_a_truncated_file_a_missing_file_and_a_broken_description_are_refused(corpora: Path) -> None:
    place = place_of(DATA, corpora)
    content = place.tokens.read_bytes()
    place.tokens.write_bytes(content[:-2])
    assert "bytes" in _refused(DATA, 1000, corpora)
    place.tokens.unlink()
    assert "No such file" in _refused(DATA, 1000, corpora)
    place.tokens.write_bytes(content)
    whole = place.description.read_text()
    place.description.write_text(whole[:-20])
    assert "no description" in _refused(DATA, 1000, corpora)
    place.description.write_text(whole.replace('"a/set"', '"another"'))
    assert "another corpus" in _refused(DATA, 1000, corpora)


def test_a_model_with_a_smaller_vocabulary_is_refused_before_and_after(
    corpora: Path, tmp_path: Path, tokenizer: Tokenizer
) -> None:
    largest = int(_stored(corpora).max())
    assert open_corpus(DATA, largest + 1, corpora).kind == "prepared"
    assert f"token {largest}" in _refused(DATA, largest, corpora)
    with pytest.raises(AttemptFailed, match="model's own tokenizer"):
        prepare(DATA, TEXTS, tokenizer, tmp_path / "new", source="hub", vocabulary=largest)


def test_too_few_tokens_for_one_attempt_are_refused(corpora: Path, tmp_path: Path, tokenizer: Tokenizer) -> None:
    longer = DATA.model_copy(update={"sequence_length": 10_000})
    assert "one attempt needs 69999" in _refused(longer, 1000, corpora)
    with pytest.raises(AttemptFailed, match="benchmark_data_samples"):
        prepare(DATA, TEXTS[:1], tokenizer, tmp_path / "new", source="hub")
    assert not list((tmp_path / "new").glob("[!.]*"))


def test_a_preparation_that_fails_midway_leaves_the_earlier_corpus(corpora: Path, tokenizer: Tokenizer) -> None:
    def interrupted() -> Iterator[str]:
        yield from TEXTS * 5
        raise KeyboardInterrupt

    before = open_corpus(DATA, 1000, corpora).sha256
    with pytest.raises(KeyboardInterrupt):
        prepare(DATA, interrupted(), tokenizer, corpora, source="hub")
    assert open_corpus(DATA, 1000, corpora).sha256 == before
    assert not list(corpora.glob(".*.draft"))


def test_what_a_killed_preparation_left_is_no_corpus_and_goes_with_the_next_one(
    tmp_path: Path, tokenizer: Tokenizer
) -> None:
    place = place_of(DATA, tmp_path)
    place.tokens.write_bytes(b"\0" * 10_000)
    (tmp_path / f".{place.key}.draft").write_bytes(b"\0" * 10_000)
    assert open_corpus(DATA, 1000, tmp_path).kind == "synthetic"
    prepare(DATA, TEXTS, tokenizer, tmp_path, source="hub")
    assert open_corpus(DATA, 1000, tmp_path).kind == "prepared"
    assert not list(tmp_path.glob(".*.draft"))


def test_two_preparations_at_once_do_not_write_into_one_folder(tmp_path: Path, tokenizer: Tokenizer) -> None:
    def documents() -> Iterator[str]:
        with pytest.raises(AttemptFailed, match="another preparation"):
            prepare(DATA, TEXTS, tokenizer, tmp_path, source="hub")
        yield from TEXTS

    prepare(DATA, documents(), tokenizer, tmp_path, source="hub")
    assert open_corpus(DATA, 1000, tmp_path).kind == "prepared"


def test_a_checked_file_is_not_read_again_until_it_changes(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(corpora, place_of(DATA, corpora).key)
    description = Description.model_validate_json(place.description.read_text())
    check(place, description)
    read: list[int] = []
    monkeypatch.setattr("hashlib.sha256", lambda *content: read.append(1))
    assert check(place, description).largest > 0
    assert read == []
