"""What all tests share."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Generator
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

MEASURED = 0.3
"""CPU seconds of each test."""

# Files that take longest, longest first: two workers end at about the same time if these do not begin last.
LONG = (
    "integration/test_roles.py",
    "integration/test_sequencer_crash.py",
    "integration/test_rights.py",
    "integration/test_memory_stores.py",
    "integration/test_audit_script.py",
    "integration/test_offices.py",
    "integration/test_key_rotation.py",
    "integration/test_flow.py",
    "integration/test_backfill_script.py",
    "integration/test_operator.py",
    "unit/ledger/test_sequencer_interleavings.py",
    "integration/test_cedar_corpus.py",
    "unit/local/test_local_standin.py",
    "unit/policy/test_policies.py",
    "unit/local/test_local_deployment.py",
    "unit/local/test_local_stack.py",
    "unit/ledger/test_sequencer.py",
    "integration/test_ledger_stores.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, go on with those that need a stack too, and end with the short ones."""

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(ROOT / "tests").as_posix()
        if name in LONG:
            return LONG.index(name)
        return len(LONG) + (not name.startswith("integration/"))

    items.sort(key=place)


def stop_measuring(*_: object) -> None:
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Measure the coverage of a test's beginning: what it runs later it mostly ran before, half as fast."""
    trace, of_threads = sys.gettrace(), threading.gettrace()
    before = signal.signal(signal.SIGPROF, stop_measuring)
    signal.setitimer(signal.ITIMER_PROF, MEASURED)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        threading.settrace(of_threads)  # type: ignore[arg-type]
        sys.settrace(trace)


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
