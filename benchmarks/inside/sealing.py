"""Sealing and opening by the functions that the product calls, on one core."""

from __future__ import annotations

import secrets
import sys
import time
from typing import Any

from benchmarks.inside.timing import Work, answer, repeated, timed
from lukhas_common.crypto import hpke, sealed_files
from lukhas_common.crypto.encrypt import EncryptionKey, RootKey, decrypt_bytes, encrypt_bytes
from lukhas_common.crypto.envelope import Envelopes
from lukhas_common.crypto.fields import Fields
from lukhas_common.crypto.hpke import OpeningKey, RecipientKey
from lukhas_common.crypto.sealed_files import open_file, seal_file
from lukhas_common.crypto.sealing import OVERHEAD

KIB, MIB = 1024, 1 << 20
FILE = 10
"""MiB of the file that is sealed in segments."""


def measure() -> dict[str, Any]:
    """``sys.argv[1]`` of each, a tenth of the large ones."""
    times = int(sys.argv[1])
    key, root, opening = EncryptionKey(bytes(32)), RootKey(bytes(32)), OpeningKey.random()
    recipient, fields = opening.recipient(), Fields.of("users", "one", root)
    envelopes = Envelopes(lambda _: key, time.time)
    kib, mib = secrets.token_bytes(KIB), secrets.token_bytes(MIB)
    pieces = [mib] * FILE
    small, large = encrypt_bytes(key, kib), encrypt_bytes(key, mib)
    to, field = recipient.seal(bytes(32), b"info"), fields.seal("ada", "name", "ada@example.org")
    envelope, file = envelopes.enclose("one", kib, b"b"), list(seal_file(recipient, pieces))
    often: dict[str, Work] = {
        "seal 1 KiB": lambda: encrypt_bytes(key, kib),
        "open 1 KiB": lambda: decrypt_bytes(key, small),
        "seal a field": lambda: fields.seal("ada", "name", "ada@example.org"),
        "open a field": lambda: fields.unseal("ada", "name", field),
        "beacon of a field": lambda: fields.beacon("name", "ada@example.org"),
        "enclose 1 KiB, branch key held": lambda: envelopes.enclose("one", kib, b"b"),
        "disclose 1 KiB, branch key held": lambda: envelopes.disclose(envelope, b"b"),
        "read a recipient's key": lambda: RecipientKey.from_text(recipient.as_text()),
        "seal a key by HPKE": lambda: recipient.seal(bytes(32), b"info"),
        "open a key by HPKE": lambda: opening.open(to, b"info"),
    }
    seldom: dict[str, Work] = {
        "seal 1 MiB": lambda: encrypt_bytes(key, mib),
        "open 1 MiB": lambda: decrypt_bytes(key, large),
        f"seal a file of {FILE} MiB": lambda: [None for _ in seal_file(recipient, pieces)],
        f"open a file of {FILE} MiB": lambda: [None for _ in open_file(opening, file)],
    }
    return {
        "timings": {name: repeated(work, times) for name, work in often.items()}
        | {name: timed([work] * max(1, times // 10)) for name, work in seldom.items()},
        "more": {
            "bytes sealed": OVERHEAD,
            "a field": len(field) - len("ada@example.org"),
            "an envelope": len(envelope) - KIB,
            "a key by HPKE": hpke.OVERHEAD,
            f"a file of {FILE} MiB": sum(map(len, file)) - FILE * MIB,
        },
        "segment": sealed_files.SEGMENT,
    }


if __name__ == "__main__":
    answer(measure)
