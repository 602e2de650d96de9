"""What mails hold, and how they are handed over."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from index.errors import SettingsError
from service.mailing.smtp import MailServer, MailServerUnavailable
from service.settings import Settings
from tests.service.alerts.site import TRAM, AlertSite, Mailbox, mail_server, settings_of, text_of


def test_a_mail_says_what_mail_programs_need_and_reports_nothing_back(site: AlertSite, mailbox: Mailbox) -> None:
    site.add()
    site.put("n/tram", title="Tram")
    site.run()
    (message,) = mailbox.messages
    assert message["From"] == "Passerelle <alerts@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@testserver>")
    assert message["Date"] is not None
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(mark in text_of(message, "html") for mark in ("<img", "<script", "<link", "src=", "url("))


def test_no_title_and_no_query_makes_a_header_or_markup(site: AlertSite, mailbox: Mailbox) -> None:
    site.add("tramway\r\nBcc: evil@example.org\r\n\r\n<b>x</b>")
    site.put("n/tram", f"{TRAM} Bcc evil example.", title="Titre\r\nBcc: evil@example.org <script>x</script>")
    assert site.run() == 1
    ((address, message),) = mailbox.taken
    assert address == "marie@example.org"
    assert message["Bcc"] is None
    assert "<script>" not in text_of(message, "html")
    assert "<b>" not in text_of(message, "html")


def test_a_line_with_a_lone_dot_does_not_end_a_mail(site: AlertSite, mailbox: Mailbox) -> None:
    site.add()
    site.put("n/tram", f"{TRAM}\n.\n..\nAprès le point.")
    site.run()
    lines = text_of(mailbox.messages[0]).splitlines()
    assert "." in lines
    assert ".." in lines
    assert any("Après le point." in line for line in lines)


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with mail_server(Mailbox(), tls_context=context) as mailbox:
        server = MailServer(settings_of(mailbox.port, security="starttls", user="u", password="p"))
        with pytest.raises(MailServerUnavailable, match="certificate verify failed"), server.connect():
            pass
    assert mailbox.taken == []


def test_a_server_without_encryption_gets_nothing_where_it_is_expected(mailbox: Mailbox) -> None:
    server = MailServer(settings_of(mailbox.port, security="starttls"))
    with pytest.raises(MailServerUnavailable, match="STARTTLS"), server.connect():
        pass


def certificate(folder: Path) -> Path:
    """Write a certificate for this machine that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + written)
    return path


HOST = {"PASSERELLE_SMTP_HOST": "mail.example.org", "PASSERELLE_SMTP_FROM": "Passerelle <alerts@example.org>"}


def test_the_mail_server_is_set_by_variables() -> None:
    smtp = Settings.from_environ(HOST).smtp
    assert (smtp.port_used, smtp.security, smtp.sender_address) == (587, "starttls", "alerts@example.org")
    assert Settings.from_environ(HOST | {"PASSERELLE_SMTP_SECURITY": "TLS"}).smtp.port_used == 465
    assert not Settings.from_environ({}).smtp


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"PASSERELLE_SMTP_FROM": ""}, "PASSERELLE_SMTP_FROM is missing"),
        ({"PASSERELLE_SMTP_FROM": "Passerelle"}, "PASSERELLE_SMTP_FROM='Passerelle'"),
        ({"PASSERELLE_SMTP_SECURITY": "ssl"}, "PASSERELLE_SMTP_SECURITY='ssl'"),
        ({"PASSERELLE_SMTP_PORT": "x"}, "PASSERELLE_SMTP_PORT='x'"),
        ({"PASSERELLE_SMTP_SECURITY": "none", "PASSERELLE_SMTP_USER": "u"}, "PASSERELLE_SMTP_USER is set without"),
        ({"PASSERELLE_ALERTS_HOUR": "24"}, "PASSERELLE_ALERTS_HOUR='24'"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        Settings.from_environ(HOST | changed)
