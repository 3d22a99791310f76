"""Versions of the policies: signed, verified before use, activated and taken back in one step."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_common.crypto.local_keys import LocalSigner
from lukhas_common.crypto.ring_keys import SingleKey
from lukhas_common.guardian.bundles import MAX_BYTES, Mode, SignedBundle
from lukhas_common.guardian.errors import GuardianError, GuardianReason
from lukhas_common.guardian.memory import MemoryBundles
from lukhas_common.guardian.policy_book import REMEMBERED, SHIPPED, STREAM, Standing
from tests.unit.guardian.worlds import BASE, KEY, SMALL_SCHEMA, BookWorld, files, policy

ADMIN = "01a20334-8068-759b-90c6-2b25c56c2702"
DANGER, SIZE = policy("no-danger"), policy("not-large", when="context.size > 9")


def refused(reason: GuardianReason) -> pytest.RaisesExc[GuardianError]:
    return pytest.RaisesExc(GuardianError, check=lambda error: error.reason is reason)


def published(world: BookWorld, *versions: str) -> None:
    for version in versions:
        world.book().publish(version, files(DANGER), frozenset(), ADMIN)
        world.book().activate(version, ADMIN)


def test_without_active_policies_there_is_no_answer() -> None:
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        BookWorld().book().active()


def test_what_was_activated_decides_in_every_process() -> None:
    world = BookWorld()
    old = world.book()
    published(world, "v1")
    assert old.active().version == "v1"
    published(world, "v2")
    assert (old.active().version, world.book().active().version) == ("v2", "v2")


def test_a_version_is_published_once_and_never_changes() -> None:
    world = BookWorld()
    first = world.book().publish("v1", files(DANGER), frozenset(), ADMIN)
    world.clock.advance(60)
    assert world.book().publish("v1", files(DANGER), frozenset(), "somebody else") == first
    for other in (files(SIZE), {"other.cedar": files(DANGER)["all.cedar"]}):
        with refused(GuardianReason.POLICIES_EXIST):
            world.book().publish("v1", other, frozenset(), ADMIN)
    with refused(GuardianReason.POLICIES_EXIST):
        world.book().publish("v1", files(DANGER), frozenset({"no-danger"}), ADMIN)


@pytest.mark.parametrize(
    ("version", "text", "shadow"),
    [
        ("V1", files(DANGER)["all.cedar"], ()),
        ("", files(DANGER)["all.cedar"], ()),
        (f"{SHIPPED}x", files(DANGER)["all.cedar"], ()),
        ("v1", "permit (principal", ()),
        ("v1", "", ("nothing",)),
        ("v1", policy("x", when="context.unknown"), ()),
        ("v1", policy("x") + policy("x"), ()),
        ("v1", policy("x", severity="awful"), ()),
        ("v1", "forbid (principal, action, resource);", ()),
        ("v1", '@id("x") @severity("low") @principle("y") forbid (principal, action, resource);', ()),
        ("v1", policy("x"), ("y",)),
        ("v1", policy("x") + " " * MAX_BYTES, ()),
        ("v1", policy("x") + "// \ud800", ()),
        ("v1", "// nothing", ()),
        ("v1", policy("policy-failed"), ()),
        ("v1", policy("x", when="(" * 1000 + "true" + ")" * 1000), ()),
        ("v1", policy("x", when="[" * 1000 + "]" * 1000 + ".isEmpty()"), ()),
        ("v1", policy("x", when="||".join(["context.danger"] * 600)), ()),
        ("v1", policy("x", when="!" * 3000 + "true"), ()),
        ("v1", policy("x", when="if true then " * 500 + "true" + " else true" * 500), ()),
    ],
    ids=[
        "capitals", "no name", "ours", "syntax", "shadow of nothing", "schema", "twice", "severity", "no id",
        "no explanation", "unknown shadow", "too long", "no unicode", "empty", "reserved", "brackets", "sets",
        "operators", "negations", "conditions",
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_and_not_kept(version: str, text: str, shadow: tuple[str, ...]) -> None:
    world = BookWorld()
    with refused(GuardianReason.POLICIES_INVALID):
        world.book().publish(version, {"x.cedar": text}, frozenset(shadow), ADMIN)
    assert world.store.kept == {}


@pytest.mark.parametrize("name", ["../x.cedar", "x", "X.cedar", ".cedar", "x.cedar\n"])
def test_a_file_has_a_plain_name(name: str) -> None:
    with refused(GuardianReason.POLICIES_INVALID):
        BookWorld().book().publish("v1", {name: files()["all.cedar"]}, frozenset(), ADMIN)


def altered(bundle: SignedBundle, how: str) -> SignedBundle:
    match how:
        case "unsigned":
            return replace(bundle, signature=b"", kid="")
        case "content":
            said = json.loads(bundle.document)
            said["files"]["all.cedar"] = said["files"]["all.cedar"].replace("context.danger", "false")
            return replace(bundle, document=json.dumps(said, separators=(",", ":"), sort_keys=True).encode())
        case "signature":
            return replace(bundle, signature=bundle.signature[:-1] + bytes([bundle.signature[-1] ^ 1]))
        case "stranger":
            stranger = LocalSigner.generate("ML-DSA-44")
            return replace(bundle, kid=stranger.public_key.kid, signature=stranger.sign(bundle.document))
        case "stranger with our kid":
            return replace(bundle, signature=LocalSigner.generate("ML-DSA-44").sign(bundle.document))
        case _:
            return replace(bundle, signature=KEY.current().sign(bundle.document))  # without what a bundle is signed as


@pytest.mark.parametrize(
    "how", ["unsigned", "content", "signature", "stranger", "stranger with our kid", "another kind of signature"]
)
def test_what_is_unsigned_or_altered_never_decides(how: str) -> None:
    world = BookWorld()
    published(world, "v1")
    world.store.kept["v1"] = altered(world.store.kept["v1"], how)
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        world.book().active()
    for use in (lambda book: book.find("v1"), lambda book: book.activate("v1", ADMIN)):
        with refused(GuardianReason.POLICIES_UNTRUSTED):
            use(world.book())


def test_a_good_bundle_in_the_place_of_another_does_not_decide() -> None:
    world = BookWorld()
    published(world, "v1", "v2")
    good = world.store.kept["v1"]
    world.store.kept["v2"] = good
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        world.book().active()
    world.store.kept["v2"] = replace(good, version="v2")
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        world.book().active()
    with refused(GuardianReason.POLICIES_UNTRUSTED):
        world.book().find("v2")


def test_another_signing_of_the_same_version_does_not_decide_either() -> None:
    """The ledger names the bytes that were activated, so not even the key's owner can exchange them unseen."""
    world = BookWorld()
    published(world, "v1")
    other = BookWorld()
    other.clock.advance(5)
    published(other, "v1")
    world.store.kept["v1"] = other.store.kept["v1"]
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        world.book().active()


