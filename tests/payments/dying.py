"""A database whose process dies at a chosen moment: what it was about to commit is lost."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from portal.db import Database, Principal


class DiedError(BaseException):
    """Like a kill: nothing may catch it on the way out."""


class DyingDatabase(Database):
    """Works as the given one until the ``dies_in``-th transaction, which never commits."""

    def __init__(
        self, living: Database, *, dies_in: int, error: type[BaseException] = DiedError
    ) -> None:
        self.engine = living.engine
        self._left = dies_in
        self._error = error

    @contextmanager
    def transaction(self, principal: Principal) -> Iterator[Session]:
        self._left -= 1
        with super().transaction(principal) as session:
            yield session
            if self._left == 0:
                session.flush()
                raise self._error
