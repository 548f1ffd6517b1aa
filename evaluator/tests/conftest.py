from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Session


@pytest.fixture(scope="session")
def referee(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One warm referee for all cases, as a worker has it."""
    session = Session(Path(tmp_path_factory.mktemp("referee")))
    session.until("ready")
    yield session
    assert session.close() == 0
