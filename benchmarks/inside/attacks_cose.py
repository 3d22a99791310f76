"""QRG tokens that are costly to refuse: all that CBOR can say, where a COSE_Sign1 or its header should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from benchmarks.inside.attack import Attack, noise, room, with_token
from benchmarks.inside.subjects import Subject, request
from lukhas_common.identity.strict_auth import Request
from tests.security.forge import Target, long_form, qrg

MERSENNE = (1 << 61) - 1
"""Integers that differ by this have the same hash in Python."""


def head(major: int, length: int) -> bytes:
    """The head of an item of CBOR, with two bytes for its length."""
    return bytes([major << 5 | 25]) + length.to_bytes(2, "big")


def text(content: bytes) -> bytes:
    """A text string."""
    return head(3, len(content)) + content


def bignum(size: int, byte: bytes = b"\xff") -> bytes:
    """A positive integer of many bytes (tag 2)."""
    return b"\xc2" + head(2, size) + byte * size


def laughs(levels: int, width: int) -> bytes:
    """Arrays of references to the array before (tags 28 and 29): width to the power of levels when written out."""
    first = b"\xd8\x1c" + head(4, width) + bytes(width)
    others = (b"\xd8\x1c" + head(4, width) + (b"\xd8\x1d" + bytes([level])) * width for level in range(levels - 1))
    return bytes([0x80 | levels]) + first + b"".join(others)


def colliding(count: int) -> bytes:
    """A map whose keys all have the same hash."""
    keys = (b"\xc2\x4a" + (MERSENNE * (number + 8)).to_bytes(10, "big") for number in range(count))
    return head(5, count) + b"".join(key + b"\0" for key in keys)


def openings(size: int) -> Iterator[tuple[str, bytes]]:
    """Containers within containers, and lengths that are only claimed."""
    for name, opening in {
        "arrays": "81",
        "maps": "a100",
        "maps as keys": "a1",
        "tags": "c0",
        "COSE_Sign1": "d284",
        "sets": "d9010281",
        "shared values": "d81c81",
        "arrays without an end": "9f",
        "maps without an end": "bf00",
        "strings without an end": "5f",
    }.items():
        yield f"{name}, nested", bytes.fromhex(opening) * (size // (len(opening) // 2))
    for name, first in {"bytes": "5b", "text": "7b", "an array": "9b", "a map": "bb", "a tag": "db"}.items():
        for length in ("00000000ffffffff", "7fffffffffffffff", "ffffffffffffffff"):
            yield f"{name} of length 0x{length}", bytes.fromhex(first + length) + bytes(40)


def values(size: int) -> dict[str, bytes]:
    """One value of CBOR each, of this many bytes at most."""
    numbers = [b"\x19" + (1000 + number).to_bytes(2, "big") for number in range(size // 3 - 6)]
    members = [number + b"\0" for number in numbers[: size // 4 - 4]]
    part = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
    return {
        "many numbers": head(4, size - 4) + bytes(size - 4),
        "many numbers, longer than need be": head(4, size // 9 - 1) + (b"\x1b" + bytes(8)) * (size // 9 - 1),
        "many fractions": head(4, size // 9 - 1) + (b"\xfb" + noise(8)) * (size // 9 - 1),
        "many empty maps": head(4, size - 4) + b"\xa0" * (size - 4),
        "many maps": head(4, size // 3 - 2) + b"\xa1\0\0" * (size // 3 - 2),
        "many arrays": head(4, size - 4) + b"\x80" * (size - 4),
        "maps within maps": head(4, size // 9 - 1) + (b"\xa1\0" * 4 + b"\xa0") * (size // 9 - 1),
        "many members": head(5, len(members)) + b"".join(members),
        "one member, again and again": head(5, size // 2 - 4) + bytes(2 * (size // 2 - 4)),
        "keys with the same hash": colliding(size // 13 - 1),
        "chunks of a string": b"\x5f" + b"\x41\0" * (size // 2 - 2) + b"\xff",
        "text that is no UTF-8": text(b"\xff" * (size - 4)),
        "a long integer": bignum(size - 8),
        "many long integers": head(4, size // 200 - 1) + bignum(190) * (size // 200 - 1),
        "a long negative integer": b"\xc3" + bignum(size - 8)[1:],
        "a decimal fraction of a long integer": b"\xc4\x82\0" + bignum(size - 12),
        "a decimal fraction with a large exponent": b"\xc4\x82\x1a\x7f\xff\xff\xff\1",
        "a binary fraction with a large exponent": b"\xc5\x82\x1a\x7f\xff\xff\xff\1",
        "a binary fraction of a long integer": b"\xc5\x82\x19\x0f\xff" + bignum(size - 14),
        "a rational of long integers": b"\xd8\x1e\x82" + bignum(size // 2 - 8) + bignum(size // 2 - 8, b"\xfe"),
        "a date": b"\xc0" + text(b"2" * (size - 8)),
        "a moment": b"\xc1" + bignum(size - 8),
        "a MIME message": b"\xd8\x24" + text(b"a:b\r\n" * ((size - 8) // 5)),
        "a MIME message of parts": b"\xd8\x24" + text(part * 110),
        "a network address": b"\xd9\x01\x04" + head(2, size - 8) + bytes(size - 8),
        "a set": b"\xd9\x01\x02" + head(4, len(numbers)) + b"".join(numbers),
        "references to strings": b"\xd9\x01\0" + head(4, 1400) + text(b"a" * 1500) + b"\xd8\x19\0" * 1399,
        "shared values, two levels": laughs(2, 500),
        "shared values, three levels": laughs(3, 60),
        "shared values, four levels": laughs(4, 30),
        "shared values in 61 bytes": laughs(4, 4),
        "a value that holds itself": b"\xd8\x1c\x82\xd8\x1d\0\xd8\x1d\0",
    }  # fmt: skip


def expression(number: int, size: int) -> bytes:
    """A regular expression (tag 35) of this many bytes at most, that has not been compiled before."""
    return b"\xd8\x23" + text(b"%05d" % number + b"(a|b)*" * ((size - 10) // 6))


def of_cbor(subject: Subject, target: Target) -> Iterator[Attack]:
    """As the whole token, within its tag, and as its header, which is read before any signature is checked."""
    places: dict[str, Callable[[bytes], str]] = {
        "token": lambda data: long_form(data[: room(4)]),
        "COSE_Sign1": lambda data: long_form(b"\xd2" + data[: room(4) - 1]),
        "header": lambda data: qrg(data[: room(4) - 20], b"\xa0", lambda _: b"\0"),
    }
    size, numbers = room(4) - 28, count()
    for place, write in places.items():
        for name, data in [*openings(size), *values(size).items()]:
            yield with_token("CBOR", f"{name}, as {place}", subject, write(data))
        for length in (64, size):

            def another(write: Callable[[bytes], str] = write, length: int = length) -> Request:
                return request(write(expression(next(numbers), length)))

            name = f"another regular expression of {length:,} bytes each time, as {place}"
            yield Attack("CBOR", name, subject, another)
