"""What keeps an import fast and small, without a clock: few statements, and not more for more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from portal.remittances.posting.importing import batches
from portal.remittances.x12.x835 import read
from portal.schema import LOADER
from tests.remittances.desk import ImportDesk, SentClaim


@contextmanager
def statements_of_imports() -> Iterator[list[str]]:
    """What is sent to the database as the loader, COPY apart."""
    seen: list[str] = []

    def note(connection: object, _cursor: object, statement: str, *_: object) -> None:
        url = getattr(connection, "engine").url  # noqa: B009 — SQLAlchemy's own, untyped here
        if url.username == LOADER:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def file_of(desk: ImportDesk, count: int, *, prefix: str) -> Path:
    return desk.write(
        *(
            SentClaim(number=f"{prefix}{number}", member=f"{prefix}{number}")
            for number in range(count)
        )
    )


def test_more_claims_in_a_batch_need_no_more_statements(desk: ImportDesk) -> None:
    few, many = file_of(desk, 3, prefix="F"), file_of(desk, 300, prefix="M")
    with statements_of_imports() as for_few:
        desk.bring(few)
    with statements_of_imports() as for_many:
        desk.bring(many)
    assert for_few
    assert len(for_many) == len(for_few)


def test_claims_with_a_history_need_no_more_statements_than_few_of_them(desk: ImportDesk) -> None:
    files = [file_of(desk, count, prefix=prefix) for prefix, count in (("F", 3), ("M", 300))]
    for path in files:
        desk.bring(path)
    again = [file_of(desk, count, prefix=prefix) for prefix, count in (("F", 3), ("M", 300))]
    counts = []
    for path in again:
        with statements_of_imports() as seen:
            assert desk.bring(path).duplicates in (3, 300)
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0


def test_a_file_is_taken_in_batches_as_it_is_read(desk: ImportDesk) -> None:
    with file_of(desk, 250, prefix="B").open("rb") as stream:
        sizes = [len(batch) for batch in batches(read(stream), claims=100)]
    assert sizes == [101, 100, 51]  # with the header, with the trailer
