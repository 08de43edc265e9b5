"""Learning on: what a citizen confirmed, chose or corrected, kept as a labelled example without personal data."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.privacy import without_personal_data
from casework.tables import LearningExample


async def learn(
    session: AsyncSession, dedupe_key: str, text: str, service_code: str, predicted: str | None, how: str
) -> None:
    """Keep one example; the same one once."""
    words = without_personal_data(text)
    known = select(LearningExample.id).where(LearningExample.dedupe_key == dedupe_key)
    if words and await session.scalar(known) is None:
        session.add(
            LearningExample(
                dedupe_key=dedupe_key, text=words, service_code=service_code, predicted=predicted, how=how
            )
        )
