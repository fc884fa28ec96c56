"""Who said no to help with paying for later bills; and to which address a message went.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA
from portal.schema import APP

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_STOPPED = ("stopped_by", "stopped_at", "stopped_words")


def upgrade() -> None:
    """Nobody has said so before; of messages that went before it is not known where to."""
    op.add_column("messages", sa.Column("address_hash", sa.LargeBinary()), schema=SCHEMA)
    for column in (
        sa.Column("stopped_by", sa.Uuid()),
        sa.Column("stopped_at", sa.DateTime(timezone=True)),
        sa.Column("stopped_words", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("assistance_applications", column, schema=SCHEMA)
    op.execute(f"GRANT UPDATE ({', '.join(_STOPPED)}) ON {SCHEMA}.assistance_applications TO {APP}")


def downgrade() -> None:
    """Refused while some help is stopped: as granted it would be given to later bills again."""
    table = f"{SCHEMA}.assistance_applications"
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    found = op.get_bind().scalar(sa.text(f"SELECT count(*) FROM {table} WHERE state = 'stopped'"))
    if found:
        raise RuntimeError(f"Older code cannot read {found} applications that were stopped.")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.drop_column("messages", "address_hash", schema=SCHEMA)
    for name in reversed(_STOPPED):
        op.drop_column("assistance_applications", name, schema=SCHEMA)
