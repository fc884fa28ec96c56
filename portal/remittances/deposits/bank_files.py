"""The file of deposits a bank gives: read whole or not at all."""

from typing import BinaryIO, Final

from portal.connectors.practice_systems.spreadsheets import NotCsvError, rows_of
from portal.db import Database, Principal
from portal.domain.bank_file import BankFile, read_bank_file
from portal.domain.line_errors import LineError, LineFault
from portal.remittances.claims.work import Act
from portal.remittances.deposits.service import take_bank_lines
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.file_contents import refuse_foreign

MOST_BYTES: Final = 2 * 1024 * 1024
_HEAD_BYTES: Final = 512


class BankFileRefusedError(ValueError):
    """Nothing of the file was taken; ``errors`` say why, line by line."""

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors


def take_bank_file(
    database: Database, principal: Principal, stream: BinaryIO, *, act: Act
) -> tuple[int, int]:
    """How many deposits were new, and how many were known. Raises BankFileRefusedError."""
    read = _read(stream)
    if read.errors:
        raise BankFileRefusedError(read.errors)
    new = take_bank_lines(database, principal, read.lines, act=act)
    return new, len(read.lines) - new


def _read(stream: BinaryIO) -> BankFile:
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return BankFile((), errors=(LineError(0, LineFault.TOO_LARGE, ("2 MB",)),))
    try:
        refuse_foreign(content[:_HEAD_BYTES])
        return read_bank_file(rows_of(content))
    except (UnreadableRemittanceError, NotCsvError):
        return BankFile((), errors=(LineError(0, LineFault.NOT_CSV),))
