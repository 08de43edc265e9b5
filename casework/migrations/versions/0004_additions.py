"""What is said of a request after it was filed, and the ways of it into the systems

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = casework.tables.UtcDateTime(timezone=True)
ONE_OF_A_SYSTEM = ("service_request_id", "system")


def upgrade() -> None:
    op.create_table(
        "additions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("service_request_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reopens", sa.Boolean(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["service_request_id"], ["service_requests.id"], name=op.f("fk_additions_service_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_additions")),
        sa.UniqueConstraint("key", name=op.f("uq_additions_key")),
    )
    op.create_index(op.f("ix_additions_service_request_id"), "additions", ["service_request_id"])
    for name in ("attachments", "deliveries"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("addition_id", sa.Integer(), nullable=True))
            table.create_foreign_key(op.f(f"fk_{name}_addition_id"), "additions", ["addition_id"], ["id"])
    # That a request goes to a system once is what `key` keeps.
    with op.batch_alter_table("deliveries") as table:
        table.drop_constraint(op.f("uq_deliveries_service_request_id_system"), type_="unique")
        table.create_index(op.f("ix_deliveries_service_request_id_system"), list(ONE_OF_A_SYSTEM))


def downgrade() -> None:
    op.execute(sa.text("delete from deliveries where addition_id is not null"))
    with op.batch_alter_table("deliveries") as table:
        table.drop_index(op.f("ix_deliveries_service_request_id_system"))
        table.create_unique_constraint(op.f("uq_deliveries_service_request_id_system"), list(ONE_OF_A_SYSTEM))
    for name in ("attachments", "deliveries"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"fk_{name}_addition_id"), type_="foreignkey")
            table.drop_column("addition_id")
    op.drop_table("additions")
