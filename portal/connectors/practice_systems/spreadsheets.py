"""CSV that people open in spreadsheets: read strictly, written so that nothing in it runs."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_FORMULA_STARTS: Final = (
    *"=+-@\t\r\n",
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)


class NotCsvError(ValueError):
    """The message says what a file is not."""


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180, UTF-8. A cell that would be taken for a formula begins with an apostrophe."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    """Every row that is not empty, with the number of the line it ends on. Raises NotCsvError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotCsvError("It is not UTF-8.") from error
    if "\0" in text:  # no database keeps it in a text
        raise NotCsvError("It is not a text.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, [_plain(cell) for cell in row]) for row in reader if row]
    except csv.Error as error:
        raise NotCsvError(f"It is not CSV: line {reader.line_num}, {error}.") from error


def harmless(cell: str) -> str:
    """Text that no spreadsheet runs; numbers stay numbers."""
    if cell.startswith(_FORMULA_STARTS) and _NUMBER.fullmatch(cell) is None:
        return f"'{cell}"
    return cell


def _plain(cell: str) -> str:
    """Without blanks around it, and without the apostrophe that made a formula harmless."""
    stripped = cell.strip()
    if stripped.startswith("'") and stripped[1:].startswith(_FORMULA_STARTS):
        return stripped[1:]
    return stripped
