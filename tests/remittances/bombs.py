"""Files made to wear a reader out, and a reading of one in a process of its own.

``python -m tests.remittances.bombs FILE`` prints JSON: what `era check` and the importer's reader
find, a number of claims or the sentence of a refusal, and the memory and time that took.
"""

import gzip
import io
import json
import math
import random
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.measuring import peak_mb
from portal.domain.remittance import ClaimPayment
from portal.remittances.check import check_file
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.x12 import x835
from tests.remittances.x12_text import CLAIM, encoded, interchange, transaction

FULL_SIZE = 25_000_000  # bytes
_SECONDS, _SECONDS_A_MEGABYTE = 5, 2
_MOST_ADDRESS_SPACE = 1_500_000_000  # bytes: whatever happens, the machine goes on
_SOUND = encoded(interchange(transaction(*CLAIM)))
_ISA = _SOUND[:106]
_FIRST_ST, _FIRST_LX, _LAST_SE = map(_SOUND.index, (b"ST*835", b"LX*1~", b"SE*14*"))
_ENVELOPE = _SOUND[:_FIRST_ST]
_GROUP_END = b"GE*1*101~IEA*1*000000101~"
_ASCII = bytes(32 + byte % 95 for byte in range(256))

_NO_X12 = "The file holds something other than X12"
_EMPTY = "The file is empty."
_LONG = "A segment goes on for more than 64 KB"
_BINARY = "The file holds binary data"
_LOOP = "What begins in segment"
_NO_PAYMENT = "The file holds no 835 remittance"


class Bomb(NamedTuple):
    """A file of a size, and how its refusal begins; "" when it is read.

    What is not refused ``at_once`` takes its time, and is made smaller for `make test`.
    """

    make: Callable[[int], bytes]
    outcome: str
    at_once: bool = True


def _repeated(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece))


def _filled(piece: bytes, *, at: int = _LAST_SE) -> Callable[[int], bytes]:
    """A sound file with that much of ``piece`` in it, behind its claim if nothing else is said."""
    return lambda size: _SOUND[:at] + _repeated(piece, size) + _SOUND[at:]


