"""Settings: everything wrong is named at once, and nothing secret is shown."""

import dataclasses
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.times import Times
from runtime import demo_folder
from runtime.errors import SettingsError
from runtime.settings import Settings
from runtime.settings_reader import Reader

SECRET = "s3cr3t-" * 8


def installation(folder: Path, **changes: str) -> dict[str, str]:
    """A complete set of variables, with changes."""
    return {
        "PREGON_DATA_DIR": str(folder),
        "PREGON_PUBLIC_URL": "https://pregon.example/",
        "PREGON_SECRET_KEY": SECRET,
        "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
        "TWILIO_AUTH_TOKEN": "t0ken" * 7,
        **changes,
    }


def test_a_complete_installation_reads_back_what_it_was_told(tmp_path: Path) -> None:
    settings = Settings.from_env(
        installation(
            tmp_path, PREGON_DATABASE_URL="postgres://ana:pw@db/pregon", PREGON_TIME_SPEED="20"
        )
    )

    assert settings.public_url == "https://pregon.example"
    assert settings.database_url == "postgresql+psycopg://ana:pw@db/pregon"
    assert settings.redis_url is None
    assert settings.times.lease == timedelta(seconds=4.5)
    assert not settings.is_demo


def test_one_message_names_every_missing_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env({"PREGON_DATA_DIR": str(tmp_path)})

    assert set(refusal.value.names) == {
        "PREGON_PUBLIC_URL",
        "PREGON_SECRET_KEY",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
    }
    assert all(name in str(refusal.value) for name in refusal.value.names)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PREGON_PUBLIC_URL", "http://pregon.example"),
        ("PREGON_PUBLIC_URL", "pregon.example"),
        ("PREGON_SECRET_KEY", "short"),
        ("PREGON_TWILIO_BASE_URL", "http://twilio.example"),
        ("PREGON_DATABASE_URL", "mysql://db/pregon"),
        ("PREGON_REDIS_URL", "http://cache"),
        ("PREGON_TIMEZONE", "Mars/Olympus"),
        ("PREGON_AUTO_MIGRATE", "perhaps"),
        ("PREGON_DEMO", "maybe"),
        ("PREGON_SMTP_URL", "mail.example"),
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_API_KEY", "SK" + "0" * 32),  # without its secret
        ("MERCADOPAGO_ACCESS_TOKEN", "APP_USR-1"),
        ("PREGON_PORT", "80000"),
        ("PREGON_PROXIES", "-1"),
        ("PREGON_MAX_IN_FLIGHT", "0"),
        ("PREGON_WORKER_PROCESSES", "two"),
        ("PREGON_WORKER_THREADS", "-1"),
        ("PREGON_DEFAULT_AREA", "011"),
        ("PREGON_CAMPAIGN_SHARE", "1.5"),
        ("PREGON_TIME_SPEED", "0.5"),
    ],
)
def test_a_wrong_value_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(installation(tmp_path, **{name: value}))

    assert len(refusal.value.names) == 1
    assert name in str(refusal.value)


def test_wrong_and_missing_ones_come_together(tmp_path: Path) -> None:
    env = installation(tmp_path, PREGON_PORT="x", PREGON_TIMEZONE="nowhere", TWILIO_AUTH_TOKEN="")

    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(env)

    assert set(refusal.value.names) == {"PREGON_PORT", "PREGON_TIMEZONE", "TWILIO_AUTH_TOKEN"}


def test_no_secret_is_shown(tmp_path: Path) -> None:
    env = installation(
        tmp_path,
        PREGON_DATABASE_URL="postgresql://ana:hidden-password@db/pregon",
        PREGON_REDIS_URL="redis://:hidden-password@cache",
        PREGON_SMTP_URL="smtp://ana:hidden-password@mail",
        PREGON_SECRET_KEY_PREVIOUS="hidden-password",
        TWILIO_AUTH_TOKEN_PREVIOUS="hidden-password",
        TWILIO_API_KEY="SK" + "0" * 32,
        TWILIO_API_SECRET="hidden-password",
        MERCADOPAGO_ACCESS_TOKEN="hidden-password",
        MERCADOPAGO_WEBHOOK_SECRET="hidden-password",
    )

    shown = repr(Settings.from_env(env))

    assert "hidden" not in shown
    assert SECRET not in shown
    assert env["TWILIO_AUTH_TOKEN"] not in shown


