"""The guardian's ports in memory, for use as a library and in tests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from lukhas_common.guardian.bundles import SignedBundle
from lukhas_common.guardian.outcomes import Day, Noted


@dataclass
class MemoryBundles:
    """The BundleStore port."""

    kept: dict[str, SignedBundle] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def add(self, bundle: SignedBundle) -> SignedBundle | None:
        return None if bundle.version in self.gone else self.kept.setdefault(bundle.version, bundle)

    def find(self, version: str) -> SignedBundle | None:
        return self.kept.get(version)

    def remove(self, version: str) -> None:
        self.gone.add(version)
        self.kept.pop(version, None)


@dataclass
class MemoryDecisions:
    """The DecisionIndex port."""

    noted: dict[str, Noted] = field(default_factory=dict)
    permits: dict[str, str] = field(default_factory=dict)

    def add(self, noted: Noted) -> None:
        self.noted[noted.decision_id] = noted

    def days(self, count: int) -> list[Day]:
        days: dict[int, list[Noted]] = {}
        for noted in self.noted.values():
            days.setdefault(int(noted.at // 86400), []).append(noted)
        return [
            Day(number, Counter(noted.outcome for noted in made), max(noted.at for noted in made))
            for number, made in sorted(days.items())
        ][-count:]

    def since(self, at: float, limit: int) -> list[Noted]:
        return [noted for _, noted in sorted(self.noted.items()) if noted.at >= at][:limit]

    def newest(self, limit: int) -> list[Noted]:
        return [noted for _, noted in sorted(self.noted.items(), reverse=True)][:limit]

    def reviews(self, limit: int, after: str = "") -> list[Noted]:
        return [noted for name, noted in sorted(self.noted.items()) if noted.review and name > after][:limit]

    def settled(self, decision_id: str) -> None:
        if decision_id in self.noted:
            self.noted[decision_id] = replace(self.noted[decision_id], review=False)

    def permit(self, input_hash: str, decision_id: str, until: float) -> None:
        self.permits[input_hash] = decision_id

    def permitted(self, input_hash: str) -> str | None:
        return self.permits.get(input_hash)
