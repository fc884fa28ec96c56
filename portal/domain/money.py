"""Whole cents: parse, split, format. The only place where a decimal point meets an amount."""

import re
from collections.abc import Sequence

_X12_AMOUNT = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?", re.ASCII)
_CENT_DIGITS = 2
_CENTS_BY_PLACES = (100, 10, 1)  # what the last digit stands for after 0, 1 or 2 decimal places
_MOST_DIGITS = 18  # of an X12 decimal (data type R), leading and trailing zeros too
_PLAIN_DIGITS = 10  # as many as X12 gives an amount in an 835: 99,999,999.99
_MOST_CENTS = 10**12 - 1  # a hundred times that; a sum of millions of them still fits a bigint


class AmountError(ValueError):
    """A text that is not an exact amount of whole cents."""


def parse_amount(text: str) -> int:
    """Cents from an X12 decimal such as ``120``, ``-3.5`` or ``.75``; trailing zeros are allowed.

    Raises AmountError for anything else, also for a fraction of a cent, since nothing is rounded,
    and for ten billion dollars and more, which nobody pays and no sum could hold.
    """
    # Nearly every amount of a remittance, and there are a million in a large one, is plain digits.
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    places = len(fraction)
    if (
        places <= _CENT_DIGITS
        and len(digits) <= _PLAIN_DIGITS
        and digits.isdecimal()
        and digits.isascii()
    ):
        return int(digits) * _CENTS_BY_PLACES[places]
    return _parse_rare_amount(text)


def _parse_rare_amount(text: str) -> int:
    """A sign, more decimal places than two, or more digits than usual."""
    match = _X12_AMOUNT.fullmatch(text)
    if match is None:
        raise AmountError(text)
    sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
    digits = whole + fraction
    if not digits or len(digits) > _MOST_DIGITS or fraction[_CENT_DIGITS:].strip("0"):
        raise AmountError(text)
    cents = int(whole or "0") * 100 + int(fraction[:_CENT_DIGITS].ljust(_CENT_DIGITS, "0"))
    if cents > _MOST_CENTS:
        raise AmountError(text)
    return -cents if sign == "-" else cents


def format_usd(cents: int) -> str:
    """``$1,234.50``; a negative amount carries a real minus sign before the dollar sign."""
    dollars, rest = divmod(abs(cents), 100)
    sign = "\N{MINUS SIGN}" if cents < 0 else ""
    return f"{sign}${dollars:,}.{rest:02d}"


def format_plain(cents: int) -> str:
    """``-1234.50``: for files and the ``value`` of a ``data`` element, never for people."""
    dollars, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{dollars}.{rest:02d}"


def split_by_weight(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Divide ``total_cents`` over ``weights`` so that the parts add up to the cent.

    Largest remainder first; a tie goes to the earlier part. Weights are not negative and not all
    zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(weights)
    parts = [total_cents * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: -(total_cents * weights[index] % whole)
    )
    for index in by_remainder[: total_cents - sum(parts)]:
        parts[index] += 1
    return parts
