"""Deposits whose visit did not take place, and where a payout's entry had each movement.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP, BACKUP, LOADER, distribute

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "deposit_decisions"
NEW_EVENTS = ("deposit_released", "movement_placed")
READ = ("gateway_movements", "journal_entries", "payments", "payouts")


def upgrade() -> None:
    _make_table()
    distribute(op.get_bind(), TABLE)
    _make_foreign_keys()
    _protect()
    op.execute(f"GRANT UPDATE (service_on) ON {SCHEMA}.visit_deposits TO {APP}")
    op.add_column(
        "gateway_movements", sa.Column("account", sa.Text(), nullable=True), schema=SCHEMA
    )
    op.execute(f"GRANT UPDATE (account) ON {SCHEMA}.gateway_movements TO {APP}")
    op.add_column(
        "gateway_balances",
        sa.Column("unexplained_cents", sa.BigInteger(), nullable=True),
        schema=SCHEMA,
    )
    _say_where_movements_were_booked()


def downgrade() -> None:
    """Refused while the journal has an event that what is older cannot read."""
    _force_row_level_security(on=False)
    events = ", ".join(f"'{event}'" for event in NEW_EVENTS)
    found = op.get_bind().scalar(
        sa.text(f"SELECT count(*) FROM {SCHEMA}.journal_entries WHERE business_event IN ({events})")
    )
    if found:
        message = f"{found} journal entries are of events that older versions do not know."
        raise RuntimeError(message)
    _force_row_level_security(on=True)
    op.execute(f"REVOKE UPDATE (service_on) ON {SCHEMA}.visit_deposits FROM {APP}")
    op.drop_column("gateway_balances", "unexplained_cents", schema=SCHEMA)
    op.drop_column("gateway_movements", "account", schema=SCHEMA)
    op.drop_table(TABLE, schema=SCHEMA)


def _say_where_movements_were_booked() -> None:
    """Of payouts in the books: a movement of a payment known by then was cleared, others waited.

    The owner sees no row as long as the policies hold for it too.
    """
    _force_row_level_security(on=False)
    op.execute(f"""
        UPDATE {SCHEMA}.gateway_movements AS movement
        SET account = CASE
            WHEN movement.kind = 'other' THEN 'payment_suspense'
            WHEN movement.kind = 'fee' THEN 'processor_fees'
            WHEN movement.kind = 'payout' THEN 'bank'
            WHEN movement.kind = 'payout_returned' THEN 'card_clearing'
            ELSE COALESCE(
                (SELECT CASE payment.method_kind
                        WHEN 'us_bank_account' THEN 'bank_clearing' ELSE 'card_clearing' END
                 FROM {SCHEMA}.payments AS payment
                 WHERE payment.practice_id = movement.practice_id
                   AND payment.payment_intent_id = movement.payment_intent_id
                   AND payment.created_at <= booked.recorded_at),
                (SELECT leg.account
                 FROM {SCHEMA}.journal_entries AS entry
                 JOIN {SCHEMA}.postings AS leg
                   ON leg.practice_id = entry.practice_id AND leg.entry_id = entry.entry_id
                 WHERE entry.practice_id = movement.practice_id
                   AND entry.business_event = 'payment_suspended'
                   AND entry.source_key = movement.payment_intent_id
                   AND leg.account IN ('card_clearing', 'bank_clearing')
                   AND entry.recorded_at <= booked.recorded_at),
                'payment_suspense')
            END
        FROM {SCHEMA}.payouts AS payout
        JOIN {SCHEMA}.journal_entries AS booked
          ON booked.practice_id = payout.practice_id
         AND booked.entry_id = payout.settled_entry_id
        WHERE payout.practice_id = movement.practice_id
          AND payout.payout_id = movement.payout_id
    """)
    _force_row_level_security(on=True)


def _force_row_level_security(*, on: bool) -> None:
    for table in (*READ, "postings"):
        op.execute(f"ALTER TABLE {SCHEMA}.{table} {'' if on else 'NO '}FORCE ROW LEVEL SECURITY")


def _make_table() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("guarantor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(service_on IS NULL) = (entry_id IS NOT NULL)", name="deposit_decisions_either"
        ),
        sa.PrimaryKeyConstraint("practice_id", "decision_id", name="deposit_decisions_pk"),
        schema=SCHEMA,
    )
    op.create_index(
        "deposit_decisions_payment", TABLE, ["practice_id", "payment_id"], schema=SCHEMA
    )


def _make_foreign_keys() -> None:
    for column, parent in (("payment_id", "payments"), ("entry_id", "journal_entries")):
        op.create_foreign_key(
            f"{TABLE}_{column}_fk",
            TABLE,
            parent,
            ["practice_id", column],
            ["practice_id", column],
            source_schema=SCHEMA,
            referent_schema=SCHEMA,
        )


def _protect() -> None:
    """For staff and jobs; written once, never changed."""
    op.execute("SET LOCAL citus.enable_unsafe_triggers = on")
    op.execute("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")
    op.execute(f"""
        CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.{TABLE}
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.refuse_change()
    """)
    op.execute(f"""
        CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {SCHEMA}.{TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()
    """)
    staff = f"practice_id = {SCHEMA}.current_practice() AND {SCHEMA}.sees_everybody()"
    op.execute(f"ALTER TABLE {SCHEMA}.{TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{TABLE} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {TABLE}_all ON {SCHEMA}.{TABLE} FOR ALL USING ({staff}) "
        f"WITH CHECK ({staff})"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.{TABLE} TO {APP}, {LOADER}, {BACKUP}")
    op.execute(f"GRANT INSERT ON {SCHEMA}.{TABLE} TO {APP}")
