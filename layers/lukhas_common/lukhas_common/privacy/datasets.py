"""The data sets that there are, each with its columns, their bounds, and its budget."""

from __future__ import annotations

from decimal import Decimal

from lukhas_common.privacy.columns import Category, DataSet, Number
from lukhas_common.privacy.errors import PrivacyFault, PrivacyReason

DATASETS = {
    "usage": DataSet(
        "usage",
        {
            "minutes": Number(Decimal(0), Decimal(240)),
            "messages": Number(Decimal(0), Decimal(200)),
            "feature": Category(("chat", "memory", "search", "other")),
            "topic": Category(),
        },
        epsilon=Decimal(10),
        delta=Decimal("0.00001"),
        contributions=4,
    )
}


def dataset_of(name: str) -> DataSet:
    """A data set by its name.

    Raises:
        PrivacyFault: there is none.
    """
    if name not in DATASETS:
        raise PrivacyFault(PrivacyReason.DATASET_UNKNOWN, f"Name one of the data sets: {', '.join(DATASETS)}.")
    return DATASETS[name]
