"""What README shows as code runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_library_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = [
        block
        for block in re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)
        if "QRGGenerator" in block
    ]
    assert len(examples) == 1
    for _ in range(2):
        exec(compile(examples[0], str(README), "exec"), {})  # noqa: S102 - our own README
    assert len(list((tmp_path / "keys").iterdir())) == 1, "the key of the first start is found again"


def test_the_consent_example_runs() -> None:
    examples = [
        block
        for block in re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)
        if "ConsentHistoryManager" in block
    ]
    assert len(examples) == 1
    exec(compile(examples[0], str(README), "exec"), {})  # noqa: S102 - our own README


def test_the_memory_example_runs() -> None:
    examples = [
        block
        for block in re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)
        if "UnifiedMemoryOrchestrator" in block
    ]
    assert len(examples) == 1
    exec(compile(examples[0], str(README), "exec"), {})  # noqa: S102 - our own README


def test_the_sealing_example_runs() -> None:
    examples = [
        block for block in re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S) if "Envelopes" in block
    ]
    assert len(examples) == 1
    exec(compile(examples[0], str(README), "exec"), {})  # noqa: S102 - our own README
