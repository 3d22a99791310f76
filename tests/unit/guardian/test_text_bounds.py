"""The work that a hostile text can ask for is linear in its length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import lukhas_common
from lukhas_common.guardian.text.coverage import coverage
from lukhas_common.guardian.text.spans import sensitive_spans

MEGABYTE = 1_000_000
PATTERNS = [
    "a", "%", "&#", "= ", "0", "ab ", "- ", "... ", "+1 ", "a b ", "a.", "\u200b", "a\u0301", "ﷺ", "а", "\ud800",
    "\\u0061", "&amp;", "%41", "a@a.", "k1ll ", "1111 ", "::", "eyJa.", "password: ", "-----BEGIN PRIVATE KEY-----",
    "a://a:", "'+'", "ubj gb xvyy ", "🇺", "\U000e0041", "\ufe01", "ɐǝɔ", "1.1.1.", "QUJDRA==\n", "how to ", " ", "\x00",
]  # fmt: skip
SCRIPT = """
import sys
from lukhas_common.guardian.text.coverage import coverage
from lukhas_common.guardian.text.spans import sensitive_spans
from lukhas_common.guardian.text.views import views

length = int(sys.argv[1])
for pattern in sys.stdin.buffer.read().decode("utf-8", "surrogatepass").split("|"):
    text = (pattern * (length // len(pattern) + 1))[:length]
    read = views(text)
    coverage(text, read=read)
    sensitive_spans(text)
    for view in read:
        assert len(view.text) <= 4 * length
        view.span(0, len(view.text))
"""


def judge(patterns: list[str], length: int, patience: float) -> None:
    """Judge a text of each pattern in a process that is ended when it takes too long."""
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(length)],
        input="|".join(patterns).encode("utf-8", "surrogatepass"),
        env={"PYTHONPATH": str(Path(lukhas_common.__file__).resolve().parents[1])},
        timeout=patience,
        check=True,
    )


def test_a_megabyte_is_read_in_bounded_time() -> None:
    """Some seconds of work; were any part of it quadratic, it would take hours."""
    judge(["&#", "= "], 1_000_000, 120)


def test_no_pattern_is_backtracked_over() -> None:
    judge(PATTERNS, 20_000, 60)


def steps(pattern: str, length: int) -> int:
    """Count the lines of Python that judging a text of one pattern runs, once all tables are read."""
    text = (pattern * (length // len(pattern) + 1))[:length]
    count = 0

    def line(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        coverage(text)
        sensitive_spans(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_steps_grow_no_faster_than_the_text(pattern: str) -> None:
    steps(pattern, 2_000)
    short, long = steps(pattern, 2_000), steps(pattern, 4_000)

    assert long <= 2.3 * short + 500
