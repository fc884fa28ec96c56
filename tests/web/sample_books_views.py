"""Pages of the practice's books as values: what left for them, what came from them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tests.web.sample_patient_views import GUARANTOR_ID, PAID_AT, an_id


@dataclass(frozen=True, slots=True)
class BatchRow:
    batch_number: int
    file_name: str
    written_at: datetime
    post_count: int
    total_cents: int
    state: str  # sent, acknowledged, confirmed, rejected
    replied_at: datetime | None
    rejected: int


@dataclass(frozen=True, slots=True)
class PostRow:
    post_id: UUID
    guarantor_id: UUID
    guarantor_name: str
    kind: str  # a business event of the ledger
    amount_cents: int
    state: str  # queued, sent, acknowledged, confirmed, rejected
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class FeedState:
    is_stale: bool = False
    newest_at: datetime | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class RefusedRow:
    row_id: UUID
    practice_row_id: str
    kind: str
    account_number: str
    amount_cents: int
    reason: str
    file_name: str
    line_number: int


@dataclass(frozen=True, slots=True)
class DepositRow:
    guarantor_id: UUID
    guarantor_name: str
    claim_number: str
    service_on: date | None
    taken_on: date
    left_cents: int


OUTCOMES = ("posted", "read_back", "seen", "refused")


@dataclass(frozen=True, slots=True)
class FeedFileRow:
    file_name: str
    created_at: datetime
    imported_at: datetime
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    cents: int = 0
    is_finished: bool = True


@dataclass(frozen=True, slots=True)
class FeedPage:
    state: FeedState = field(default_factory=FeedState)
    refused: tuple[RefusedRow, ...] = ()
    deposits_cents: int = 0
    deposits: tuple[DepositRow, ...] = ()
    files: tuple[FeedFileRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncPage:
    feed: FeedState = field(default_factory=FeedState)
    counts: dict[str, int] = field(default_factory=dict)
    posts: tuple[PostRow, ...] = ()
    batches: tuple[BatchRow, ...] = ()


FEED = FeedPage(
    state=FeedState(is_stale=True, newest_at=PAID_AT, refused=2),
    refused=(
        RefusedRow(
            an_id(61),
            "R-20260309-000017",
            "receipt",
            "J-1042",
            3000,
            "There is no account J-1042 here. Load it with portal practice load, then import the "
            "feed again.",
            "feed-2026-03-09.csv",
            17,
        ),
        RefusedRow(an_id(62), "", "", "", 0, "It has 2 cells, not 12.", "feed-2026-03-09.csv", 18),
    ),
    deposits_cents=5500,
    deposits=(
        DepositRow(GUARANTOR_ID, "Ana Reyes", "C-1001", date(2026, 1, 14), date(2026, 1, 14), 3000),
        DepositRow(an_id(31), "Jordan Featherstonehaugh", "", None, date(2026, 2, 2), 2500),
    ),
    files=(
        FeedFileRow("feed-2026-03-10.csv", PAID_AT, PAID_AT, is_finished=False),
        FeedFileRow(
            "feed-2026-03-09.csv",
            PAID_AT,
            PAID_AT,
            {"posted": 41, "read_back": 3, "seen": 120, "refused": 2},
            512345,
        ),
    ),
)


FEED_EMPTY = FeedPage()


SYNC = SyncPage(
    feed=FeedState(is_stale=True, newest_at=PAID_AT, refused=2),
    counts={"queued": 1, "sent": 3, "acknowledged": 0, "confirmed": 41, "rejected": 1},
    posts=(
        PostRow(
            an_id(51), GUARANTOR_ID, "Ana Reyes", "payment_settled", 7770, "queued", PAID_AT, ""
        ),
        PostRow(
            an_id(52),
            an_id(31),
            "Jordan Featherstonehaugh",
            "payment_settled",
            2500,
            "rejected",
            PAID_AT,
            "Account A-20999 is closed.",
        ),
    ),
    batches=(
        BatchRow(17, "posts-000017.csv", PAID_AT, 3, 21000, "sent", None, 0),
        BatchRow(16, "posts-000016.csv", PAID_AT, 42, 512345, "rejected", PAID_AT, 1),
    ),
)


SYNC_EMPTY = SyncPage()
