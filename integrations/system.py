"""One municipal system as its file describes it, joined with what the environment says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from casework.routing import DISTRICTS
from integrations.drivers.timestamps import CITY_TIME
from integrations.mail.route import MailRoute
from persian.letters import folded

DriverName = Literal["open311", "rest_json", "soap", "email", "manual"]
State = Literal["draft", "shadow", "live", "paused"]
Additions = Literal["none", "update_id", "feed", "once"]
"""After a lost reply: again (it drops a second copy of an update_id), looked for in its feed first, to an operator."""

CITY_DISTRICTS: tuple[str, ...] = tuple(d for d in DISTRICTS if d not in ("unknown", "outside"))
THE_REST = "the_rest"
SIMULATED_POLL = 3.0
SIMULATED_OVERLAP = 10.0
SIMULATED_RATE = 500.0
SIMULATED_TOKENS = "oauth/token"
"""Below the address of a simulated system with OAuth2: where it gives tokens."""
MAIL_SETTINGS = ("HAMYAR_SMTP_URL", "HAMYAR_MAIL_FROM")

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Takes:
    """Services (or `the_rest`: all that no one else takes) in districts."""

    services: tuple[str, ...] | Literal["the_rest"]
    districts: tuple[str, ...]


@dataclass(frozen=True)
class Credentials:
    """How we show who we are. `secret` is left out of every text form. `client`: user name or client id."""

    kind: Literal["none", "api_key", "bearer", "header", "basic", "oauth2"] = "none"
    header: str | None = None
    secret: str | None = field(default=None, repr=False)
    client: str | None = None
    token_url: str | None = None
    scope: str | None = None


@dataclass(frozen=True)
class Idempotency:
    """How a second copy of a request is told from a new one: a header or attribute with our key, a look-up,
    or not."""

    kind: Literal["header", "attribute", "look_up", "none"] = "none"
    name: str | None = None


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, for each read, for the whole call; bytes of an answer."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 20.0
    answer_bytes: int = 2 * 1024 * 1024


@dataclass(frozen=True)
class Hours:
    """When people work there: an outage outside of these hours does not count against a delivery."""

    days: frozenset[int] = frozenset(range(7))
    opens: time = time(0, 0)
    closes: time = time(23, 59, 59)

    def open_at(self, moment: datetime) -> bool:
        """Whether the aware time lies in the hours, by the city's clock (official holidays are not known
        here)."""
        local = moment.astimezone(CITY_TIME)
        return local.weekday() in self.days and self.opens <= local.time() <= self.closes

    def open_time(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time between two aware times lies in the hours, to the quarter of an hour."""
        if self == Hours():
            return until - since
        step, total, here = timedelta(minutes=15), timedelta(), since
        # More than a month need not be counted: every limit is shorter.
        while here + step <= min(until, since + timedelta(days=31)):
            total += step if self.open_at(here) else timedelta()
            here += step
        return total


