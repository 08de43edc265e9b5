from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.paths import ROOT
from app.settings import Settings, SettingsError, load_settings, setting_names

FIXED_NAMES = """
TELEGRAM_BOT_TOKEN TELEGRAM_API_URL TELEGRAM_PROXY_URL TELEGRAM_MODE BALE_BOT_TOKEN BALE_API_URL BALE_PROXY_URL
BALE_MODE DATABASE_URL REDIS_URL RASA_URL HAMYAR_HOST HAMYAR_PORT HAMYAR_CONSOLE_PORT HAMYAR_PUBLIC_URL
HAMYAR_TRUSTED_PROXIES HAMYAR_SYSTEMS HAMYAR_DEMO HAMYAR_SECRET_KEY HAMYAR_ATTACHMENTS HAMYAR_GROUPING_SECONDS TZ
""".split()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings(Path("/nonexistent/.env"))


def test_every_name_that_the_contract_fixes_is_a_setting() -> None:
    assert set(FIXED_NAMES) <= set(setting_names())


def test_every_setting_stands_in_the_example_file_and_nothing_else_does() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == sorted(setting_names())


def test_every_setting_is_named_in_the_documentation() -> None:
    documents = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in documents if page.exists())
    missing = [name for name in setting_names() if not re.search(rf"\b{name}\b", text)]
    assert not missing, f"describe them in docs/settings.md: {missing}"


def test_the_example_file_as_it_is_gives_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / ".env"
    copy.write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    for name in setting_names():  # so that what load_dotenv sets is taken back after the test
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    assert load_settings(copy) == Settings()


def test_it_runs_without_any_setting_on_loopback_with_sqlite_and_the_simulated_city(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load(monkeypatch)
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.is_sqlite and settings.simulated and settings.rasa_urls == ()


def test_several_rasa_servers_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, RASA_URL="http://10.0.0.1:5005, http://10.0.0.2:5005/")
    assert settings.rasa_urls == ("http://10.0.0.1:5005", "http://10.0.0.2:5005")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_the_default_secret_is_refused_where_others_can_reach_it(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with pytest.raises(SettingsError, match="HAMYAR_SECRET_KEY"):
        load(monkeypatch, HAMYAR_HOST=host)
    assert load(monkeypatch, HAMYAR_HOST=host, HAMYAR_SECRET_KEY="f" * 64).hamyar_host == host


@pytest.mark.parametrize("messenger", ["TELEGRAM", "BALE"])
def test_a_real_bot_never_runs_on_the_simulated_city_unless_it_says_that_it_is_a_trial(
    monkeypatch: pytest.MonkeyPatch, messenger: str
) -> None:
    token = {f"{messenger}_BOT_TOKEN": "123456:secret"}
    with pytest.raises(SettingsError, match=f"{messenger}_BOT_TOKEN.*HAMYAR_DEMO") as refused:
        load(monkeypatch, **token)
    assert "secret" not in str(refused.value)
    assert load(monkeypatch, **token, HAMYAR_DEMO="1").hamyar_demo


def test_a_bot_server_on_this_machine_may_use_the_simulated_city(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, TELEGRAM_BOT_TOKEN="1:t", TELEGRAM_API_URL="http://127.0.0.1:9000")


def test_each_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(monkeypatch, HAMYAR_PORT="eighty", DATABASE_URL="mysql://root:pw@db/x", TELEGRAM_MODE="push")
    for name in ("HAMYAR_PORT", "DATABASE_URL", "TELEGRAM_MODE"):
        assert name in str(wrong.value)
    assert "root:pw" not in str(wrong.value)


@pytest.mark.parametrize("address", ["proxy.city.example:3128", "socks5://", "ftp://proxy.city.example"])
def test_a_proxy_that_nobody_could_ask_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_PROXY_URL"):
        load(monkeypatch, TELEGRAM_PROXY_URL=address)


def test_a_misspelt_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TELEGRAM_BOT_TOKN=1:x\nMASHHAD_137_URL=https://example.org\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKN"):
        load_settings(file)


def test_mail_is_set_up_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        HAMYAR_SMTP_URL="smtp://u:p@mail.city.example",
        HAMYAR_MAIL_FROM="hamyar@city.example",
        HAMYAR_MAIL_LISTEN="[::1]:2525",
    )
    assert settings.mail_route is not None and settings.mail_route.port == 25
    assert settings.mail_address == ("::1", 2525)
    assert "u:p" not in repr(settings)


@pytest.mark.parametrize(
    "values",
    [
        {"HAMYAR_SMTP_URL": "http://mail"},
        {"HAMYAR_SMTP_URL": "smtp://mail"},
        {"HAMYAR_SMTP_URL": "smtp://mail", "HAMYAR_MAIL_FROM": "nobody"},
        {"HAMYAR_MAIL_LISTEN": "127.0.0.1:2525"},
        {"HAMYAR_SMTP_URL": "smtp://m", "HAMYAR_MAIL_FROM": "a@b", "HAMYAR_MAIL_LISTEN": "2525"},
    ],
)
def test_half_of_the_mail_settings_is_refused(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match=r"HAMYAR_(SMTP_URL|MAIL)"):
        load(monkeypatch, **values)
