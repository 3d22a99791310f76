"""A running stack of the fixture template, and small ways to talk to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.embedded import Resolved
from local.plan import Plan
from local.template import read
from tests.stack import FIXTURE, Stack, start
from tests.unit.local.standins import Create, client, made


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"), FIXTURE / "template.yaml", "--ephemeral", "--no-schedules")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read(FIXTURE / "template.yaml")


@pytest.fixture(scope="session")
def standin(plan: Plan) -> Iterator[Resolved]:
    with made(None, plan) as resolved:
        yield resolved


@pytest.fixture(scope="session")
def kms(standin: Resolved) -> Any:
    return client(standin, "kms")


@pytest.fixture(scope="session")
def key(kms: Any) -> Create:
    """Makes one key per spec and usage, and answers its ARN."""
    made: dict[tuple[str, str], str] = {}

    def create(spec: str, usage: str = "SIGN_VERIFY") -> str:
        if (spec, usage) not in made:
            made[spec, usage] = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
        return made[spec, usage]

    return create


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the fixture's folders that a test may change."""
    shutil.copytree(FIXTURE, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "app"
