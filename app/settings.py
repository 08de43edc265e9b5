"""All settings, from the environment or `.env` (the environment wins); each stands in `.env.example`.

SettingsError      one text for the person who starts Hamyar: every wrong setting by name, no values
"""

from __future__ import annotations

import ipaddress
import os
import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values, load_dotenv
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.paths import ROOT, VAR
from integrations.mail.route import MailRoute, mail_route

DEFAULT_SECRET = "only-for-this-machine"  # noqa: S105  refused on any bind other than loopback
_OUR_PREFIXES = ("HAMYAR_", "TELEGRAM_", "BALE_", "RASA_")

Mode = Literal["polling", "webhook"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class SettingsError(Exception):
    """Hamyar cannot start with these settings; the text says which and why, without their values."""


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address like https://host")
    return value.rstrip("/")


def _optional_url(value: str) -> str:
    return _url(value) if value else ""


def _urls(value: str) -> str:
    return " ".join(_url(one) for one in value.replace(",", " ").split())


def _proxy(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname):
        raise ValueError("must be an address like socks5://host:port or http://host:port")
    return value


def _networks(value: str) -> str:
    for one in value.replace(",", " ").split():
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            raise ValueError("must be addresses or networks like 10.0.0.0/8, with commas between") from None
    return value


def _listen(value: str) -> str:
    host, _, port = value.rpartition(":")
    if value and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("must be an address and a port like 10.0.0.5:2525")
    return value


def _database(value: str) -> str:
    if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    return value


def _time_zone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be the name of a time zone like Asia/Tehran") from None
    return value


Url = Annotated[str, AfterValidator(_url)]
OptionalUrl = Annotated[str, AfterValidator(_optional_url)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """One field for each name; `TELEGRAM_BOT_TOKEN` in the environment is `settings.telegram_bot_token`."""

    model_config = SettingsConfigDict(
        extra="ignore", hide_input_in_errors=True, frozen=True, env_ignore_empty=True
    )

    telegram_bot_token: SecretStr = SecretStr("")
    telegram_api_url: Url = "https://api.telegram.org"
    telegram_proxy_url: Proxy = ""
    telegram_mode: Mode = "polling"
    bale_bot_token: SecretStr = SecretStr("")
    bale_api_url: Url = "https://tapi.bale.ai"
    bale_proxy_url: Proxy = ""
    bale_mode: Mode = "polling"

    database_url: Annotated[str, AfterValidator(_database)] = f"sqlite+aiosqlite:///{VAR}/hamyar.db"
    redis_url: str = ""
    rasa_url: Annotated[str, AfterValidator(_urls)] = ""
    rasa_token: SecretStr = SecretStr("")

    hamyar_host: str = "127.0.0.1"
    hamyar_port: Port = 8080
    hamyar_console_port: Port = 8081
    hamyar_public_url: OptionalUrl = ""
    hamyar_trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    hamyar_systems: str = "simulator"
    hamyar_simulator_url: Url = "http://127.0.0.1:8090"
    hamyar_demo: bool = False
    hamyar_secret_key: SecretStr = SecretStr(DEFAULT_SECRET)
    hamyar_attachments: Path = VAR / "attachments"
    hamyar_speech_url: OptionalUrl = ""
    hamyar_speech_token: SecretStr = SecretStr("")
    hamyar_smtp_url: SecretStr = SecretStr("")
    hamyar_mail_from: str = ""
    hamyar_mail_listen: Annotated[str, AfterValidator(_listen)] = ""
    hamyar_grouping_seconds: Annotated[float, Field(ge=0, le=5)] = 1.5
    hamyar_log_level: LogLevel = "INFO"
    hamyar_log_format: Literal["console", "json"] = "console"
    tz: Annotated[str, AfterValidator(_time_zone)] = "Asia/Tehran"

    @property
    def rasa_urls(self) -> tuple[str, ...]:
        """The Rasa servers to share the work among; none means that the supervisor starts one."""
        return tuple(self.rasa_url.split())

    @property
    def public_url(self) -> str:
        """The address citizens reach, without a slash at the end."""
        host = f"[{self.hamyar_host}]" if ":" in self.hamyar_host else self.hamyar_host
        return self.hamyar_public_url or f"http://{host}:{self.hamyar_port}"

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        return tuple(self.hamyar_trusted_proxies.replace(",", " ").split())

    @property
    def simulated(self) -> bool:
        """True where the city is played by the simulator."""
        return self.hamyar_systems == "simulator"

    @property
    def systems_folder(self) -> Path | None:
        """The folder of system files; None where the simulator plays the city (the files that ship are used)."""
        return None if self.simulated else Path(self.hamyar_systems)

    @property
    def mail_route(self) -> MailRoute | None:
        """How letters to desks without a web service leave us; None where no mail server is set."""
        url = self.hamyar_smtp_url.get_secret_value()
        return (
            mail_route(url, self.hamyar_mail_from, self.hamyar_secret_key.get_secret_value()) if url else None
        )

    @property
    def mail_address(self) -> tuple[str, int] | None:
        """Host and port where replies are taken; None: nowhere."""
        host, _, port = self.hamyar_mail_listen.rpartition(":")
        return (host.strip("[]"), int(port)) if port else None

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @model_validator(mode="after")
    def _keep_the_default_secret_at_home(self) -> Settings:
        if not is_loopback(self.hamyar_host) and self.hamyar_secret_key.get_secret_value() == DEFAULT_SECRET:
            raise ValueError(
                "HAMYAR_SECRET_KEY has its default, which is refused where HAMYAR_HOST is not a loopback address: "
                "set a long random text (openssl rand -hex 32)"
            )
        return self

    @model_validator(mode="after")
    def _never_pretend_a_city_to_real_people(self) -> Settings:
        if not self.simulated or self.hamyar_demo:
            return self
        for name, token, url in (
            ("TELEGRAM", self.telegram_bot_token, self.telegram_api_url),
            ("BALE", self.bale_bot_token, self.bale_api_url),
        ):
            if token.get_secret_value() and not is_loopback(urlsplit(url).hostname or ""):
                raise ValueError(
                    f"{name}_BOT_TOKEN is set for a real messenger while HAMYAR_SYSTEMS=simulator would only "
                    "pretend to file requests: name a folder of system files, or set HAMYAR_DEMO=1 so that "
                    "every tracking message says that it is a trial"
                )
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Settings:
        if self.hamyar_mail_listen and not self.hamyar_smtp_url.get_secret_value():
            raise ValueError("HAMYAR_MAIL_LISTEN is of no use without HAMYAR_SMTP_URL")
        try:
            _ = self.mail_route
        except ValueError as error:
            raise ValueError(f"HAMYAR_SMTP_URL {error}") from None
        return self

    @model_validator(mode="after")
    def _systems_folder_is_there(self) -> Settings:
        if not self.simulated and not Path(self.hamyar_systems).is_dir():
            raise ValueError("HAMYAR_SYSTEMS is neither the word simulator nor a folder that exists")
        return self


def is_loopback(host: str) -> bool:
    """True for localhost, 127.0.0.0/8 and ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def setting_names() -> tuple[str, ...]:
    """The names as they stand in the environment."""
    return tuple(name.upper() for name in Settings.model_fields)


def load_settings(env_file: Path = ROOT / ".env") -> Settings:
    """Read `.env` and the environment. Raises SettingsError.

    What else stands in `.env` (addresses and credentials of municipal systems) reaches the environment too; a name
    with one of our prefixes that is no setting is a mistake in typing and refused.
    """
    _refuse_unknown(env_file)
    load_dotenv(env_file, override=False)
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_readable(error)) from None
    os.environ["TZ"] = settings.tz
    time.tzset()
    return settings


def _refuse_unknown(env_file: Path) -> None:
    known = set(setting_names())
    written = dotenv_values(env_file) if env_file.is_file() else {}
    strange = [name for name in written if name.startswith(_OUR_PREFIXES) and name not in known]
    if strange:
        raise SettingsError(
            f"{env_file.name} sets {', '.join(strange)}, which Hamyar does not know; see .env.example"
        )


def _readable(error: ValidationError) -> str:
    lines = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        reason = one["msg"].removeprefix("Value error, ")
        name = ".".join(str(part) for part in one["loc"]).upper()
        lines.append(f"{name}: {reason}" if name else reason)
    return "\n".join(lines)
