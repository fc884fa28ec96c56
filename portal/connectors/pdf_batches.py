"""Putting printed papers together into one file for a mailing house, each found by its bookmark."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pikepdf


@dataclass(frozen=True, slots=True)
class BatchPart:
    """One letter of a batch: its file, what its bookmark says, how many pages it is to fill."""

    file: Path
    bookmark: str
    pages: int


def page_count(content: bytes) -> int:
    """Of a file in memory."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return len(pdf.pages)


def write_batch(parts: Iterable[BatchPart], to: Path) -> int:
    """One file of all of them, blank pages after those that fill fewer; returns its pages.

    The same parts are the same bytes. Tags are left out: nobody reads this file aloud.
    """
    with pikepdf.new() as batch:
        with batch.open_outline() as outline:
            for part in parts:
                first = len(batch.pages)
                with pikepdf.open(part.file) as letter:
                    batch.pages.extend(letter.pages)
                for _ in range(first + part.pages - len(batch.pages)):
                    batch.add_blank_page(page_size=(612, 792))
                outline.root.append(pikepdf.OutlineItem(part.bookmark, first))
        pages = len(batch.pages)
        batch.save(
            to,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return pages