def test_after_an_update_of_the_schema_policies_decide_that_still_fit_it() -> None:
    world = BookWorld()
    published(world, "v1")
    world.book().publish("v2", files(SIZE), frozenset(), ADMIN)
    world.book().activate("v2", ADMIN)
    assert world.book(schema=f"// newer\n{SMALL_SCHEMA}").active().version == "v2"
    changed = world.book(schema=SMALL_SCHEMA.replace("size", "length"))
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        changed.active()
    assert changed.roll_back(ADMIN).is_active("v1")
    assert changed.active().version == "v1"
    with refused(GuardianReason.POLICIES_INVALID):
        changed.activate("v2", ADMIN)


def test_going_back_skips_what_cannot_decide_any_more() -> None:
    world = BookWorld()
    published(world, "v1", "v2", "v3")
    world.store.kept["v2"] = replace(world.store.kept["v2"], signature=b"")
    assert world.book().roll_back(ADMIN).is_active("v1")


def test_a_key_that_is_not_believed_any_more_ends_its_bundles() -> None:
    world = BookWorld()
    published(world, "v1")
    for algorithm in ("ML-DSA-44", "Ed25519"):
        with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
            world.book(keys=SingleKey(LocalSigner.generate(algorithm))).active()


def test_policies_on_trial_are_in_one_engine_only() -> None:
    world = BookWorld()
    world.book().publish("v1", files(DANGER, SIZE), frozenset({"not-large"}), ADMIN)
    world.book().activate("v1", ADMIN)
    active = world.book().active()
    assert active.enforced.ids == ("base", "no-danger")
    assert active.tried is not None
    assert active.tried.ids == ("base", "no-danger", "not-large")
    assert {name: each.mode for name, each in active.policies.items()} == {
        "base": Mode.ENFORCE,
        "no-danger": Mode.ENFORCE,
        "not-large": Mode.SHADOW,
    }


def test_brackets_in_texts_and_comments_do_not_count() -> None:
    deep = "(" * 500
    text = policy("x", when=f'context.danger && principal == Person::"{deep}"') + f"// {deep}"
    BookWorld().book().publish("v1", {"x.cedar": BASE + text}, frozenset(), ADMIN)


def test_the_name_of_a_version_that_was_deleted_stays_taken() -> None:
    world = BookWorld()
    published(world, "v1", "v2")
    world.book().remove("v1", ADMIN)
    for policies in (DANGER, SIZE):
        with refused(GuardianReason.POLICIES_EXIST):
            world.book().publish("v1", files(policies), frozenset(), ADMIN)