def test_a_complaint_shows_no_secret_either(tmp_path: Path) -> None:
    env = installation(
        tmp_path, PREGON_DATABASE_URL="mysql://ana:hidden@db", PREGON_SECRET_KEY="hidden"
    )

    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(env)

    assert "hidden" not in str(refusal.value)


def test_another_process_reads_the_very_same_settings(tmp_path: Path) -> None:
    settings = Settings.from_env(
        installation(tmp_path, PREGON_TIME_SPEED="20", PREGON_AUTO_MIGRATE="0", PREGON_PORT="8123")
    )

    again = Settings.from_env(settings.to_env())

    assert again == settings


def test_every_setting_reaches_the_other_process(tmp_path: Path) -> None:
    settings = Settings.from_env(installation(tmp_path))

    assert len(settings.to_env()) == len(dataclasses.fields(Settings))


def test_an_empty_variable_hides_the_one_in_the_file() -> None:
    read = Reader({"ANA": "", "BEN": "env"}, {"ANA": "file", "BEN": "file", "CAZ": "file"})

    assert [read.text(name) for name in ("ANA", "BEN", "CAZ")] == [None, "env", "file"]


def test_the_demo_invents_secrets_once_and_keeps_them_private(tmp_path: Path) -> None:
    env = {"PREGON_DEMO": "1", "PREGON_DATA_DIR": str(tmp_path)}

    first, second = Settings.from_env(env), Settings.from_env(env)

    assert first == second
    assert len(first.secret_key) >= 32
    assert first.twilio_base_url == "http://127.0.0.1:8001"
    mode = stat.S_IMODE((tmp_path / "demo.json").stat().st_mode)
    assert mode == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "demo.json"]


def test_nothing_configured_is_the_demo_only_where_one_was_started(tmp_path: Path) -> None:
    env = {"PREGON_DATA_DIR": str(tmp_path)}
    with pytest.raises(SettingsError):
        Settings.from_env(env)

    started = Settings.from_env(env, demo_when_unconfigured=True)
    demo_folder.remember_ports(tmp_path, port=8100, simulator_port=8101)
    later = Settings.from_env(env)

    assert started.is_demo
    assert later.secret_key == started.secret_key
    assert later.public_url == "http://127.0.0.1:8100"


def test_a_half_configured_installation_is_never_the_demo(tmp_path: Path) -> None:
    env = {"PREGON_DATA_DIR": str(tmp_path), "TWILIO_ACCOUNT_SID": "AC" + "a" * 32}

    with pytest.raises(SettingsError):
        Settings.from_env(env, demo_when_unconfigured=True)


def test_the_demo_never_calls_another_machine(tmp_path: Path) -> None:
    env = {"PREGON_DEMO": "1", "PREGON_DATA_DIR": str(tmp_path)}

    with pytest.raises(SettingsError, match="PREGON_TWILIO_BASE_URL"):
        Settings.from_env({**env, "PREGON_TWILIO_BASE_URL": "https://twilio.example"})


def test_real_people_never_meet_the_demos(tmp_path: Path) -> None:
    Settings.from_env({"PREGON_DEMO": "1", "PREGON_DATA_DIR": str(tmp_path)})

    with pytest.raises(SettingsError, match="PREGON_DATA_DIR"):
        Settings.from_env(installation(tmp_path))


def test_speed_divides_the_engines_times_and_no_rule_of_the_provider() -> None:
    fast = Times().scaled(20)

    assert fast.first_look == timedelta(seconds=6)
    assert fast.second_look - fast.first_look >= fast.shown_within
    assert fast.slice_span < fast.lease
    assert fast.group_rows == 64
    assert fast.service_window == timedelta(hours=24)
    assert Times().scaled(1) == Times()
