"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.world import World

ROOT = Path(__file__).resolve().parent.parent

# The machine may be slow or shared, and properties may draw much that they do not want.
SLOW_MACHINE = [HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow]
COMMON = {"max_examples": 60, "deadline": None, "suppress_health_check": SLOW_MACHINE}
settings.register_profile("default", **COMMON)
settings.register_profile("ci", derandomize=True, **COMMON)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of independent vectors beside the repo; a plain clone has none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        message = "no ../shared beside this clone: its vectors are not read"
        if os.environ.get("REQUIRE_SHARED") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def world() -> World:
    return World()