def _numbered(piece: str, *, width: int) -> Callable[[int], bytes]:
    """The same, ``#`` being another number each time."""
    return lambda size: (
        _SOUND[:_LAST_SE]
        + "".join(piece.replace("#", str(n)) for n in range(size // width)).encode()
        + _SOUND[_LAST_SE:]
    )


def _payments_of_nothing(size: int) -> bytes:
    payments = (f"ST*835*{n:x}~SE*2*{n:x}~" for n in range(size // 25))
    return _ENVELOPE + "".join(payments).encode() + _GROUP_END


def _zipped(size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("remittance.835", _repeated(_SOUND, size))
    return stream.getvalue()


def _recoded(encoding: str) -> Callable[[int], bytes]:
    return lambda size: _repeated(_SOUND, size // 2).decode().encode(encoding)


def _random_bytes(size: int) -> bytes:
    return random.Random(25).randbytes(size)  # noqa: S311 — a file to repeat, no secret


BOMBS: Mapping[str, Bomb] = {
    "nothing": Bomb(lambda _: b"", _EMPTY),
    "blanks": Bomb(lambda size: _repeated(b" \r\n\t", size), _EMPTY),
    "NULs": Bomb(bytes, _EMPTY),
    "terminators": Bomb(lambda size: b"~" * size, _NO_X12),
    "separators": Bomb(lambda size: b"*" * size, _NO_X12),
    "digits": Bomb(lambda size: _repeated(b"1234567890", size), _NO_X12),
    "random text": Bomb(  # a GS is found in it, and what follows looks like an element
        lambda size: _random_bytes(size).translate(_ASCII), "An element is longer than 512 bytes"
    ),
    "random bytes": Bomb(_random_bytes, _BINARY),
    "UTF-16": Bomb(_recoded("utf-16"), "This is UTF-16 text"),
    "UTF-16, big end first": Bomb(
        lambda size: b"\xfe\xff" + _recoded("utf-16-be")(size), "This is UTF-16 text"
    ),
    "UTF-16 without a mark": Bomb(_recoded("utf-16-le"), _BINARY),
    "UTF-16 without a mark, big end first": Bomb(_recoded("utf-16-be"), _BINARY),
    "a NUL in a claim": Bomb(_filled(b"REF*1L*A\0~"), _BINARY),
    "a ZIP archive": Bomb(_zipped, "This is a ZIP archive"),
    "a gzip archive": Bomb(
        lambda size: gzip.compress(_repeated(_SOUND, size)), "This is a gzip archive"
    ),
    "a PDF": Bomb(lambda size: b"%PDF-1.7\n" + _repeated(_SOUND, size), "This is a PDF"),
    "no terminator": Bomb(lambda size: _SOUND[:200] + b"X" * size, _LONG),
    "no terminator and no ISA": Bomb(
        lambda size: b"ST*835*0001*" + b"X" * size, "The file has no interchange header"
    ),
    "an ISA and no GS": Bomb(
        lambda size: _ISA + _repeated(b"X*", size), "The interchange header (ISA) has no end"
    ),
    "100,000 ISA": Bomb(lambda _: _ISA * 100_000, "The interchange header (ISA) has no end"),
    "100,000 ISA and GS": Bomb(lambda _: _ENVELOPE * 100_000, "The file is cut off or damaged"),
    "payments without an end": Bomb(
        lambda size: _ENVELOPE + _repeated(b"ST*835*1~", size), "The file is cut off or damaged"
    ),
    "a million CAS in one claim": Bomb(
        lambda _: _SOUND.replace(b"CAS*PR*3*20~", b"CAS*PR*3*20~" * 1_000_000), _LOOP
    ),
    "a million adjustments in large CAS": Bomb(_filled(b"CAS*CO" + b"*45*1*" * 33 + b"~"), _LOOP),
    "a million elements in one segment": Bomb(
        lambda _: _SOUND.replace(b"CAS*PR*3*20", b"CAS*PR" + b"*3*20*" * 350_000), _LONG
    ),
    "large segments in one claim": Bomb(_filled(b"REF*1L*" + b"AB" * 240 + b"~"), _LOOP),
    "short segments in one claim": Bomb(_filled(b"REF*ab*cd~"), _LOOP),
    "service lines in one claim": Bomb(_filled(b"SVC*HC:1*1*1~"), _LOOP),
    "unknown segments in one claim": Bomb(_filled(b"QQ*1~Q1~ab*1~"), _LOOP),
    "a header without end": Bomb(_filled(b"N1*PR*A NAME~", at=_FIRST_LX), _LOOP),
    "provider adjustments": Bomb(
        _filled(b"PLB*1*20261231" + b"*ab*1" * 40 + b"~"), "The payment that begins in segment 3"
    ),
    "ends of nothing": Bomb(_filled(b"SE*1*1~GE*1*1~IEA*1*1~"), _NO_X12),
    "claims of wrong adjustments": Bomb(
        _filled(b"CLP*1*x*y*z~" + b"CAS*X*x*y~" * 60), "", at_once=False
    ),
    "claims and nothing else": Bomb(_filled(b"CLP*1*1*0*0~"), "", at_once=False),
    "claims outside of payments": Bomb(
        lambda size: _ENVELOPE + _repeated(b"CLP*1~", size) + _GROUP_END,
        _NO_PAYMENT,
        at_once=False,
    ),
    "blank segments": Bomb(_filled(b" ~\n~\t~"), "", at_once=False),
    "unknown segments between payments": Bomb(
        _filled(b"Q1~ab*1~Dear practice~", at=_FIRST_ST), "", at_once=False
    ),
    "interchanges of nothing": Bomb(
        lambda size: _repeated(_ENVELOPE + _GROUP_END, size), _NO_PAYMENT, at_once=False
    ),
    "groups of nothing": Bomb(
        lambda size: _ISA + _repeated(b"GS*HP~GE*0~", size) + b"IEA*1~", _NO_PAYMENT, at_once=False
    ),
    "payments of nothing": Bomb(_payments_of_nothing, "", at_once=False),
    "different dates": Bomb(
        _numbered(f"CLP*1*1*0*0~DTM*232*#{'9' * 450}~", width=480), "", at_once=False
    ),
    "different procedures": Bomb(
        _numbered(f"CLP*1*1*0*0~SVC*HC:#{':A' * 220}*0*0~", width=480), "", at_once=False
    ),
    "names in Chinese": Bomb(
        _filled("CLP*1*1*0*0~NM1*QC*1*李李李李*李~".encode()), "", at_once=False
    ),
    "names in Latin-1": Bomb(_filled(b"CLP*1*1*0*0~NM1*QC*1*M\xdcLLER*\xe9~"), "", at_once=False),
    "control characters": Bomb(
        _filled(b"CLP*1*1*0*0~NM1*QC*1*\x01\x02\x1b[31m*\x07~"), "", at_once=False
    ),
}


def main(path: Path) -> None:
    """Check and read the file, for at most twice 2 s a MB and 5 s of computing."""
    seconds = 2 * (_SECONDS + math.ceil(_SECONDS_A_MEGABYTE * path.stat().st_size / 1_000_000))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESS_SPACE, _MOST_ADDRESS_SPACE))
    checked = _taken(lambda: check_file(path).claims)
    read = _taken(lambda: _claims_read(path))
    figures = {"checked": checked, "read": read, "peak_mb": peak_mb()}
    print(json.dumps(figures | {"cpu_seconds": time.process_time()}))  # noqa: T201 — its answer


def _claims_read(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(isinstance(part, ClaimPayment) for part in x835.read(stream))


def _taken(count: Callable[[], int]) -> int | str:
    try:
        return count()
    except UnreadableRemittanceError as error:
        return str(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
