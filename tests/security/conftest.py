"""One target of each kind for a whole file: attacks on these change nothing. Others make a target of their own."""

from __future__ import annotations

import pytest

from tests.security.forge import ACCESS, KINDS, SIGNED, Target


@pytest.fixture(scope="module")
def _targets() -> dict[str, Target]:
    return {kind: Target(kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, _targets: dict[str, Target]) -> Target:
    """A token of any kind."""
    return _targets[request.param]


@pytest.fixture(params=SIGNED)
def signed(request: pytest.FixtureRequest, _targets: dict[str, Target]) -> Target:
    """A token that is signed: any but a handle."""
    return _targets[request.param]


@pytest.fixture(params=ACCESS)
def access(request: pytest.FixtureRequest, _targets: dict[str, Target]) -> Target:
    """An access token."""
    return _targets[request.param]


@pytest.fixture
def long_form(_targets: dict[str, Target]) -> Target:
    """A QRG token in its long form."""
    return _targets["QRG"]


@pytest.fixture(params=KINDS)
def fresh(request: pytest.FixtureRequest) -> Target:
    """A token of any kind in a new world, which the test may change."""
    return Target(request.param)


@pytest.fixture(params=SIGNED)
def fresh_signed(request: pytest.FixtureRequest) -> Target:
    """The same, but of a token that is signed."""
    return Target(request.param)
