"""Alembic's entry: run the migrations as the owner, compare with every model there is."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, create_engine, pool, text

import portal.audit.models
import portal.auth.accounts.models
import portal.auth.models
import portal.cases.assistance.models
import portal.cases.models
import portal.collections.models
import portal.ledger.models
import portal.messages.models
import portal.payments.books.models
import portal.payments.counter.models
import portal.payments.credits.models
import portal.payments.disputes.models
import portal.payments.guests.models
import portal.payments.methods.models
import portal.payments.models
import portal.payments.refunds.models
import portal.payments.scheduled.models
import portal.payments.suspense.models
import portal.plans.models
import portal.practice.branding
import portal.practice.decisions
import portal.practice.final_notices
import portal.practice.models
import portal.practice.promises
import portal.practice.sent_claims
import portal.practice.viewing_models
import portal.remittances.deposits.models
import portal.remittances.fees.models
import portal.remittances.incoming.models
import portal.remittances.models
import portal.remittances.quarantine.models
import portal.statements.delivery.models
import portal.statements.models
import portal.statements.papers.models
import portal.statements.print_runs.models
import portal.sync.models
import portal.web.models  # noqa: F401 — imported so that their tables are known
from portal.db import SCHEMA, Base


def _only_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The job queue's tables live in public and are compared by their own library."""
    return kind != "schema" or name == SCHEMA


def _refuse_to_forget_the_desk(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],  # noqa: ARG001 — Alembic names all four
    run_args: Mapping[str, Any],  # noqa: ARG001 — as above
) -> None:
    """0013's way down drops the desk's tables; what is older cannot read a payment undone there.

    Raising undoes the steps before it, too. The owner sees no row while the policies hold for it.
    """
    if step.is_upgrade or step.up_revision_id != "0013" or ctx.connection is None:
        return
    ctx.connection.execute(text(f"ALTER TABLE {SCHEMA}.payments NO FORCE ROW LEVEL SECURITY"))
    undone = ctx.connection.scalar(
        text(f"SELECT count(*) FROM {SCHEMA}.payments WHERE state IN ('voided', 'returned')")
    )
    if undone:
        raise RuntimeError(
            f"Older code cannot read {undone} payments that were undone at the desk."
        )
    ctx.connection.execute(text(f"ALTER TABLE {SCHEMA}.payments FORCE ROW LEVEL SECURITY"))


def _run(connection: Connection) -> None:
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=_only_ours,
        compare_type=True,
        compare_server_default=True,
        on_version_apply=_refuse_to_forget_the_desk,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


url = context.config.get_main_option("sqlalchemy.url")
if not url:
    raise SystemExit("Migrations run through `portal db migrate`, which knows the database.")
with create_engine(url, poolclass=pool.NullPool).connect() as opened:
    _run(opened)
