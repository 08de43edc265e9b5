"""`/metrics` for Prometheus: how much waits, in figures from the database; nothing personal."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from casework.store import Store
from casework.tables import (
    Attachment,
    DeadLetter,
    Delivery,
    OperatorTask,
    OutboxMessage,
    ServiceRequest,
    Turn,
)

_BY_STATE: dict[str, tuple[InstrumentedAttribute[str], str]] = {
    "hamyar_turns": (Turn.state, "Turns by state"),
    "hamyar_outbox_messages": (OutboxMessage.state, "Messages to citizens by state"),
    "hamyar_deliveries": (Delivery.state, "Deliveries to municipal systems by state"),
    "hamyar_service_requests": (ServiceRequest.status, "Service requests by status"),
    "hamyar_operator_tasks": (OperatorTask.state, "Tasks of operators by state"),
    "hamyar_attachments": (Attachment.state, "Attachments by state"),
    "hamyar_dead_letters": (DeadLetter.channel, "Updates that could not be read, by messenger"),
}


def metrics_route(store: Store) -> Route:
    async def metrics(_request: Request) -> Response:
        registry = CollectorRegistry()
        async with store.read() as session:
            for name, (column, title) in _BY_STATE.items():
                gauge = Gauge(name, title, ["state"], registry=registry)
                for state, count in await session.execute(select(column, func.count()).group_by(column)):
                    gauge.labels(state).set(count)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", metrics, name="metrics")
