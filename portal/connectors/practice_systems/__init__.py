"""What the portal needs of a practice's own system: to take batches of posts, and to answer.

Nothing about a person passes through here: the practice's own numbers, cents, and our post ids, by
which the far side recognises what it has already taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID


class PracticeSystemUnavailableError(RuntimeError):
    """It could not be reached, or not be written to: try again later, with the same parcel."""


class ParcelDiffersError(RuntimeError):
    """Something else went over under this name before: nothing is overwritten, ever."""


@dataclass(frozen=True, slots=True)
class PostedLine:
    """Part of a post: a service line, a claim as a whole, or (both empty) the account."""

    claim_number: str
    line_control_number: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Post:
    """One payment, or below zero one refund; the lines add up to it."""

    post_id: UUID
    kind: str
    account_number: str
    effective_on: date
    amount_cents: int
    receipt_number: str
    method: str
    lines: tuple[PostedLine, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Posts that go over together, in order. The same batch makes the same parcel, always."""

    practice_slug: str
    number: int
    created_at: datetime
    posts: tuple[Post, ...]

    @property
    def total_cents(self) -> int:
        """Refunds count below zero."""
        return sum(post.amount_cents for post in self.posts)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch in the words of the system it goes to."""

    practice_slug: str
    name: str
    content: bytes
    sha256_hex: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the far side says of one post; ``reason`` is its own words when it says no."""

    post_id: UUID
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Answers to posts of one batch: to all of them, or to some, and maybe not for the first time.

    ``problem`` says why a reply cannot be used; it then has no batch and no answers.
    ``written_at`` is when it was last written to, where more of it may still come; None where it is
    known to be whole.
    """

    name: str
    batch_number: int
    answers: tuple[Answer, ...]
    problem: str = ""
    written_at: datetime | None = None


class PracticeSystem(Protocol):
    """One way to reach a practice's system."""

    def prepare(self, batch: Batch) -> Parcel:
        """What will go over. Touches nothing, and makes the same bytes of the same batch."""
        ...

    def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel over, whole or not at all; once delivered, doing it again does nothing.

        Raises PracticeSystemUnavailableError and ParcelDiffersError.
        """
        ...

    def replies(self, practice_slug: str) -> Iterable[Reply]:
        """What has been answered and not put away; one bad reply says so and stops no other.

        Raises PracticeSystemUnavailableError.
        """
        ...

    def put_away(self, practice_slug: str, reply: Reply) -> None:
        """A reply has been dealt with. Raises PracticeSystemUnavailableError."""
        ...
