"""What the ledger holds about a person, by pages and by name."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lukhas_common.consent import person
from lukhas_common.consent.person import PersonalLedger
from lukhas_common.ledger.data_keys import DataKeys, LocalWrapper
from lukhas_common.ledger.erasure import Erasures
from tests.fakes import Clock
from tests.gates import memory_ledger

USER = "01a20334-8068-759b-90c6-2b25c56c2702"


@given(st.lists(st.integers(0, 400_000), max_size=12), st.integers(1, 5))
def test_pages_hold_every_entry_once_in_order_and_none_is_too_long(sizes: list[int], limit: int) -> None:
    ledger = memory_ledger()
    for size in sizes:
        ledger.append(f"access/{USER}", "access.allowed", {"text": "x" * min(size, 200_000)}, subject=USER)
    seen, start = [], 0
    while True:
        found, following = PersonalLedger(ledger, USER).page("access", start, limit)
        seen += [opened.entry.seq for opened in found]
        assert len(found) <= limit
        assert len(found) == 1 or sum(len(opened.entry.content) for opened in found) <= person.PAGE_SIZE
        if following is None:
            break
        start = following
    assert seen == list(range(len(sizes)))


def test_an_entry_is_found_by_id_and_hash_among_the_persons_own_only() -> None:
    ledger = memory_ledger()
    ledger.append(f"consent/{USER}", "consent.granted", {"record_hash": "ab" * 32}, subject=USER)
    ledger.append(f"access/{USER}", "access.allowed", {}, subject=USER)
    consent, access = ledger.get(f"consent/{USER}", 0), ledger.get(f"access/{USER}", 0)
    assert consent is not None
    assert access is not None
    own, other = PersonalLedger(ledger, USER), PersonalLedger(ledger, "somebody")
    for name in (consent.entry.entry_id, consent.entry.hash.hex(), "ab" * 32):
        assert own.find(name) == consent
        assert other.find(name) is None
    for name in (access.entry.entry_id, access.entry.hash.hex()):
        assert own.find(name) == access
    assert own.find("0" * 64) is None


def test_the_erasure_of_memories_is_found_in_person_and_nothing_else_of_them() -> None:
    ledger = memory_ledger()
    ledger.append(f"memory/{USER}", "memory.manifest", {}, subject=f"memory/{USER}")
    ledger.append(f"memory/{USER}", "memory.erased", {"items": 1})
    manifest, erased = ledger.get(f"memory/{USER}", 0), ledger.get(f"memory/{USER}", 1)
    assert manifest is not None
    assert erased is not None
    own = PersonalLedger(ledger, USER)
    for name in (erased.entry.entry_id, erased.entry.hash.hex()):
        assert own.find(name) == erased
        assert own.find(name, in_person=False) is None
        assert PersonalLedger(ledger, "somebody").find(name) is None
    assert own.find(manifest.entry.entry_id) is None


def test_what_was_erased_elsewhere_is_not_shown_though_the_key_is_held_here() -> None:
    clock = Clock()
    ledger = memory_ledger(clock)
    ledger.append(f"consent/{USER}", "consent.granted", {}, subject=USER)
    elsewhere = replace(ledger, keys=DataKeys(ledger.keys.store, LocalWrapper(bytes(32)), clock))
    Erasures(elsewhere, clock).erase(USER, f"consent/{USER}")
    (first, erasure), _ = PersonalLedger(ledger, USER).page("consent", 0, 10)
    assert first.record is None
    assert erasure.record is not None
