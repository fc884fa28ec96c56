"""The code of a statement: nine characters of chance and one that finds slips of the pen.

Crockford's Base32: no I, L, O or U, and whoever types one of the first three is understood. The
check character makes the whole a multiple of x over GF(32), so that a wrong character and two
neighbours that changed places are always found; Crockford's own needs signs that nobody can read
out.
"""

from typing import Final

RANDOM_BITS: Final = 45
LENGTH: Final = 10

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_BLANKS: Final = str.maketrans("", "", " -\N{NO-BREAK SPACE}")
_BITS: Final = 5
_REDUCED_BY: Final = 0b100101  # x^5 + x^2 + 1
_HALF: Final = LENGTH // 2


def statement_code(number: int) -> str:
    """The code of a random number of RANDOM_BITS bits. Raises ValueError for a larger one."""
    if not 0 <= number < 1 << RANDOM_BITS:
        raise ValueError(number)
    shifts = range(RANDOM_BITS - _BITS, -1, -_BITS)
    values = [number >> shift & (1 << _BITS) - 1 for shift in shifts]
    return "".join(_ALPHABET[value] for value in [*values, _times_x(_remainder(values))])


def read_code(typed: str) -> str | None:
    """The code that somebody typed in whatever case and groups; None when it cannot be one."""
    code = typed.translate(_BLANKS).upper().translate(_READ_AS)
    if len(code) != LENGTH or any(sign not in _ALPHABET for sign in code):
        return None
    return None if _remainder([_ALPHABET.index(sign) for sign in code]) else code


def shown_code(code: str) -> str:
    """In two groups, as people read it out: ``7Q4HN-X2M9T``."""
    return f"{code[:_HALF]}-{code[_HALF:]}"


def _remainder(values: list[int]) -> int:
    total = 0
    for value in values:
        total = _times_x(total) ^ value
    return total


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled ^ _REDUCED_BY if doubled >> _BITS else doubled
