"""Damages remittances in the ways files are damaged, knowing what an 835 is made of.

Everything comes from a ``random.Random``: the same seed gives the same file.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from tests.remittances.x12_text import ISA, encoded, interchange, transaction

Segments = list[list[str]]

_FOREIGN = (  # what does not belong where it is put
    ISA.replace("CLEARHOUSE", "NESTED    "),
    "GS*HP*A*B*20260115*1200*7*X*005010X221A1",
    "ST*835*7777",
    "ST*837*7777",
    "ST",
    "SE*3*0001",
    "GE*1*101",
    "IEA*1*000000101",
    "TA1*1",
    "LX*9",
    "TS2*1*2",
    "TS3*1234567893*11*20261231*1*100",
    "CLP*Z9*1*10*10",
    "CLP",
    "SVC*HC:1*1*1",
    "CAS*PR*1*5",
    "PLB*1234567893*20261231*WO:X*1",
    "BPR*I*1*C*ACH",
    "N1*PR*ANOTHER PLAN",
    "NM1*QC*1*OTHER*NAME****34*123456789",
    "LQ*HE*N130",
    "QQ*1",
    "clp*a9*1*0*0",
    " CAS *PR*1*5",
    "Dear practice*hello",
    "*",
    "\x1a",
)
_AMOUNTS = (
    *("", "-", "+", ".", "0", "-0", "00.00", "+12.5", ".5", "5.", "-.5", "1.005", "1.5000"),
    *("1,000.00", "$5", "5-", "--5", "(5)", "1e5", "NaN", "inf", "0x10", "1_000", "twenty"),
    *(
        "٣",
        "½",
        "\uff11\uff12",
        "5 0",
        "\u20075",
        "9" * 10,
        "9" * 13,
        "9" * 15,
        "9" * 18,
        "-" + "9" * 18,
    ),
    *("9" * 19, "1" * 5000, "9999999999999999.99", "-99999999.99", "0." + "0" * 3000),
)
_DATES = (
    *("", "00000000", "99999999", "20260230", "20261301", "260115", "19000101", "00010101"),
    *("2026-01-15", "20260115-20260116", "2026011", "202601150", "D8", "٢٠٢٦٠١١٥", "99991231"),
)
_CODES = (
    *("", "PR", "CO", "OA", "CR", "PX", "22", "1", "4", "25", "99", "837", "835", "45", "999"),
    *("HC", "34", "SY", "6R", "F8", "232", "472", "C", "D", "N1", "AMT", "PR:1", "\u200b", "é"),
)
_TEXTS = (
    *("", " ", "O'NEIL", "MÜLLER", "ÑANDÚ", "李", "\u202eevil", "\u2028", "\x85", "\x07", "\x1c"),
    *("<script>", "'; DROP TABLE claims; --", "%s%n", "{0}", "=1+1", "../../etc", "\ufeff", "🏥"),
    *("X" * 300, "XY " * 1500, "é" * 20_000, "7" * 40_000, "A" * 64_000, "*" * 500, ":" * 500),
)
_AMOUNT_PLACES = {
    "BPR": (2,),
    "CLP": (3, 4, 5),
    "SVC": (2, 3),
    "CAS": (3, 6, 9),
    "AMT": (2,),
    "PLB": (4, 6),
}
_DATE_PLACES = {"BPR": (16,), "DTM": (2,), "PLB": (2,), "GS": (4,), "ISA": (9,)}
_CODE_PLACES = {
    "CLP": (2, 6),
    "SVC": (1, 4, 6),
    "CAS": (1, 2, 5),
    "REF": (1,),
    "DTM": (1,),
    "AMT": (1,),
    "NM1": (1, 8),
    "N1": (1, 3),
    "LQ": (1, 2),
    "ST": (1,),
    "GS": (8,),
    "PLB": (3, 5),
    "BPR": (3, 4),
    "MOA": (3, 4),
}
_TEXT_PLACES = {
    "CLP": (1, 7),
    "NM1": (3, 4, 9),
    "N1": (2, 4),
    "REF": (2,),
    "TRN": (2, 3),
    "SVC": (1, 5),
    "PLB": (1, 3),
    "ST": (2,),
    "ISA": (6, 13),
    "GS": (6,),
    "CAS": (2, 4),
    "LQ": (2,),
}
_ENVELOPE = {"ISA": (13, 16), "GS": (6,), "ST": (2,), "SE": (1, 2), "GE": (1, 2), "IEA": (1, 2)}
_NAMES = ("NM1", "N1", "TRN", "BPR", "LX", "REF", "DTM")
_USUAL = "*:~"
_SEPARATORS = ("|>~", "*>\n", "|^\r", "\x1d\x1f\x1e", "+*'", "*~\n", "^:~", "\t:\n", "*:!")
_BAD_SEPARATORS = ("**~", "*:*", "A:~", "*:7", " :~", "*: ", "*::", "é:~", "*:é", "\n:\n", "\"\\'")
_BYTES = (
    *(b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\x85", b"\xa0", b"\x1a", b"\r\n", b"\t", b" "),
    *(b"~", b"*", b":", b"~~~", b"IEA*", b"ISA*", b"ST*835*", b"\xed\xa0\x80", b"\xf0\x9f"),
)


def sound_file(source: Random) -> bytes:
    """A new file of a few payments, as a payer would send it; nothing is wrong with it."""
    payments = [
        _sound_payment(source, number) for number in range(1, source.choice((1, 1, 2, 4)) + 1)
    ]
    return encoded(interchange(*payments, control=f"{source.randrange(10**9):09d}"))


def damaged(data: bytes, source: Random) -> tuple[bytes, list[str]]:
    """The file with one to five faults, and what was done to it."""
    changes: list[str] = []
    separators = _separators(data)
    element, terminator = separators[0], separators[2]
    text = data.decode("latin-1").replace("\r\n", "\n")
    segments = [segment.strip("\n").split(element) for segment in text.split(terminator)]
    for _ in range(source.choice((0, 1, 1, 2, 3))):
        change = source.choice(_IN_THE_TEXT)
        change(segments, source)
        changes.append(change.__name__.strip("_"))
    data = terminator.join(element.join(parts) for parts in segments).encode("utf-8")
    for _ in range(source.choice((0, 0, 1, 2)) if changes else 1):
        damage = source.choice(_IN_THE_BYTES)
        data = damage(data, source)
        changes.append(damage.__name__.strip("_"))
    return data, changes


def _sound_payment(source: Random, number: int) -> list[str]:
    body: list[str] = []
    paid_cents = 0
    for _ in range(source.choice((1, 1, 2, 3, 8))):
        sign = -1 if source.random() < 0.1 else 1
        segments, claim_cents = _sound_claim(source, sign)
        body += segments
        paid_cents += claim_cents
    if source.random() < 0.4:
        moved_cents = source.randrange(-500, 5_000)
        paid_cents -= moved_cents
        body.append(f"PLB*1234567893*20261231*WO:ICN7*{_money(moved_cents)}")
    trace = f"EFT{source.randrange(10**6)}"
    return transaction(*body, payment=_money(paid_cents), control=f"{number:04d}", trace=trace)


def _sound_claim(source: Random, sign: int) -> tuple[list[str], int]:
    """One claim that balances, and what was paid for it. ``sign`` -1: taken back."""
    lines: list[str] = []
    charged = paid = share = 0
    number = f"A{source.randrange(10**4)}"
    for line in range(source.choice((0, 1, 1, 2, 5))):
        charge, kept = source.randrange(1_000, 50_000), source.randrange(0, 1_000)
        discount = source.randrange(0, charge - kept + 1)
        group = source.choice(("PR", "PR", "CO", "OA", "PI"))
        left, code = charge - kept - discount, f"HC:{source.randrange(90_000, 99_500)}"
        lines += [
            f"SVC*{code}*{_money(sign * charge)}*{_money(sign * left)}**1",
            f"DTM*472*2026{source.randrange(1, 13):02d}{source.randrange(1, 29):02d}",
            f"CAS*{group}*{source.choice(('1', '2', '3', '96'))}*{_money(sign * kept)}",
            f"CAS*CO*45*{_money(sign * discount)}",
            f"REF*6R*{number}L{line}",
            *source.choice(((), (f"AMT*B6*{_money(sign * (left + kept))}",), ("LQ*HE*N130",))),
        ]
        charged, paid = charged + sign * charge, paid + sign * left
        share += sign * kept if group == "PR" else 0
    status = "22" if sign < 0 else source.choice(("1", "1", "1", "2", "4", "19", "25"))
    return [
        f"CLP*{number}*{status}*{_money(charged)}*{_money(paid)}*{_money(share)}*12*ICN{number}",
        f"NM1*QC*1*{source.choice(('MARLOWE', 'O’NEIL', 'DE LA CRUZ'))}*JUNE****MI*W{number}",
        *source.choice(((), ("MOA***MA01*MA07",), ("NM1*TT*2*NEXT PLAN*****PI*555",))),
        *source.choice(((), ("REF*1L*GROUP7", "DTM*232*20260102"), ("AMT*AU*100",))),
        *lines,
    ], paid


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}" + (f".{rest:02d}" if rest else "")


def _separators(data: bytes) -> str:
    """Element, component and terminator, told roughly."""
    text = data.decode("latin-1")
    start = text.find("ISA")
    if start < 0:
        return f"{_USUAL[:2]}{'~' if '~' in text else chr(10)}"
    element = text[start + 3]
    ending = text[start : start + 400].split(f"GS{element}", 1)[0].rstrip("\r\n")
    if ending[-2:-1] == element or ending[-1:].isalnum():
        return f"{element}{ending[-1:]}\n"
    return f"{element}{ending[-2:]}"


def _any(segments: Segments, source: Random) -> list[str]:
    return source.choice(segments) if segments else [""]


def _at(segments: Segments, source: Random) -> int:
    return source.randrange(len(segments) + 1)


def _drop_segments(segments: Segments, source: Random) -> None:
    at = _at(segments, source)
    del segments[at : at + source.choice((1, 1, 1, 2, 5, 40))]


def _repeat_segments(segments: Segments, source: Random) -> None:
    at, length = _at(segments, source), source.choice((1, 1, 2, 6, 20))
    piece = [list(parts) for parts in segments[at : at + length]]
    segments[at:at] = piece * source.choice((1, 1, 2, 30))


def _swap_segments(segments: Segments, source: Random) -> None:
    if segments:
        first, second = source.randrange(len(segments)), source.randrange(len(segments))
        segments[first], segments[second] = segments[second], segments[first]


def _move_segments(segments: Segments, source: Random) -> None:
    at, length = _at(segments, source), source.choice((1, 3, 10))
    piece = segments[at : at + length]
    del segments[at : at + length]
    to = _at(segments, source)
    segments[to:to] = piece


def _put_in_a_foreign_segment(segments: Segments, source: Random) -> None:
    segments.insert(_at(segments, source), source.choice(_FOREIGN).split("*"))


def _drop_element(segments: Segments, source: Random) -> None:
    parts = _any(segments, source)
    if len(parts) > 1:
        del parts[source.randrange(1, len(parts))]


def _insert_element(segments: Segments, source: Random) -> None:
    parts = _any(segments, source)
    at = source.randrange(1, len(parts) + 1)
    parts[at:at] = [source.choice(_TEXTS + _CODES)] * source.choice((1, 1, 2, 60, 900))


def _garble_element(segments: Segments, source: Random) -> None:
    parts = _any(segments, source)
    at = source.randrange(len(parts))
    value = list(parts[at])
    for _ in range(source.randint(1, 4)):
        value.insert(source.randrange(len(value) + 1), chr(source.choice((32, 48, 65, 233, 8364))))
    parts[at] = "".join(value)


def _cut_segment_short(segments: Segments, source: Random) -> None:
    parts = _any(segments, source)
    del parts[source.randrange(1, len(parts) + 1) :]


def _garble_composite(segments: Segments, source: Random) -> None:
    places = [
        (parts, at)
        for parts in segments
        for at in range(1, len(parts))
        if parts[0] in {"SVC", "PLB", "ISA"} and not parts[at].isalnum()
    ]
    if places:
        parts, at = source.choice(places)
        separator = next((one for one in parts[at] if not one.isalnum()), ":")
        values = parts[at].split(separator)
        match source.randrange(4):
            case 0:
                values.reverse()
            case 1:
                values.insert(source.randrange(len(values) + 1), source.choice(_TEXTS[:18]))
            case 2:
                values *= source.choice((2, 40))
            case _:
                values.pop()
        parts[at] = separator.join(values)


def _put(
    segments: Segments, source: Random, places: Mapping[str, tuple[int, ...]], value: str
) -> None:
    """Into one of the elements that hold such values."""
    found = [
        (parts, at) for parts in segments for at in places.get(parts[0], ()) if at < len(parts)
    ]
    if found:
        parts, at = source.choice(found)
        parts[at] = value


def _garble_amount(segments: Segments, source: Random) -> None:
    _put(segments, source, _AMOUNT_PLACES, source.choice(_AMOUNTS))


def _change_amount(segments: Segments, source: Random) -> None:
    _put(segments, source, _AMOUNT_PLACES, _money(source.randrange(-(10**6), 10**6)))


def _turn_signs(segments: Segments, source: Random) -> None:
    for parts in segments:
        for at in _AMOUNT_PLACES.get(parts[0], ()):
            if at < len(parts) and source.random() < 0.5:
                parts[at] = parts[at].removeprefix("-") if "-" in parts[at] else f"-{parts[at]}"


def _enlarge_all_amounts(segments: Segments, source: Random) -> None:
    """Everything balances still, and is larger than any books can hold."""
    zeros = "0" * source.choice((3, 8, 11, 13, 14))
    for parts in segments:
        for at in _AMOUNT_PLACES.get(parts[0], ()):
            if at < len(parts) and parts[at]:
                whole, _, rest = parts[at].partition(".")
                parts[at] = f"{whole}{rest.ljust(2, '0')}{zeros}"


def _change_date(segments: Segments, source: Random) -> None:
    _put(segments, source, _DATE_PLACES, source.choice(_DATES))


def _change_code(segments: Segments, source: Random) -> None:
    _put(segments, source, _CODE_PLACES, source.choice(_CODES))


def _change_text(segments: Segments, source: Random) -> None:
    _put(segments, source, _TEXT_PLACES, source.choice(_TEXTS))


def _put_in_noise(segments: Segments, source: Random) -> None:
    """Long, and nothing a database could press together."""
    noise = "".join(source.choices("ABCDEFGHKLMNPQRSTUVWXYZ23456789", k=source.choice((60, 9_000))))
    _put(segments, source, _TEXT_PLACES, noise)


def _damage_envelope(segments: Segments, source: Random) -> None:
    if source.random() < 0.5:
        _put(segments, source, _ENVELOPE, source.choice(("", "1", "2", "0000000001", "999", "X")))
        return
    found = [at for at, parts in enumerate(segments) if parts[0] in _ENVELOPE]
    if found:
        at = source.choice(found)
        if source.random() < 0.5:
            del segments[at]
        else:
            to = _at(segments, source)
            segments.insert(to, list(segments[at]))


def _open_a_gap(segments: Segments, source: Random) -> None:
    """In the triplets of an adjustment, or only where its reason should be."""
    adjusting = [parts for parts in segments if parts[0] == "CAS" and len(parts) > 3]
    if adjusting:
        parts = source.choice(adjusting)
        if source.random() < 0.5:
            parts[2:2] = [""] * 3
        else:
            parts[2] = ""


def _add_another_transaction(segments: Segments, source: Random) -> None:
    name = source.choice(("837", "999", "277", "XYZ", ""))
    places = [at for at, parts in enumerate(segments) if parts[0] in {"ST", "GE"}]
    if places:
        at = source.choice(places)
        segments[at:at] = [["ST", name, "0009"], ["HL", "1"], ["SE", "3", "0009"]]


def _drop_all_of_a_name(segments: Segments, source: Random) -> None:
    name = source.choice(_NAMES)
    segments[:] = [parts for parts in segments if parts[0] != name]


def _change_separators(data: bytes, source: Random) -> bytes:
    """Everywhere, or only from somewhere on."""
    old = _separators(data)
    new = source.choice(_SEPARATORS + _BAD_SEPARATORS)
    at = source.choice((0, 0, 0, source.randrange(len(data) + 1)))
    text = data[at:].decode("latin-1")
    return data[:at] + text.translate(str.maketrans(old, new)).encode("utf-8")


def _cut_off(data: bytes, source: Random) -> bytes:
    return data[: source.randrange(len(data) + 1)]


def _lose_the_beginning(data: bytes, source: Random) -> bytes:
    return data[source.randrange(min(len(data), 400) + 1) :]


def _lose_bytes(data: bytes, source: Random) -> bytes:
    at = source.randrange(len(data) + 1)
    return data[:at] + data[at + source.choice((1, 1, 2, 10, 500)) :]


def _put_in_bytes(data: bytes, source: Random) -> bytes:
    at = source.randrange(len(data) + 1)
    piece = source.choice((*_BYTES, source.randbytes(source.choice((1, 4, 60)))))
    return data[:at] + piece * source.choice((1, 1, 1, 3, 70_000 // len(piece))) + data[at:]


def _flip_bits(data: bytes, source: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.choice((1, 3, 20))):
        if changed:
            changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
    return bytes(changed)


def _change_encoding(data: bytes, source: Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(
        source.choice(("latin-1", "utf-16", "utf-16-be", "cp037", "utf-7")), "replace"
    )


def _change_line_breaks(data: bytes, source: Random) -> bytes:
    ending = _separators(data)[2].encode("utf-8")
    line_break = source.choice((b"\n", b"\r\n", b"\r", b" \n", b"\n\n\n", b"\t", b"\x85"))
    if source.random() < 0.5:
        return data.replace(ending, ending + line_break)
    return line_break.join(data[at : at + 80] for at in range(0, len(data), 80))


def _append_itself(data: bytes, source: Random) -> bytes:
    return data + source.choice((b"", b"\n", b"trailing text", b"\0" * 40)) + data


_IN_THE_TEXT: Sequence[Callable[[Segments, Random], None]] = (
    _drop_segments,
    _repeat_segments,
    _swap_segments,
    _move_segments,
    _put_in_a_foreign_segment,
    _drop_element,
    _insert_element,
    _garble_element,
    _cut_segment_short,
    _garble_composite,
    _garble_amount,
    _change_amount,
    _turn_signs,
    _enlarge_all_amounts,
    _change_date,
    _change_code,
    _change_text,
    _put_in_noise,
    _damage_envelope,
    _drop_all_of_a_name,
    _open_a_gap,
    _add_another_transaction,
)
_IN_THE_BYTES: Sequence[Callable[[bytes, Random], bytes]] = (
    _change_separators,
    _cut_off,
    _lose_the_beginning,
    _lose_bytes,
    _put_in_bytes,
    _flip_bits,
    _change_encoding,
    _change_line_breaks,
    _append_itself,
)
