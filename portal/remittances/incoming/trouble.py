"""What an error of the database means for the file at hand, told by its SQLSTATE."""

from enum import Enum, auto
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

_OF_CONNECTIONS: Final = (psycopg.OperationalError, psycopg.InterfaceError)
_AWAY: Final = ("08", "57P", "25006")  # the last: a standby, which takes in nothing
_PASSING: Final = ("40", "53", "55")  # somebody was faster, something is full, something is locked


class Trouble(Enum):
    """Who can do something about it."""

    AWAY = auto()  # the database does not answer: no file can be imported
    PASSING = auto()  # the same file may be imported a little later
    LASTING = auto()  # the same file fails again


def trouble_of(error: Exception) -> Trouble:
    """An OperationalError with a SQLSTATE is an answer: so the database is there."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return Trouble.LASTING
    if cause.sqlstate is None:
        return Trouble.AWAY if isinstance(cause, _OF_CONNECTIONS) else Trouble.LASTING
    if cause.sqlstate.startswith(_AWAY):
        return Trouble.AWAY
    return Trouble.PASSING if cause.sqlstate.startswith(_PASSING) else Trouble.LASTING
