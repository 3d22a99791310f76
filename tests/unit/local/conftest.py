"""A running stack of the fixture template, and small ways to talk to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.plan import Plan
from local.template import read
from tests.stack import FIXTURE, Stack, start


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"), FIXTURE / "template.yaml", "--ephemeral", "--no-schedules")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read(FIXTURE / "template.yaml")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the fixture's folders that a test may change."""
    shutil.copytree(FIXTURE, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "app"
