"""Encrypted fields of items: each opens in its own table, item and attribute only, and can be found by a beacon."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lukhas_common.crypto.encrypt import EncryptionKey, MacKey, RootKey, authenticate, decrypt_bytes, encrypt_bytes

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fields:
    """The encrypted fields of one table.

    Attributes:
        key_id: names the key; a field does not open under another name.
    """

    table: str
    key_id: str
    _encryption: EncryptionKey
    _beacons: MacKey

    @classmethod
    def of(cls, table: str, key_id: str, root: RootKey) -> Fields:
        """Fields under keys derived from ``root``: one encrypts, another makes beacons."""
        return cls(table, key_id, root.encryption(f"fields of {table}"), root.mac(f"beacons of {table}"))

    def seal(self, item_key: str, attribute: str, value: str) -> bytes:
        """The field as it is stored."""
        return encrypt_bytes(self._encryption, value.encode(), bound=self._bound(item_key, attribute))

    def unseal(self, item_key: str, attribute: str, sealed: bytes) -> str:
        """The value of a field.

        Raises:
            SealError: it was altered, or belongs to another table, item or attribute, or to another key.
        """
        return decrypt_bytes(self._encryption, sealed, bound=self._bound(item_key, attribute)).decode()

    def beacon(self, attribute: str, value: str, bits: int = 256) -> str:
        """A value to look a field up by, in hex: an HMAC, cut short to ``bits``.

        Equal values have equal beacons, and whoever sees them counts these. A short one makes different values share
        a beacon, so that it tells less; the caller opens what it finds and compares.

        Raises:
            ValueError: not 8 to 256 bits in whole bytes.
        """
        if bits % 8 or not 8 <= bits <= 256:
            raise ValueError("a beacon has 8 to 256 bits, in whole bytes")
        return authenticate(self._beacons, _canonical(attribute, value))[: bits // 8].hex()

    def _bound(self, item_key: str, attribute: str) -> bytes:
        return _canonical(self.table, item_key, attribute, self.key_id, _VERSION)


def _canonical(*parts: str | int) -> bytes:
    """Parts as bytes that no other parts have."""
    return json.dumps(parts).encode()