@dataclass(frozen=True)
class System:
    """A system. `file_driver` and `file_state` are what the file says; `driver` is what is used:
    `manual` where an address or a secret is missing (then `missing` names the environment variables)."""

    name: str
    agency: str
    file_driver: DriverName
    driver: DriverName
    state: State
    takes: tuple[Takes, ...]
    copies: tuple[Takes, ...] = ()
    """What it is told of although another system answers."""
    url: str | None = None
    missing: tuple[str, ...] = ()
    simulated: bool = False
    answers_for_staff: bool = False
    credentials: Credentials = Credentials()
    codes: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    idempotency: Idempotency = Idempotency()
    limits: Limits = Limits()
    per_second: float = 10.0
    at_once: int = 4
    poll_seconds: float = 60.0
    overlap_seconds: float = 300.0
    hours: Hours = Hours()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    """The file's `open311:`, `rest_json:` or `soap:` part."""
    webhook_secret: str | None = field(default=None, repr=False)
    """What its notices are signed with; None: it sends none, or the secret is not set."""
    mail: MailRoute | None = None
    """Which server takes letters to it (driver email)."""
    environment_names: tuple[str, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether an operator does the filing: no line to the system, or not live yet (draft, shadow)."""
        return self.driver == "manual" or self.state in ("draft", "shadow")

    @property
    def additions(self) -> Additions:
        """How it takes what a citizen says later; `none`: an operator passes it on."""
        takes = self.driver == "open311" and not self.by_hand
        return self.protocol.get("additions", "none") if takes else "none"

    @property
    def host(self) -> str | None:
        """The one host that may be called; None for an e-mail address."""
        return urlsplit(self.url).hostname if self.url else None

    @property
    def longest_turn(self) -> float:
        """Seconds that a delivery may need for its turn, a look-up and a submit, each at its limits."""
        tokens = 40.0 if self.credentials.kind == "oauth2" else 0.0
        return self.at_once / self.per_second + 2 * self.limits.total + tokens

    def their_code(self, service_code: str) -> str:
        """The system's code for our service code (the same where the file maps nothing)."""
        return self.codes.get(service_code, service_code)

    def our_status(self, raw_status: str) -> str | None:
        """Our lifecycle status for the system's word; None for a word the file does not know."""
        exact = self.statuses.get(raw_status)
        if exact is not None:
            return exact
        # People and programs write capitals, spaces and kinds of Persian letters as they like.
        said = _folded(raw_status)
        return next((ours for theirs, ours in self.statuses.items() if _folded(theirs) == said), None)


_folded = lru_cache(maxsize=4096)(folded)


def system_from(
    document: Mapping[str, Any],
    environment: Mapping[str, str],
    simulator_url: str | None = None,
    mail: MailRoute | None = None,
) -> System:
    """A checked document (see system_schema.yml) with its address and secrets from `environment`.

    With `simulator_url` every system that has a protocol is found below that address, whatever the
    environment says. `mail`: how letters leave us; without it a desk with e-mail is worked by hand.
    """
    credentials = document.get("credentials", {"kind": "none"})
    secret_env, url_env = credentials.get("secret_env"), document.get("address", {}).get("url_env")
    client_env, token_env = credentials.get("client_env"), credentials.get("token_url_env")
    names = tuple(name for name in (url_env, secret_env, client_env, token_env) if name)
    speaks = document["driver"] != "manual"
    url: str | None = None
    secret: str | None = None
    client: str | None = None
    token_url: str | None = None
    missing: tuple[str, ...] = ()
    writes = document["driver"] == "email"
    if writes and mail is None:
        missing = MAIL_SETTINGS
    elif writes and simulator_url:
        url = f"mailto:{document['name']}@simulator.invalid"
    elif speaks and simulator_url:
        url, secret = f"{simulator_url.rstrip('/')}/{document['name']}", "simulated"
        client = "hamyar" if client_env else None
        token_url = f"{url}/{SIMULATED_TOKENS}" if token_env else None
    elif speaks:
        missing = tuple(name for name in names if not environment.get(name, "").strip())
        if not missing:
            url = environment[url_env].strip().rstrip("/") if url_env else None
            if writes and url and not url.startswith("mailto:"):
                url = f"mailto:{url}"
            secret = environment[secret_env].strip() if secret_env else None
            client = environment[client_env].strip() if client_env else None
            token_url = environment[token_env].strip() if token_env else None
    webhook_env = document.get("webhook", {}).get("secret_env")
    if webhook_env:
        names = (*names, webhook_env)
    limits, rate, poll = document.get("limits", {}), document.get("rate", {}), document.get("poll", {})
    return System(
        name=document["name"],
        agency=document["agency"],
        file_driver=document["driver"],
        driver=document["driver"] if url else "manual",
        state=document["state"],
        takes=tuple(_takes(part) for part in document["takes"]),
        copies=tuple(_takes(part) for part in document.get("copies", ())),
        url=url,
        missing=missing,
        simulated=bool(speaks and simulator_url),
        answers_for_staff=document.get("answers_for_staff", False),
        credentials=Credentials(
            credentials["kind"],
            credentials.get("header"),
            secret,
            client,
            token_url,
            credentials.get("scope"),
        ),
        codes=document.get("codes", {}),
        attributes=document.get("attributes", {}),
        statuses=document.get("statuses", {}),
        idempotency=Idempotency(**document.get("idempotency", {})),
        limits=Limits(
            connect=limits.get("connect_seconds", Limits.connect),
            read=limits.get("read_seconds", Limits.read),
            total=limits.get("total_seconds", Limits.total),
            answer_bytes=limits.get("answer_bytes", Limits.answer_bytes),
        ),
        # The files' rates are kindness to machines of others; ours needs none.
        per_second=SIMULATED_RATE if simulator_url else rate.get("per_second", System.per_second),
        at_once=rate.get("at_once", System.at_once),
        # Nobody wants to wait two minutes for the simulated city.
        poll_seconds=SIMULATED_POLL if simulator_url else poll.get("every_seconds", System.poll_seconds),
        overlap_seconds=SIMULATED_OVERLAP
        if simulator_url
        else poll.get("overlap_seconds", System.overlap_seconds),
        hours=_hours(document.get("hours", "always")),
        protocol=document.get(document["driver"], {}),
        mail=mail if writes else None,
        environment_names=names,
        # Without it the system is polled all the same: its absence makes nothing manual.
        webhook_secret=(environment.get(webhook_env, "").strip() or None) if webhook_env else None,
    )


def _takes(part: Mapping[str, Any]) -> Takes:
    where: Any = part["districts"]
    districts = (
        {"city": CITY_DISTRICTS, "everywhere": DISTRICTS}.get(where) if isinstance(where, str) else None
    )
    services: Any = part["services"]
    return Takes(
        services=services if services == THE_REST else tuple(services),
        districts=tuple(where) if districts is None else districts,
    )


def _hours(text: Any) -> Hours:
    if text == "always":
        return Hours()
    return Hours(
        days=frozenset(_WEEKDAYS.index(day) for day in text["days"]),
        opens=time.fromisoformat(text["from"]),
        closes=time.fromisoformat(text["to"]),
    )
