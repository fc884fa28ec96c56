"""The journal, what payments were put to, and the outbox to the practice's system."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import GUARANTOR_TABLE, PRACTICE_TABLE, STAFF_TABLE, PracticeBase, belongs_to


class JournalEntryRow(PracticeBase):
    """One business event. Its last leg must exist when the commit comes."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        UniqueConstraint(
            "practice_id", "business_event", "source_key", name="journal_entries_source"
        ),
        UniqueConstraint(
            "practice_id", "entry_id", "posting_count", name="journal_entries_posting_count"
        ),
        CheckConstraint("posting_count >= 2", name="journal_entries_two_legs"),
        ForeignKeyConstraint(
            ["practice_id", "entry_id", "posting_count"],
            ["portal.postings.practice_id", "portal.postings.entry_id", "portal.postings.leg_no"],
            name="journal_entries_last_leg_fk",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        Index(
            "journal_entries_reverses",
            "practice_id",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        GUARANTOR_TABLE,
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID | None]
    business_event: Mapped[str]
    source_key: Mapped[str]
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    posting_count: Mapped[int] = mapped_column(SmallInteger)
    reverses_id: Mapped[UUID | None]


class PostingRow(PracticeBase):
    """One leg: debit positive, credit negative. ``claim_id`` and ``charge_id`` are its target."""

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("leg_no BETWEEN 1 AND posting_count", name="postings_leg_no"),
        CheckConstraint("amount_cents <> 0", name="postings_amount"),
        CheckConstraint("charge_id IS NULL OR claim_id IS NOT NULL", name="postings_target"),
        ForeignKeyConstraint(
            ["practice_id", "entry_id", "posting_count"],
            [
                "portal.journal_entries.practice_id",
                "portal.journal_entries.entry_id",
                "portal.journal_entries.posting_count",
            ],
            name="postings_entry_fk",
        ),
        Index("postings_claim", "practice_id", "claim_id"),
        Index(
            "postings_guarantor",
            "practice_id",
            "guarantor_id",
            postgresql_where=text(
                "account IN ('patient_receivable', 'unapplied_credit', 'patient_deposits')"
            ),
        ),
        GUARANTOR_TABLE,
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    leg_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    posting_count: Mapped[int] = mapped_column(SmallInteger)
    guarantor_id: Mapped[UUID | None]
    account: Mapped[str]
    amount_cents: Mapped[int]
    claim_id: Mapped[UUID | None]
    charge_id: Mapped[UUID | None]


class Allocation(PracticeBase):
    """Part of a payment put to a line, a claim, or nothing yet; a change is a further row."""

    __tablename__ = "allocations"
    __table_args__ = (
        belongs_to("journal_entries", "entry_id", child="allocations"),
        CheckConstraint("amount_cents <> 0", name="allocations_amount"),
        Index("allocations_payment", "practice_id", "payment_id"),
        Index("allocations_claim", "practice_id", "claim_id"),
        Index("allocations_guarantor", "practice_id", "guarantor_id"),
        GUARANTOR_TABLE,
    )

    allocation_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    claim_id: Mapped[UUID | None]  # None: stays unapplied
    charge_id: Mapped[UUID | None]
    amount_cents: Mapped[int]


class VisitDeposit(PracticeBase):
    """Money taken for a visit before its share is there: it pays that visit and nothing else.

    ``claim_number`` and ``service_on`` say which visit, as the practice named it; one may be empty.
    """

    __tablename__ = "visit_deposits"
    __table_args__ = (
        belongs_to("guarantors", "guarantor_id", child="visit_deposits"),
        CheckConstraint("left_cents >= 0", name="visit_deposits_left"),
        CheckConstraint(
            "claim_number <> '' OR service_on IS NOT NULL", name="visit_deposits_names_a_visit"
        ),
        Index(
            "visit_deposits_waiting",
            "practice_id",
            "guarantor_id",
            postgresql_where=text("left_cents > 0"),
        ),
        GUARANTOR_TABLE,
    )

    receipt_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    claim_number: Mapped[str]
    service_on: Mapped[date | None]
    taken_on: Mapped[date]
    left_cents: Mapped[int]


class Commitment(PracticeBase):
    """Not a posting: money on its way. It lowers what may be asked until it ends or settles."""

    __tablename__ = "commitments"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="commitments_amount"),
        Index(
            "commitments_standing",
            "practice_id",
            "guarantor_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        UniqueConstraint("practice_id", "subject_id", name="commitments_subject"),
        GUARANTOR_TABLE,
    )

    commitment_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    subject_id: Mapped[UUID]  # the payment
    plan_id: Mapped[UUID | None]  # the plan it was made for: no statement waits for it
    amount_cents: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PlanLine(PracticeBase):
    """A line that a payment plan covers; not a posting: a plan re-times debt, it never moves it.

    What was paid and what insurance changed since are sums of postings less those kept here. Money
    that banks were at work on when the plan began (`apart_cents`) is not the plan's.
    """

    __tablename__ = "plan_lines"
    __table_args__ = (
        belongs_to("plans", "plan_id", child="plan_lines"),
        belongs_to("claims", "claim_id", child="plan_lines"),
        CheckConstraint("covered_cents >= 0 AND apart_cents >= 0", name="plan_lines_amounts"),
        Index("plan_lines_plan", "practice_id", "plan_id"),
        Index(
            "plan_lines_one_plan",
            "practice_id",
            "guarantor_id",
            "claim_id",
            "charge_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "plan_lines_standing",
            "practice_id",
            "guarantor_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        GUARANTOR_TABLE,
    )

    plan_line_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    claim_id: Mapped[UUID]
    charge_id: Mapped[UUID | None]
    covered_cents: Mapped[int]
    apart_cents: Mapped[int]
    open_before_cents: Mapped[int]
    paid_before_cents: Mapped[int]
    ended_at: Mapped[datetime | None]


class PlanInstallment(PracticeBase):
    """One payment of a plan: by when, how much. Its number stays; a plan's version may move it."""

    __tablename__ = "plan_installments"
    __table_args__ = (
        belongs_to("plans", "plan_id", child="plan_installments"),
        CheckConstraint(
            "amount_cents >= 0 AND waived_cents BETWEEN 0 AND amount_cents",
            name="plan_installments_amount",
        ),
        UniqueConstraint("practice_id", "plan_id", "number", name="plan_installments_number"),
        Index(
            "plan_installments_due",
            "practice_id",
            "due_on",
            postgresql_where=text("state NOT IN ('paid', 'skipped', 'waived', 'superseded')"),
        ),
        Index(
            "plan_installments_failing",
            "practice_id",
            "plan_id",
            postgresql_where=text("state IN ('failed', 'retry_scheduled')"),
        ),
        Index(
            "plan_installments_moved",
            "practice_id",
            "plan_id",
            postgresql_where=text("moved_from IS NOT NULL"),
        ),
        GUARANTOR_TABLE,
    )

    installment_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)  # 0 is a down payment
    kind: Mapped[str]
    due_on: Mapped[date]
    amount_cents: Mapped[int]
    waived_cents: Mapped[int]
    moved_from: Mapped[date | None]
    reminded_of: Mapped[date | None]  # the due day that was told of beforehand
    state: Mapped[str]
    state_at: Mapped[datetime]


