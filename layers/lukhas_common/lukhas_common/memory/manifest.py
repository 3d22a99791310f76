"""Which objects hold a person's memories: the newest entry of a stream of the ledger says so.

To change it is to append one entry on condition of the one before, so it happens at one moment, and the log proves
later which objects there were, by their digests. Objects are put before an entry names them, and deleted after none
does any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any

from lukhas_common.ledger.ledger import Draft, Ledger, Opened
from lukhas_common.memory.vault import folder_of, subject_of

KIND = "memory.manifest"

GRACE = 3600
"""Seconds for which a new fold is left alone, and so is an object that no manifest names: longer than any run takes,
so whoever made it has let all name it that should, and whoever read an old manifest is done."""


class ManifestMovedError(Exception):
    """Somebody else changed the manifest meanwhile: read it and begin anew."""


def fold_name(fold_id: str, sha256: str) -> str:
    """How the object of a fold is called within the person's folder."""
    return f"fold/{fold_id[:32]}-{sha256[:32]}"


@dataclass(frozen=True, slots=True)
class FoldPlace:
    """A fold, and what is needed to open it with one read.

    Attributes:
        name: of its object; ``fold_id`` what it calls itself; ``sha256`` of its bytes, in hex.
        made_at: seconds since the epoch.
        size: bytes; ``raw`` bytes of its records as JSON lines.
        footer: offset and length of the footer.
        oldest: ``valid_from`` of its first and last record, seconds since the epoch.
        dictionary: name of the object that holds its dictionary, empty where it has none.
    """

    name: str
    made_at: float
    fold_id: str
    sha256: str
    size: int
    raw: int
    records: int
    footer: tuple[int, int]
    oldest: float
    newest: float
    dictionary: str = ""


@dataclass(frozen=True, slots=True)
class FoldCheck:
    """What a look at all of a fold found.

    Attributes:
        intact: whether its bytes are those that were stored, by length and SHA-256.
        frames: the numbers of the frames that cannot be read; -1 for all of them. Where there are none and it is not
            intact, its own index is damaged, or something was added.
    """

    intact: bool
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The objects that count.

    Attributes:
        seq: of the ledger's entry that says so, -1 where there is none.
        key_id: the memory key under which all of them are sealed.
        index: name of the object with the search index, empty where there is none; ``graph`` the same of concepts and
            relations; ``dictionary`` of the dictionary that the next folds use.
        documents: memories in the index.
        building: name of the object with an index by another embedder that is not complete yet, empty where there is
            none.
        past: objects that count no more and may still be there, and since when: seconds since the epoch.
    """

    seq: int = -1
    key_id: str = ""
    index: str = ""
    graph: str = ""
    dictionary: str = ""
    documents: int = 0
    building: str = ""
    folds: Mapping[str, FoldPlace] = field(default_factory=dict)
    past: Mapping[str, float] = field(default_factory=dict)

    def with_folds(self, *added: FoldPlace, without: frozenset[str] = frozenset()) -> Manifest:
        kept = {name: fold for name, fold in self.folds.items() if name not in without}
        return replace(self, folds=kept | {fold.name: fold for fold in added})

    def objects(self) -> frozenset[str]:
        """The names of all objects that count."""
        dictionaries = {fold.dictionary for fold in self.folds.values()}
        return frozenset({self.index, self.graph, self.dictionary, self.building, *self.folds, *dictionaries} - {""})

    def instead_of(self, before: Manifest, now: float) -> Manifest:
        """This one, which also tells what counted before and does no more."""
        counting = self.objects()
        ended = dict.fromkeys(sorted(before.objects()), now)
        return replace(self, past={name: at for name, at in {**ended, **self.past}.items() if name not in counting})

    def past_since(self, moment: float) -> frozenset[str]:
        """The objects that have not counted since this moment or longer."""
        return frozenset(name for name, at in self.past.items() if at <= moment)

    def without_past(self, names: frozenset[str]) -> Manifest:
        return replace(self, past={name: at for name, at in self.past.items() if name not in names})

    def to_body(self, folder: str) -> dict[str, Any]:
        """What an entry says of it, which is paid by the KB: a fold is a row, and nothing is said that follows.

        Args:
            folder: that all names begin with.
        """
        short = self._renamed(lambda name: name.removeprefix(folder))
        said = {name: value for name, value in asdict(short).items() if name not in ("seq", "folds")}
        for name in ("building", "past"):
            if not said[name]:
                del said[name]  # as entries were before there was one
        return {**said, "folds": [short._row(fold) for fold in short.folds.values()]}

    @classmethod
    def of(cls, body: Mapping[str, Any], seq: int, folder: str) -> Manifest:
        """What an entry says. Older ones have whole names, and a fold's values by their names."""
        said = dict(body)
        rows = said.pop("folds")
        short = cls(seq=seq, **said)
        folds = [FoldPlace(**row) if isinstance(row, dict) else short._fold(*row) for row in rows]
        exact = {fold.name: replace(fold, footer=(fold.footer[0], fold.footer[1])) for fold in folds}
        return replace(short, folds=exact)._renamed(lambda name: name and folder + name.removeprefix(folder))

    def _row(self, fold: FoldPlace) -> list[Any]:
        """A fold's values, without its name and its dictionary where these are the usual ones."""
        name, *values, dictionary = astuple(fold)
        usual = name == fold_name(fold.fold_id, fold.sha256)
        return [None if usual else name, *values, None if dictionary == self.dictionary else dictionary]

    def _fold(self, name: str | None, *values: Any) -> FoldPlace:
        fold = FoldPlace(name or "", *values)
        return replace(
            fold,
            name=name or fold_name(fold.fold_id, fold.sha256),
            dictionary=self.dictionary if fold.dictionary is None else fold.dictionary,
        )

    def _renamed(self, name: Callable[[str], str]) -> Manifest:
        folds = [replace(fold, name=name(fold.name), dictionary=name(fold.dictionary)) for fold in self.folds.values()]
        return replace(
            self,
            index=name(self.index),
            graph=name(self.graph),
            dictionary=name(self.dictionary),
            building=name(self.building),
            folds={fold.name: fold for fold in folds},
            past={name(each): at for each, at in self.past.items()},
        )


