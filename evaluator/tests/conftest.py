from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from corpora import train_tokenizer
from support import SECRET, Session


@pytest.fixture(scope="session")
def referee(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One warm referee for all cases, as a worker has it, started by somebody with a secret."""
    session = Session(Path(tmp_path_factory.mktemp("referee")), WALLET_PASSWORD=SECRET)
    session.until("ready")
    yield session
    assert session.close() == 0


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_tokenizer(Path(tmp_path_factory.mktemp("tokenizer")))
