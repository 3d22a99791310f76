"""Where the files of the embedded text model are; scripts/build_embedder.py builds them."""

from pathlib import Path

FOLDER = Path(__file__).parent
