"""Log lines: what somebody wrote, or a secret that an error repeats, does not come out in any of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from lukhas_common.logs import LoggedAudit, logger

SECRETS = {
    "mail": "anna.kowalska@example.org",
    "card": "4111 1111 1111 1111",
    "iban": "DE89 3704 0044 0532 0130 00",
    "password": "password=tr0ub4dor&3",
    "secret": "secret=correcthorse",
    "key": "AKIAIOSFODNN7EXAMPLE",
    "github": "ghp_" + "a1B2c3D4" * 5,
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "bearer": "bearer 0123456789abcdefABCDEF",
    "phone": "+48 22 123 45 67",
    "address": "2001:db8::7",
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the logger of the product writes."""
    written = io.StringIO()
    (handler,) = logger._logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    yield written
    if before is not None:
        handler.setStream(before)


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_comes_out_of_a_message_an_exception_or_its_trace(name: str, lines: io.StringIO) -> None:
    secret = SECRETS[name]
    value = secret.partition("=")[2] or secret.removeprefix("bearer ")
    logger.info(f"somebody sent {secret} to us")
    logger.warning("somebody sent %s to us", secret)
    logger.info({"body": [f"somebody sent {secret} to us"]})
    try:
        error = ValueError(f"cannot read {secret}")
        error.add_note(f"it was {secret}")
        raise error
    except ValueError:
        logger.exception(f"failed on {secret}")
    written = lines.getvalue().splitlines()
    assert len(written) == 4
    assert all("somebody sent" in line or "failed on" in line for line in written)
    assert value not in "".join(written)
    assert json.loads(written[3])["exception_name"] == "ValueError"


def test_an_audit_event_keeps_its_ids_and_times(lines: io.StringIO) -> None:
    LoggedAudit().record("auth.allowed", user_id="u-1", source_ip="203.0.113.7", at="2026-01-02 03:04:05")
    line = json.loads(lines.getvalue())
    assert (line["message"], line["user_id"], line["source_ip"]) == ("auth.allowed", "u-1", "203.0.113.7")
    assert line["at"] == "2026-01-02 03:04:05"


def test_what_is_no_personal_data_stays_as_it_was(lines: io.StringIO) -> None:
    message = "2007-01-17 23:08:55: 3 of 12 entries were sequenced: tree size 1234567"
    logger.info(message)
    assert json.loads(lines.getvalue())["message"] == message
