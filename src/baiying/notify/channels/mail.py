"""E-mail by SMTP. Message-ID is the letter's key: a second copy after a crash is known as such by most mail programs."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from baiying.notify.channels.message import Answer, Message
from baiying.notify.gateways import Smtp


def send(gateway: Smtp, message: Message) -> Answer:
    """Title as subject, body and link as plain text."""
    letter = _letter(gateway, message)
    try:
        with connected(gateway) as server:
            if gateway.user:
                server.login(gateway.user, gateway.password)
            server.send_message(letter, gateway.sender, [message.address])
    except smtplib.SMTPAuthenticationError as error:
        return Answer.away(f"SMTP {error.smtp_code} sign-in refused")
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return _of_code(codes[0] if codes else 0, "recipient")
    except smtplib.SMTPResponseException as error:
        return _of_code(error.smtp_code, "answer")
    except smtplib.SMTPException as error:
        return Answer.away(type(error).__name__)
    return Answer.taken("SMTP 250")


def connected(gateway: Smtp) -> smtplib.SMTP:
    """A conversation with the mail server, secured as the settings say."""
    if gateway.security == "tls":
        return smtplib.SMTP_SSL(
            gateway.host, gateway.port, timeout=gateway.timeout, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(gateway.host, gateway.port, timeout=gateway.timeout)
    if gateway.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _letter(gateway: Smtp, message: Message) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = gateway.sender, message.address
    letter["Subject"] = message.title
    letter["Date"] = formatdate(localtime=True)
    if message.key:
        letter["Message-ID"] = f"<{message.key}@{gateway.sender.rpartition('@')[2].strip('>')}>"
    letter["Auto-Submitted"] = "auto-generated"
    words = "\n\n".join(part for part in (message.body or message.title, message.link) if part)
    letter.set_content(words, cte="base64")  # Chinese as 8 bit is not taken everywhere
    return letter


def _of_code(code: int, what: str) -> Answer:
    """4xx: the server asks to come again; 5xx: it will not have it."""
    text = f"SMTP {code} {what}"
    return Answer.refused(text) if 500 <= code < 600 else Answer.away(text)