def test_a_version_cannot_be_activated_while_it_is_being_deleted() -> None:
    world = BookWorld()
    published(world, "v1", "v2")

    class Slow(MemoryBundles):
        def remove(self, version: str) -> None:
            with refused(GuardianReason.POLICIES_UNKNOWN):
                world.book().activate(version, ADMIN)
            super().remove(version)

    world.book(store=Slow(world.store.kept, world.store.gone)).remove("v1", ADMIN)
    assert world.book().active().version == "v2"


def test_the_active_version_cannot_be_deleted_and_a_deleted_one_not_gone_back_to() -> None:
    world = BookWorld()
    published(world, "v1", "v2", "v3")
    with refused(GuardianReason.POLICIES_IN_USE):
        world.book().remove("v3", ADMIN)
    world.book().remove("v2", ADMIN)
    with refused(GuardianReason.POLICIES_UNKNOWN):
        world.book().remove("v2", ADMIN)
    assert world.book().roll_back(ADMIN).is_active("v1")
    with refused(GuardianReason.NOTHING_TO_ROLL_BACK):
        world.book().roll_back(ADMIN)
    assert world.book().active().version == "v1"


def test_the_shipped_policies_decide_until_an_admin_chose_others() -> None:
    world = BookWorld()
    ours = world.book().install(files(DANGER)).active
    assert ours is not None
    assert ours["version"].startswith(SHIPPED)
    assert len(list(world.ledger.read(STREAM))) == 1
    world.book().install(files(DANGER))
    assert len(list(world.ledger.read(STREAM))) == 1
    newer = world.book().install(files(SIZE))
    assert newer.active != ours
    assert newer.previous == (ours,)
    # An admin went back: the next run leaves it at that, and the one of the next release changes it.
    assert world.book().roll_back(ADMIN).active == ours
    assert world.book().install(files(SIZE)).active == ours
    published(world, "v1")
    assert world.book().install(files(DANGER, SIZE)).is_active("v1")
    assert world.book().roll_back(ADMIN).active == ours


def test_a_shipped_version_that_was_lost_is_signed_anew() -> None:
    world = BookWorld()
    world.book().install(files(DANGER))
    world.store.kept.clear()
    with refused(GuardianReason.GUARDIAN_UNAVAILABLE):
        world.book().active()
    world.clock.advance(60)
    world.book().install(files(DANGER))
    assert world.book().active().enforced.ids == ("base", "no-danger")
    assert len(list(world.ledger.read(STREAM))) == 2


VERSIONS = st.sampled_from(["v1", "v2", "v3"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("activate"), VERSIONS),
        st.tuples(st.just("remove"), VERSIONS),
        st.tuples(st.just("roll back"), st.just("")),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(STEPS)
def test_the_ledger_says_at_every_moment_which_version_decides(steps: list[tuple[str, str]]) -> None:
    """Held against a plain stack of names."""
    world = BookWorld()
    for version in ("v1", "v2", "v3"):
        world.book().publish(version, files(DANGER), frozenset(), ADMIN)
    stack: list[str] = []
    there = {"v1", "v2", "v3"}
    for step, version in steps:
        try:
            match step:
                case "activate":
                    world.book().activate(version, ADMIN)
                    stack = [version, *(name for name in stack if name != version)]
                case "remove":
                    world.book().remove(version, ADMIN)
                    stack = [name for name in stack if name != version]
                    there.discard(version)
                case _:
                    world.book().roll_back(ADMIN)
                    stack = stack[1:]
        except GuardianError as error:
            expected = {
                "activate": version not in there,
                "remove": version not in there or stack[:1] == [version],
                "roll back": len(stack) < 2,
            }[step]
            assert expected, error
        standing = Standing.of(world.ledger.newest(STREAM))
        names = [named["version"] for named in [standing.active, *standing.previous] if named]
        assert names == stack
        assert set(world.store.kept) == there


def test_what_is_remembered_is_bounded() -> None:
    world = BookWorld()
    published(world, *(f"v{number}" for number in range(REMEMBERED + 5)))
    standing = world.book().standing()
    assert len(standing.previous) == REMEMBERED
    assert standing.previous[0]["version"] == f"v{REMEMBERED + 3}"


def test_two_admins_at_once_both_are_on_record_and_one_is_last() -> None:
    world = BookWorld()
    published(world, "v1", "v2")
    world.ledger = replace(world.ledger, patience=60)
    slow, quick = world.book(), world.book()
    original = world.ledger.store.newest
    state = {"first": True}

    def newest(stream: str) -> object:
        entry = original(stream)
        if state.pop("first", False):
            quick.activate("v1", "quick")
        return entry

    world.ledger.store.newest = newest  # type: ignore[method-assign, assignment]
    slow.roll_back("slow")
    kinds = [(opened.record.kind, opened.body["by"]) for opened in world.ledger.read(STREAM) if opened.record]
    assert kinds[-2:] == [("policies.activated", "quick"), ("policies.rolled_back", "slow")]
    assert world.book().active().version == "v2"
