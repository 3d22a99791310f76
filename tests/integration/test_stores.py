"""One contract for every port: the in-memory stores and the DynamoDB ones answer alike."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from lukhas_common.aws.counters import DynamoWindows
from lukhas_common.aws.dynamodb import StorageError, batch_get
from lukhas_common.aws.families import DynamoFamilies
from lukhas_common.aws.keys import TOKEN_LIVES
from lukhas_common.aws.lanes import DynamoLanes
from lukhas_common.aws.revocations import DynamoRevocations
from lukhas_common.aws.rings import DynamoRings
from lukhas_common.aws.sessions import DynamoSessions
from lukhas_common.aws.standings import DynamoStandings, Tables
from lukhas_common.aws.users import DynamoUsers
from lukhas_common.identity.dpop import ProofStore
from lukhas_common.identity.login_throttle import Lane, LaneStore
from lukhas_common.identity.rate_limit import Window, WindowStore
from lukhas_common.identity.sessions import Session, SessionStore
from lukhas_common.identity.user_context import UserContext
from lukhas_common.identity.users import User, UserStore
from lukhas_common.ids import uuid7
from lukhas_common.qrg.families import Family, FamilyStore, MemoryFamilies
from tests.fakes import MemoryLanes, MemoryRevocations, MemorySessions, MemoryUsers, MemoryWindows

NOW = 1_800_000_000.123


@pytest.fixture(params=["memory", "dynamodb"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def users(kind: str, aws: Callable[[str], Any], tables: dict[str, str]) -> UserStore:
    if kind == "memory":
        return MemoryUsers()
    return DynamoUsers(aws("dynamodb"), tables["USERS_TABLE"], tables["USERNAMES_TABLE"])


@pytest.fixture
def sessions(kind: str, aws: Callable[[str], Any], tables: dict[str, str]) -> SessionStore:
    return MemorySessions() if kind == "memory" else DynamoSessions(aws("dynamodb"), tables["SESSIONS_TABLE"])


@pytest.fixture
def families(kind: str, aws: Callable[[str], Any], tables: dict[str, str]) -> FamilyStore:
    return MemoryFamilies() if kind == "memory" else DynamoFamilies(aws("dynamodb"), tables["FAMILIES_TABLE"])


@pytest.fixture
def proofs(kind: str, aws: Callable[[str], Any], tables: dict[str, str]) -> ProofStore:
    return MemoryRevocations() if kind == "memory" else DynamoRevocations(aws("dynamodb"), tables["REVOCATIONS_TABLE"])


@pytest.fixture
def windows(kind: str, aws: Callable[[str], Any], tables: dict[str, str]) -> WindowStore:
    return MemoryWindows() if kind == "memory" else DynamoWindows(aws("dynamodb"), tables["COUNTERS_TABLE"])


@pytest.fixture
def lanes(kind: str, aws: Callable[[str], Any], tables: dict[str, str]) -> LaneStore:
    return MemoryLanes() if kind == "memory" else DynamoLanes(aws("dynamodb"), tables["COUNTERS_TABLE"])


def a_user() -> User:
    name = uuid7(NOW)
    return User(uuid7(NOW), f"name-{name}", "$argon2id$hash", ("a:b", "c:d"), NOW)


def a_family() -> Family:
    now = int(NOW)
    return Family(secrets.token_hex(6), "u", 1, now, "token-0", "kid-0", ("a:b", "c:d"), now, now + 60, now + 900)


def turn(sessions: SessionStore, session_id: str, *, key_thumbprint: str | None = None, **how: Any) -> Session | None:
    """The session after a try to rotate it."""
    return sessions.rotate(session_id, key_thumbprint=key_thumbprint, **how)


def a_context(user_id: str, token_id: str, **belongs_to: str) -> UserContext:
    return UserContext(user_id, "client", token_id, frozenset(), "kid", 1, 2, **belongs_to)


def a_session() -> Session:
    return Session(uuid7(NOW), "u", 1, ("a:b",), "lukhas", NOW, NOW + 100, NOW + 200, "digest-0")


def test_a_user_comes_back_as_it_went_in(users: UserStore) -> None:
    user = a_user()
    assert users.by_id(user.user_id) is None
    assert users.add(user) is user
    assert users.by_id(user.user_id) == user
    assert users.add(replace(user, password_hash="other")) == user


def test_a_name_leads_to_its_user(users: UserStore) -> None:
    user = a_user()
    assert users.by_username(user.username) is None
    assert users.claim(user.username, user.user_id, now=NOW, stale_before=NOW - 60)
    assert users.by_username(user.username) is None
    users.add(user)
    assert users.by_username(user.username) == user
    assert users.claim(user.username, user.user_id, now=NOW + 1, stale_before=NOW - 59)
    assert not users.claim(user.username, "other", now=NOW + 1000, stale_before=NOW + 940)


def test_a_claim_without_a_user_goes_stale(users: UserStore) -> None:
    user = a_user()
    assert users.claim(user.username, "dead", now=NOW, stale_before=NOW - 60)
    assert not users.claim(user.username, user.user_id, now=NOW + 59, stale_before=NOW - 1)
    assert users.claim(user.username, user.user_id, now=NOW + 61, stale_before=NOW + 1)
    assert not users.claim(user.username, "third", now=NOW + 62, stale_before=NOW + 2)


@pytest.mark.parametrize("username", ["", "x" * 3000])
def test_a_name_that_no_one_can_have_is_unknown(users: UserStore, username: str) -> None:
    assert users.by_username(username) is None


def test_a_password_is_replaced_once(users: UserStore) -> None:
    user = users.add(a_user())
    changed = users.replace_password(user.user_id, old_hash=user.password_hash, new_hash="new", epochs=1)
    assert changed == replace(user, password_hash="new", epoch=2)
    assert users.replace_password(user.user_id, old_hash=user.password_hash, new_hash="newer", epochs=1) is None
    assert users.replace_password("nobody", old_hash="x", new_hash="y", epochs=1) is None
    assert users.by_id(user.user_id) == changed


def test_a_session_comes_back_as_it_went_in(sessions: SessionStore) -> None:
    session = a_session()
    assert sessions.find(session.session_id) is None
    sessions.add(session)
    assert sessions.find(session.session_id) == session


def test_a_session_rotates_once_per_token(sessions: SessionStore) -> None:
    session = a_session()
    sessions.add(session)
    first = turn(sessions, session.session_id, current="digest-0", successor="digest-1", now=NOW, renew_by=NOW + 150)
    assert first == replace(session, current="digest-1", previous="digest-0", rotated_at=NOW, renew_by=NOW + 150)
    again = turn(sessions, session.session_id, current="digest-0", successor="digest-1", now=NOW + 5, renew_by=NOW + 9)
    assert again == first
    assert sessions.find(session.session_id) == first
    assert turn(sessions, "none", current="a", successor="b", now=NOW, renew_by=NOW) is None


def test_a_bound_session_rotates_with_its_key_only(sessions: SessionStore) -> None:
    bound, unbound = replace(a_session(), key_thumbprint="key"), a_session()
    for session, wrong in ((bound, None), (bound, "other"), (unbound, "key")):
        sessions.add(session)
        attempt = {"current": "digest-0", "successor": "digest-1", "now": NOW, "renew_by": NOW + 150}
        assert turn(sessions, session.session_id, key_thumbprint=wrong, **attempt) == session
    rotated = turn(sessions, bound.session_id, key_thumbprint="key", **attempt)
    assert rotated is not None
    assert (rotated.current, rotated.key_thumbprint) == ("digest-1", "key")


@pytest.mark.parametrize("late", [100, 200])
def test_an_expired_session_does_not_rotate(sessions: SessionStore, late: float) -> None:
    session = a_session() if late == 100 else replace(a_session(), renew_by=NOW + 900)
    sessions.add(session)
    stored = turn(
        sessions,
        session.session_id,
        current="digest-0",
        successor="digest-1",
        key_thumbprint=None,
        now=NOW + late,
        renew_by=NOW + 900,
    )
    assert stored == session


def test_a_revoked_session_keeps_its_first_reason_and_does_not_rotate(sessions: SessionStore) -> None:
    session = a_session()
    sessions.add(session)
    sessions.revoke(session.session_id, "first")
    sessions.revoke(session.session_id, "second")
    sessions.revoke("no such session", "x")
    revoked = replace(session, revoked_for="first")
    assert sessions.find(session.session_id) == revoked
    assert (
        turn(sessions, session.session_id, current="digest-0", successor="digest-1", now=NOW, renew_by=NOW + 9)
        == revoked
    )
    assert sessions.find("no such session") is None


def test_windows_move_only_from_the_state_that_was_read(windows: WindowStore) -> None:
    user = uuid7(NOW)
    first = Window(1000, 1)
    assert windows.advance(user, None, first) == (True, None)
    assert windows.advance(user, None, first) == (False, first)
    assert windows.increment(user, first, 3) == (True, None)
    assert windows.increment(user, first, 3) == (True, None)
    full = Window(1000, 3)
    assert windows.increment(user, first, 3) == (False, full)
    assert windows.increment(user, Window(999, 1), 9) == (False, full)
    later = Window(1007, 1, ((7, 3),))
    assert windows.advance(user, first, later) == (False, full)
    assert windows.advance(user, full, later) == (True, None)
    assert windows.increment(user, full, 9) == (False, later)


def test_lanes_move_only_from_the_state_that_was_read(lanes: LaneStore) -> None:
    lane, other = f"lane#{uuid7(NOW)}", f"lane#{uuid7(NOW)}"
    assert lanes.load([lane, other]) == {lane: Lane(), other: Lane()}
    one, two = Lane(1, NOW), Lane(2, NOW)
    assert lanes.advance(lane, old=Lane(), new=one) == (True, one)
    assert lanes.advance(lane, old=Lane(), new=one) == (False, one)
    assert lanes.advance(lane, old=one, new=two) == (True, two)
    assert lanes.load([lane, other]) == {lane: two, other: Lane()}
    lanes.clear(lane)
    lanes.clear(lane)
    assert lanes.load([lane]) == {lane: Lane()}


def test_of_parallel_writers_from_one_state_one_wins(kind: str, lanes: LaneStore, sessions: SessionStore) -> None:
    if kind == "memory":
        pytest.skip("the in-memory stores are for one thread")
    lane = f"lane#{uuid7(NOW)}"
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda _: lanes.advance(lane, old=Lane(), new=Lane(1, NOW))[0], range(64)))
    assert won.count(True) == 1
    session = a_session()
    sessions.add(session)
    with ThreadPoolExecutor(16) as pool:
        rotated = list(
            pool.map(
                lambda n: turn(
                    sessions,
                    session.session_id,
                    current="digest-0",
                    successor=f"next-{n}",
                    key_thumbprint=None,
                    now=NOW,
                    renew_by=NOW + 9,
                ),
                range(64),
            )
        )
    assert len({stored.current for stored in rotated if stored is not None}) == 1


def test_a_standing_is_read_in_one_round_trip_without_the_password(
    aws: Callable[[str], Any], tables: dict[str, str]
) -> None:
    client = aws("dynamodb")
    calls: list[Any] = []
    client.meta.events.register("after-call.dynamodb", lambda parsed, **_: calls.append(parsed))
    user, session = a_user(), a_session()
    DynamoUsers(client, tables["USERS_TABLE"]).add(user)
    DynamoSessions(client, tables["SESSIONS_TABLE"]).add(session)
    calls.clear()
    family = a_family()
    DynamoFamilies(client, tables["FAMILIES_TABLE"]).add(family)
    DynamoRevocations(client, tables["REVOCATIONS_TABLE"]).deny("revoked", NOW)
    rings = DynamoRings(client, tables["KEYS_TABLE"], TOKEN_LIVES)
    names = ("users", "keys", "sessions", "revocations", "families", "counters")
    standings = DynamoStandings(client, Tables(**{name: tables[f"{name.upper()}_TABLE"] for name in names}), rings)
    calls.clear()
    standing = standings.load(a_context(user.user_id, "live", session_id=session.session_id))
    assert (standing.session, standing.family, standing.epoch, standing.window) == (session, None, 1, None)
    assert (standing.ring.name, standing.revoked) == ("access", False)
    assert standing.ring.active() is not None
    assert len(calls) == 1
    assert "argon2" not in repr(calls)
    standing = standings.load(a_context(user.user_id, "revoked", family_id=family.family_id))
    assert (standing.session, standing.family, standing.ring.name) == (None, family, "qrg")
    assert len(calls) == 2
    assert standings.load(a_context("none", "revoked", session_id="none")).revoked
    nobody = standings.load(a_context("none", "none", session_id="none"))
    assert (nobody.session, nobody.epoch, nobody.window, nobody.revoked) == (None, None, None, False)


def test_a_family_comes_back_as_it_went_in(families: FamilyStore) -> None:
    family = a_family()
    assert families.find(family.family_id) is None
    assert families.add(family) == family
    assert families.find(family.family_id) == family
    assert families.add(replace(family, user_id="other")) == family


def test_a_family_rotates_once_per_token(families: FamilyStore) -> None:
    family = a_family()
    families.add(family)
    first = family.rotated("token-1", "kid-1", ("a:b",), int(NOW), int(NOW) + 60, "request")
    assert families.rotate(family, first, NOW) == first
    other = family.rotated("token-2", "kid-1", ("a:b",), int(NOW), int(NOW) + 60, "request")
    assert families.rotate(family, other, NOW) == first
    assert families.find(family.family_id) == first
    unknown = replace(family, family_id="none")
    assert families.rotate(unknown, other, NOW) is None


def test_an_expired_or_revoked_family_does_not_rotate(families: FamilyStore) -> None:
    family, other = a_family(), a_family()
    for each in (family, other):
        families.add(each)
    late = family.rotated("token-1", "kid-1", ("a:b",), int(NOW), int(NOW) + 60, "request")
    assert families.rotate(family, late, family.expires_at) == family
    revoked = replace(other, revoked_for="first")
    assert families.revoke(other.family_id, "first") == revoked
    assert families.revoke(other.family_id, "second") == revoked
    assert families.rotate(other, other.rotated("token-1", "kid", ("a:b",), 1, 2, "r"), NOW) == revoked
    assert families.revoke("none", "x") is None


def test_a_proof_is_spent_once(proofs: ProofStore) -> None:
    proof = uuid7(NOW)
    assert proofs.spend(proof, NOW + 60)
    assert not proofs.spend(proof, NOW + 60)
    assert proofs.spend(uuid7(NOW), NOW + 60)


def test_of_parallel_rotations_of_a_family_one_wins(kind: str, families: FamilyStore, proofs: ProofStore) -> None:
    if kind == "memory":
        pytest.skip("the in-memory stores are for one thread")
    family, proof = a_family(), uuid7(NOW)
    families.add(family)
    with ThreadPoolExecutor(16) as pool:
        rotated = list(
            pool.map(
                lambda n: families.rotate(family, family.rotated(f"t-{n}", "kid", ("a:b",), 1, 2**40, "r"), NOW),
                range(64),
            )
        )
        spent = list(pool.map(lambda _: proofs.spend(proof, NOW), range(64)))
    assert len({stored.current for stored in rotated if stored is not None}) == 1
    assert spent.count(True) == 1


def test_keys_that_were_not_read_are_an_error() -> None:
    class Throttled:
        def batch_get_item(self, **_: Any) -> Any:
            return {"Responses": {"t": []}, "UnprocessedKeys": {"t": {"Keys": [{"id": {"S": "a"}}]}}}

    with pytest.raises(StorageError):
        batch_get(Throttled(), {})
