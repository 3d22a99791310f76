"""Log lines: what somebody wrote, or a secret that an error repeats, does not come out in any of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_common import logs
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
    "fiscal code in Arabic digits": "RSSMRA٨٥T١٠A٥٦٢S",
    "letters": "ghp_" + "abcdefgh" * 5,
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


CARD = "4111 1111 1111 1111"


class Odd:
    """What JSON has nothing for, and whose text tells."""

    def __str__(self) -> str:
        return f"<of {CARD}>"

    __repr__ = __str__


@pytest.mark.parametrize(
    "message",
    [
        {"password": "the cat"},
        '{"password": "the cat", "of": "card 4111 1111 1111 1111"}',
        "4111111111111111",
        ValueError(CARD),
        {"of": Odd(), "in": [Odd(), {"it": (Odd(),)}], "at": {Odd()}},
        "my password is the_cat_9",
    ],
    ids=range(6),
)
def test_whatever_is_logged_is_masked(message: object, lines: io.StringIO) -> None:
    logger.info(message)
    (line,) = lines.getvalue().splitlines()
    assert not any(secret in line for secret in ("4111", "cat"))
    assert json.loads(line)["level"] == "INFO"


def circular() -> dict[str, object]:
    found: dict[str, object] = {"card": CARD}
    found["self"] = found
    return found


def test_a_line_that_cannot_be_masked_is_written_without_what_it_said(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise KeyError(CARD)

    monkeypatch.setattr("lukhas_common.privacy.redaction.redactor.mask_values", broken)
    try:
        raise ValueError(CARD)
    except ValueError:
        logger.exception(f"failed on {CARD}")
    (line,) = lines.getvalue().splitlines()
    told = json.loads(line)
    assert (told["level"], told["exception_name"]) == ("ERROR", "ValueError")
    assert told["message"] == told["exception"] == told["stack_trace"]["value"] == logs._LOST
    assert "4111" not in "".join([line, *capfd.readouterr()])


@pytest.mark.parametrize(
    ("message", "args"),
    [("%d of " + CARD, ("x",)), ("%s %s", (CARD,)), (circular(), ()), ("\ud800 " + CARD, ())],
    ids=range(4),
)
def test_a_line_that_cannot_be_made_is_written_all_the_same_and_nothing_of_it_elsewhere(
    message: object,
    args: tuple[object, ...],
    lines: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logger._logger, "propagate", False)  # the handler of the test runner makes lines, too
    logger.warning(message, *args)
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["level"] == "WARNING"
    assert "4111" not in "".join([line, *capfd.readouterr()])


def test_a_stream_that_is_closed_gets_nothing_and_nobody_else_does(
    lines: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    lines.close()
    logger.error("failed on %s", CARD)
    written = capfd.readouterr()
    assert "4111" not in written.out + written.err
    assert "could not be written" in written.err


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    written = io.StringIO()
    (handler,) = logger._logger.handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(written)
    try:
        logger.info({"text": text})
    finally:
        if before is not None:
            handler.setStream(before)
    assert "text" in json.loads(written.getvalue())["message"]
