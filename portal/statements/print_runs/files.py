"""Where the files of a run are: a folder of its number, under another name until it is whole.

Beside it are its single letters until it is handed over, for one may be taken out before.
"""

import shutil
from pathlib import Path
from typing import Final
from uuid import UUID

INDEX: Final = "index.csv"
MANIFEST: Final = "manifest.json"


def run_folder(home: Path, practice_id: UUID, number: int) -> Path:
    """Whole, and not changed any more."""
    return home / "letters" / str(practice_id) / f"RUN-{number:06d}"


def unfinished_folder(home: Path, practice_id: UUID, number: int) -> Path:
    """While it is printed."""
    return run_folder(home, practice_id, number).with_suffix(".tmp")


def letters_folder(home: Path, practice_id: UUID, number: int) -> Path:
    """Its single letters, which its batches are put together from."""
    return run_folder(home, practice_id, number).with_suffix(".letters")


def letter_file(folder: Path, sequence: int) -> Path:
    """One of them."""
    return folder / f"{sequence:06d}.pdf"


def remove_files(home: Path, practice_id: UUID, number: int) -> None:
    """Of a run of which nobody is to mail anything."""
    for folder in (run_folder, unfinished_folder, letters_folder):
        shutil.rmtree(folder(home, practice_id, number), ignore_errors=True)
