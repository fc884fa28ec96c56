"""The size of the print that a request for a paper asks for; it tells nothing of anyone."""

from typing import Final

from flask import request

_LARGE: Final = "large"


def wants_large_print() -> bool:
    """``?size=large``: in 18 points."""
    return request.args.get("size") == _LARGE
