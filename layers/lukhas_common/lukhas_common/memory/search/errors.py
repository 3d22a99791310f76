"""What can be wrong with an index."""


class IndexDamagedError(Exception):
    """The bytes are no index of this version, or are not as they were written: build the index anew."""


class EmbedderDiffersError(Exception):
    """An index was built with another embedder than it is asked with: build the index anew."""
