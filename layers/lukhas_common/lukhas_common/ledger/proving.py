"""Proofs that an entry is in the public log, made from the published log alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from lukhas_common.ledger.log_ports import LogObjects
from lukhas_common.tlog.checkpoint import Checkpoint
from lukhas_common.tlog.notes import parse_note
from lukhas_common.tlog.proofs import inclusion_proof
from lukhas_common.tlog.tlog_proof import render_proof


@dataclass
class Prover:
    """Proves entries under one checkpoint, the newest at the first proof; each tile is read once."""

    log: LogObjects
    _note: bytes = b""
    _size: int = 0
    _read: dict[str, bytes] = field(default_factory=dict)

    def prove(self, leaf_index: int | None) -> bytes | None:
        """The tlog-proof file of a leaf; None where the entry is not in the published log yet."""
        if leaf_index is None:
            return None
        if leaf_index >= self._size and not self._refresh(leaf_index):
            return None
        return render_proof(leaf_index, inclusion_proof(self, leaf_index, self._size), self._note)

    def read(self, path: str) -> bytes:
        """A tile of the log: this is the TileReader that the proofs are made from."""
        if path not in self._read:
            self._read[path] = self.log.read(path)
        return self._read[path]

    def _refresh(self, leaf_index: int) -> bool:
        """Read the published checkpoint; whether it covers the leaf."""
        published = self.log.checkpoint()
        if published is None:
            return False
        self._note = published[0]
        self._size = Checkpoint.parse(parse_note(self._note).text).size
        return leaf_index < self._size
