"""Delivery by webhook: in order, again and again until the bot says 2xx."""

from __future__ import annotations

import asyncio

import httpx

from tests.botapi.state import State

_WAIT = 0.1


async def deliver(state: State, awake: asyncio.Event, with_secret: bool) -> None:
    """Post waiting updates while a webhook is set; Bale knows no secret header."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        while True:
            with state.lock:
                again = state.again[:1]
                waiting = again or state.updates[:1]
            if not state.webhook_url or not waiting:
                awake.clear()
                try:
                    await asyncio.wait_for(awake.wait(), 0.5)
                except TimeoutError:
                    pass
                continue
            headers = {"X-Telegram-Bot-Api-Secret-Token": state.webhook_secret} if with_secret else {}
            try:
                answer = await client.post(state.webhook_url, json=waiting[0], headers=headers)
                is_taken = answer.is_success
            except httpx.HTTPError:
                is_taken = False
            if not is_taken:
                await asyncio.sleep(_WAIT)
                continue
            with state.lock:
                (state.again if again else state.updates).remove(waiting[0])
