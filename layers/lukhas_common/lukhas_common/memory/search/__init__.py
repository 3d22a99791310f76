"""Finding memories again: words and meaning together, in an index that is one blob per person."""
