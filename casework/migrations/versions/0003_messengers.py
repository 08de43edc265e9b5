"""What the messengers brought: places of pictures, words of voices, the state of each bot, blocks, codes to follow

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import casework.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = casework.tables.UtcDateTime(timezone=True)
OF_A_FILE = ("latitude", "longitude", "transcript")


def upgrade() -> None:
    with op.batch_alter_table("attachments") as table:
        table.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        table.add_column(sa.Column("longitude", sa.Double(), nullable=True))
        table.add_column(sa.Column("transcript", sa.Text(), nullable=True))
    op.create_table(
        "messenger_states",
        sa.Column("channel", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("last_contact", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_messenger_states")),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=255), nullable=False),
        sa.Column("sender_id", sa.String(length=255), nullable=True),
        sa.Column("network", sa.String(length=255), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
    )
    op.create_index(op.f("ix_blocks_channel_sender_id"), "blocks", ["channel", "sender_id"])
    op.create_table(
        "follow_codes",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_follow_codes_conversation_id_conversations"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_follow_codes")),
    )
    op.create_index(op.f("ix_follow_codes_conversation_id"), "follow_codes", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("follow_codes")
    op.drop_table("blocks")
    op.drop_table("messenger_states")
    with op.batch_alter_table("attachments") as table:
        for name in OF_A_FILE:
            table.drop_column(name)
