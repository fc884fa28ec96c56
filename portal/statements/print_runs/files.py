"""Where the files of a run are: a folder of its number, under another name until it is whole."""

import shutil
from pathlib import Path
from typing import Final
from uuid import UUID

LETTERS: Final = "letters"
"""The folder of single letters, until they are in batches."""

INDEX: Final = "index.csv"
MANIFEST: Final = "manifest.json"


def run_folder(home: Path, practice_id: UUID, number: int) -> Path:
    """Whole, and not changed any more."""
    return home / "letters" / str(practice_id) / f"RUN-{number:06d}"


def unfinished_folder(home: Path, practice_id: UUID, number: int) -> Path:
    """While it is printed."""
    return run_folder(home, practice_id, number).with_suffix(".tmp")


def letter_file(folder: Path, sequence: int) -> Path:
    """One letter of an unfinished run."""
    return folder / f"{sequence:06d}.pdf"


def remove_files(home: Path, practice_id: UUID, number: int) -> None:
    """Of a run that was ended: nobody is to mail them."""
    for folder in (run_folder, unfinished_folder):
        shutil.rmtree(folder(home, practice_id, number), ignore_errors=True)
