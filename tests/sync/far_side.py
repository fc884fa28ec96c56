"""The practice's side of the folders: reads batches as strictly as it should, and answers."""

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from portal.connectors.practice_systems.files import FilePracticeSystem

SLUG = "riverbend"
LONG_AGO = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """What one file says, once its trailer has been believed."""

    number: int
    created: str
    posts: tuple[tuple[str, ...], ...]
    allocations: tuple[tuple[str, ...], ...]

    @property
    def post_ids(self) -> list[UUID]:
        return [UUID(post[0]) for post in self.posts]


class FarSide:
    """Whoever sits at the other end of the folder."""

    def __init__(self, home: Path) -> None:
        self.outbox = home / "outbox"
        self.replies = home / "replies"
        self.system = FilePracticeSystem(outbox=self.outbox, replies=self.replies)

    def files(self) -> list[str]:
        """Complete ones: what has no name of its own yet begins with a dot."""
        return sorted(path.name for path in (self.outbox / SLUG).glob("[!.]*"))

    def read(self, name: str) -> ReadBatch:
        content = (self.outbox / SLUG / name).read_bytes()
        rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
        (kind, version, slug, number, created), *between, trailer = rows
        assert (kind, version, slug) == ("portal-posts", "1", SLUG)
        posts = [tuple(row[1:]) for row in between if row[0] == "post"]
        allocations = [tuple(row[1:]) for row in between if row[0] == "allocation"]
        above = content[: content.rindex(b"trailer,")]
        assert trailer == [
            "trailer",
            str(len(posts)),
            str(sum(int(post[4]) for post in posts)),
            hashlib.sha256(above).hexdigest(),
        ]
        for post in posts:
            told = sum(int(part[3]) for part in allocations if part[0] == post[0])
            assert told == int(post[4])
        return ReadBatch(int(number), created, tuple(posts), tuple(allocations))

    def answer(
        self,
        number: int,
        *,
        accepted: Sequence[UUID] = (),
        rejected: Sequence[tuple[UUID, str]] = (),
        name: str = "reply.csv",
        written_at: datetime = LONG_AGO,
    ) -> None:
        rows = [
            ["portal-replies", "1", SLUG, str(number)],
            *(["accepted", str(post_id)] for post_id in accepted),
            *(["rejected", str(post_id), reason] for post_id, reason in rejected),
        ]
        content = "\n".join(",".join(row) for row in rows).encode()
        self.put(name, content, written_at=written_at)

    def put(self, name: str, content: bytes, *, written_at: datetime = LONG_AGO) -> None:
        folder = self.replies / SLUG
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        os.utime(folder / name, (written_at.timestamp(),) * 2)

    def put_away(self, where: str) -> list[str]:
        return sorted(path.name for path in (self.replies / SLUG / where).glob("*"))
