"""What can be wrong with an index."""


class IndexDamagedError(Exception):
    """The bytes are no index of this version, or are not as they were written: build the index anew."""


class EmbedderDiffersError(Exception):
    """An index was built with another embedder than it is asked with: build the index anew."""


class MeaningError(Exception):
    """What texts mean could not be found out now: words still can be searched.

    Attributes:
        reason: why; it never repeats a text.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
