"""What can be wrong with a fold, and with what is to be folded."""

from __future__ import annotations


class FoldError(Exception):
    """What every error of folds is."""


class RecordError(FoldError):
    """This cannot be folded: it is no JSON object, has no usable ``memory_id``, or is too large or too deep."""


class FoldTooLargeError(FoldError):
    """So many records or words do not go into one fold: make two."""


class FoldDamagedError(FoldError):
    """Nothing can be looked up in this fold: its footer or trailer was altered, cut off, or sealed for another.

    ``lukhas_common.memory.folds.recovery`` reads the frames of such a fold.
    """

    def __init__(self, fold_id: str, reason: str) -> None:
        super().__init__(f"fold {fold_id}: {reason}")
        self.fold_id = fold_id


class FrameDamagedError(FoldError):
    """The records of this frame cannot be read; those of other frames can."""

    def __init__(self, fold_id: str, frame: int, reason: str) -> None:
        super().__init__(f"fold {fold_id}, frame {frame}: {reason}")
        self.fold_id, self.frame = fold_id, frame


class IndexDamagedError(FoldError):
    """This fold cannot be searched; its records can be read."""

    def __init__(self, fold_id: str, reason: str) -> None:
        super().__init__(f"fold {fold_id}, index: {reason}")
        self.fold_id = fold_id


class DictionaryMissingError(FoldError):
    """A fold was compressed with a dictionary that was not supplied.

    Attributes:
        digest: SHA-256 of the dictionary, in hex.
    """

    def __init__(self, digest: str) -> None:
        super().__init__(f"the dictionary {digest} is needed to read this fold")
        self.digest = digest
