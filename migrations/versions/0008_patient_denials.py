"""Whether what a plan refuses and leaves to the patient is looked at before it is billed.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from portal.db import SCHEMA

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "practices",
        sa.Column("patient_denials", sa.Text(), nullable=False, server_default="bill"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_column("practices", "patient_denials", schema=SCHEMA)
