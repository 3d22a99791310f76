"""A transparency log as C2SP specifies it: Merkle tiles, signed checkpoints and proofs. Pure: it stores nothing."""
