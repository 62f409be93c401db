"""The allowed characters of passwords and tokens. Messages about a mistake never contain the secret."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, SecretStr

from optimizer.words.text import Text

NOT_PRINTED = Text("contains a character that does not print, such as a tab. Write it again")
NOT_SENT = Text(
    "contains a character that HTTP headers do not allow, such as an accented letter or a tab. Copy it again"
)


def checked_secret(name: str, text: str) -> str:
    """The secret of the setting `name` without surrounding white space. Raises ValueError if it cannot be sent.

    A token is sent unchanged in a header, so it must be ASCII. A password is encoded when it is sent.
    """
    text = text.strip()
    if not text.isprintable() or (name == "token" and not text.isascii()):
        raise ValueError(NOT_SENT if name == "token" else NOT_PRINTED)
    return text


def secret_text(secret: SecretStr | None) -> str:
    """The text of a secret, or an empty one without it."""
    return "" if secret is None else secret.get_secret_value()


def _password(secret: SecretStr) -> SecretStr:
    return SecretStr(checked_secret("password", secret.get_secret_value()))


def _token(secret: SecretStr) -> SecretStr:
    return SecretStr(checked_secret("token", secret.get_secret_value()))


def _apprise_url(secret: SecretStr) -> SecretStr:
    text = checked_secret("apprise_url", secret.get_secret_value())
    if "://" not in text:
        raise ValueError(Text("is not a URL of Apprise, such as ntfy://my-topic (docs/how-to/notifications.md)"))
    return SecretStr(text)


Password = Annotated[SecretStr, AfterValidator(_password)]
Token = Annotated[SecretStr, AfterValidator(_token)]
AppriseUrl = Annotated[SecretStr, AfterValidator(_apprise_url)]
