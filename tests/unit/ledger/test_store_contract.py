"""The stores that need no server, held to the contracts of their ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from lukhas_common.ledger.data_keys import DataKeyStore
from lukhas_common.ledger.memory import MemoryDataKeys, MemoryEntries
from lukhas_common.ledger.sqlite import SqliteDataKeys, SqliteEntries
from tests.unit.ledger.contract import DataKeyStoreContract, Entries, EntryStoreContract


class TestEntries(EntryStoreContract):
    @pytest.fixture(params=["memory", "sqlite"])
    def entries(self, request: pytest.FixtureRequest, tmp_path: Path) -> Entries:
        return MemoryEntries() if request.param == "memory" else SqliteEntries(tmp_path / "ledger")


class TestDataKeys(DataKeyStoreContract):
    @pytest.fixture(params=["memory", "sqlite"])
    def keys(self, request: pytest.FixtureRequest, tmp_path: Path) -> DataKeyStore:
        return MemoryDataKeys() if request.param == "memory" else SqliteDataKeys(tmp_path / "ledger")
