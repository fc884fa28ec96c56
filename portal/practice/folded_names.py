"""Names folded by the database as ``domain.names.fold`` does, so that people are found by them.

Only what one practice has is looked through: names have no index of their own.
"""

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_

from portal.domain.names import fold, plain

# lower() knows only the letters of the database's locale: so both cases are turned to plain ones.
_ACCENTED = "ÁÀÂÄÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜÝáàâäãåçéèêëíìîïñóòôöõúùûüýÿŁØĐłøđ"
_PLAIN = "aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyylodlod"


def folded(name: SQLColumnExpression[str]) -> Any:
    """Lower case, without accents, every word after one blank, the first too."""
    plain_letters = func.lower(func.translate(name, _ACCENTED, _PLAIN))
    return " " + func.regexp_replace(plain_letters, "[^[:alnum:]]+", " ", "g")


def has_last_name(column: SQLColumnExpression[str], last_name: str) -> ColumnElement[bool]:
    """The name, however it is written, alone or as a part of a double one."""
    spaced = folded(column) + " "
    return or_(
        spaced.contains(f" {fold(last_name)} ", autoescape=True),
        func.replace(spaced, " ", "") == plain(last_name),
    )
