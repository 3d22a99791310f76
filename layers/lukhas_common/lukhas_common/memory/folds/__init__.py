"""Folds: archives of old memories, compressed, sealed, and read record by record with range reads.

A fold is written once and never changed. Its bytes are, in this order::

    frame 0 … frame n-1    each a header and up to 512 records, compressed together and sealed
    index                  which words are in which records, compressed and sealed
    footer                 where the frames and the index are and what they hash to, compressed and sealed
    trailer                how long the footer is, and what it hashes to

Who keeps the place of the footer opens a fold with one range read, and reads any record with one more.
"""