class AgencyPlacement(PracticeBase):
    """A file that went to a collection agency. It names nobody: its lines do."""

    __tablename__ = "agency_placements"
    __table_args__ = (PRACTICE_TABLE,)

    placement_id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_name: Mapped[str]
    placed_at: Mapped[datetime]
    placed_by: Mapped[UUID]


class PlacedLine(PracticeBase):
    """A line that was handed to an agency, and when it came back; the money is in the journal.

    Until then it is in agency_receivable: no statement and no page of payment asks for it.
    """

    __tablename__ = "placed_lines"
    __table_args__ = (
        belongs_to("agency_placements", "placement_id", child="placed_lines"),
        belongs_to("journal_entries", "entry_id", child="placed_lines"),
        belongs_to("claims", "claim_id", child="placed_lines"),
        CheckConstraint("amount_cents > 0", name="placed_lines_amount"),
        Index("placed_lines_placement", "practice_id", "placement_id"),
        Index("placed_lines_guarantor", "practice_id", "guarantor_id"),
        Index(
            "placed_lines_one_agency",
            "practice_id",
            "claim_id",
            "charge_id",
            unique=True,
            postgresql_where=text("recalled_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        GUARANTOR_TABLE,
    )

    placed_line_id: Mapped[UUID] = mapped_column(primary_key=True)
    placement_id: Mapped[UUID]
    guarantor_id: Mapped[UUID]
    claim_id: Mapped[UUID]
    charge_id: Mapped[UUID | None]
    amount_cents: Mapped[int]
    first_statement_on: Mapped[date]
    entry_id: Mapped[UUID]
    recalled_at: Mapped[datetime | None]
    recalled_by: Mapped[UUID | None]  # nobody: money arrived
    recall_reason: Mapped[str] = mapped_column(server_default="")


class LedgerPost(PracticeBase):
    """What the practice's system must learn: a payment or refund with its allocations."""

    __tablename__ = "ledger_posts"
    __table_args__ = (
        belongs_to("journal_entries", "entry_id", child="ledger_posts"),
        UniqueConstraint("practice_id", "entry_id", name="ledger_posts_entry"),
        Index("ledger_posts_state", "practice_id", "state"),
        Index("ledger_posts_subject", "practice_id", "subject_id"),
        Index("ledger_posts_batch", "practice_id", "batch_number"),
        GUARANTOR_TABLE,
    )

    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    guarantor_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    subject_id: Mapped[UUID]  # the payment or refund
    kind: Mapped[str]
    amount_cents: Mapped[int]
    effective_on: Mapped[date]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)  # what the connector writes, no names
    state: Mapped[str]
    state_at: Mapped[datetime]
    batch_number: Mapped[int | None]
    reject_reason: Mapped[str | None]


class LedgerPostEvent(PracticeBase):
    """Every move of a ledger post, append-only."""

    __tablename__ = "ledger_post_events"
    __table_args__ = (
        belongs_to("ledger_posts", "post_id", child="ledger_post_events"),
        Index("ledger_post_events_post", "practice_id", "post_id"),
        STAFF_TABLE,
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    post_id: Mapped[UUID]
    state: Mapped[str]
    occurred_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(server_default="")