@dataclass(frozen=True, slots=True)
class Manifests:
    """The manifests of all people."""

    ledger: Ledger

    def current(self, owner: str, key_id: str) -> Manifest:
        """What counts now under this memory key: one consistent read.

        Entries that tell of an erasure are passed over: one that the ledger was told of late may come after the first
        manifest under a new key.
        """
        newest = found = self.ledger.newest(subject_of(owner))
        if newest is None:
            return Manifest(key_id=key_id)
        while found is not None and found.entry.subject is None and found.entry.seq > 0:
            found = self.ledger.get(subject_of(owner), found.entry.seq - 1)
        if found is None or found.record is None or found.record.kind != KIND or found.body["key_id"] != key_id:
            return Manifest(seq=newest.entry.seq, key_id=key_id)
        return Manifest.of(found.body, newest.entry.seq, folder_of(owner, key_id))

    def named_since(self, owner: str, key_id: str, since: float) -> frozenset[str]:
        """The objects that counted at some time after ``since``, seconds since the epoch: somebody may be reading them.

        Under this memory key; of another nothing opens any more.
        """
        named: set[str] = set()
        entry = self.ledger.newest(subject_of(owner))
        while entry is not None:
            if entry.record is not None and entry.record.kind == KIND and entry.body["key_id"] == key_id:
                named |= Manifest.of(entry.body, entry.entry.seq, folder_of(owner, key_id)).objects()
            is_last = entry.entry.seq == 0 or (entry.record is not None and entry.record.at <= since)
            entry = None if is_last else self.ledger.get(subject_of(owner), entry.entry.seq - 1)
        return frozenset(named)

    def change(self, owner: str, before: Manifest, after: Manifest) -> Manifest:
        """Let other objects count. What counted before is named as past.

        Raises:
            ManifestMovedError: it was not as ``before`` any more.
            LedgerError: it may be changed or not; begin anew.
        """

        after = after.instead_of(before, self.ledger.clock())

        def compose(newest: Opened | None, _now: float) -> Draft:
            if (-1 if newest is None else newest.entry.seq) != before.seq:
                raise ManifestMovedError(owner)
            return Draft(KIND, after.to_body(folder_of(owner, after.key_id)), subject_of(owner))

        appended = self.ledger.append_to(subject_of(owner), compose, fresh=True)
        if appended.entry.key_id != after.key_id:
            # The key was destroyed meanwhile, and a new one made: what this entry names does not count.
            raise ManifestMovedError(owner)
        return replace(after, seq=appended.entry.seq)
