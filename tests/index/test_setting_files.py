"""Settings read from files: their content counts, a missing file is an error, and no secret is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.__main__ import main
from index.errors import SettingsError
from index.setting_files import read_setting_files
from index.settings import IndexSettings
from service.settings import Settings


def test_the_content_of_the_file_is_the_value_of_the_setting(tmp_path: Path) -> None:
    database, password = tmp_path / "database", tmp_path / "password"
    database.write_text("postgresql://marie:geheim@db/centre\n")
    password.write_text("  offen sesam\n")
    environ = {"PASSERELLE_DATABASE_FILE": str(database), "PASSERELLE_SMTP_PASSWORD_FILE": str(password)}
    assert IndexSettings.from_environ(environ).database == "postgresql://marie:geheim@db/centre"
    settings = Settings.from_environ(environ)
    assert (settings.index.database, settings.smtp.password) == (
        "postgresql://marie:geheim@db/centre",
        "offen sesam",
    )


def test_what_is_no_setting_of_ours_stays_as_it_is_and_a_blank_name_counts_as_not_given() -> None:
    environ = {"AWS_SHARED_CREDENTIALS_FILE": "/run/secrets/aws", "PASSERELLE_DATABASE_FILE": " "}
    assert read_setting_files(environ) == environ
    assert IndexSettings.from_environ(environ).database == ""


def test_all_files_that_cannot_be_read_are_named_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"geheim\xff")
    environ = {
        "PASSERELLE_DATABASE_FILE": str(tmp_path / "gone"),
        "PASSERELLE_MODEL_FILE": str(binary),
        "PASSERELLE_LLM_KEY_FILE": str(binary),
        "PASSERELLE_LLM_KEY": "geheim",
    }
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(environ)
    for expected in ("gone': No such file", "PASSERELLE_MODEL_FILE", "PASSERELLE_LLM_KEY is set as well"):
        assert expected in str(raised.value)
    assert "geheim" not in str(raised.value)
    assert main(["verify"], environ) == 2
    assert "PASSERELLE_DATABASE_FILE" in capsys.readouterr().err
