"""Settings, read once from the environment (or ESCALE_ENV_FILE) and passed down; never a global."""

import os
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "ESCALE_"


class Settings(BaseSettings):
    """What an installation decides. Names and defaults are a contract: docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    env: Literal["development", "production", "test"] = "development"
    database_url: SecretStr = SecretStr("sqlite:///var/escale.db")
    database_owner_url: SecretStr | None = None
    data_dir: Path = Path("var")
    master_key: SecretStr | None = None
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    sms_url: str = ""
    sms_token: SecretStr | None = None
    trusted_proxies: str = ""
    questions_a_day: int = Field(default=100, ge=1)
    jobs: Literal["inline", "external"] = "inline"

    @field_validator("smtp_url", "sms_token")
    @classmethod
    def _empty_is_none(cls, secret: SecretStr | None) -> SecretStr | None:
        return secret if secret and secret.get_secret_value() else None

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            _address_of(secret.get_secret_value(), "smtp", "smtps")
        return secret

    @field_validator("sms_url")
    @classmethod
    def _is_a_provider(cls, url: str) -> str:
        if url:
            _address_of(url, "http", "https")
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_one_address(cls, address: str) -> str:
        if address and not re.fullmatch(r"[\w.+-]+@[\w.-]+", address, re.ASCII):
            raise ValueError("not one address")
        return address

    @property
    def is_production(self) -> bool:
        """Tell whether unsafe values are refused and cookies are Secure."""
        return self.env == "production"

    @property
    def owner_url(self) -> str:
        """Address of the role that owns the tables; the server's own one when there is no other."""
        return (self.database_owner_url or self.database_url).get_secret_value()


def _address_of(url: str, *schemes: str) -> None:
    """Refuse what names no server: raises ValueError, as a port that is no number does."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
        raise ValueError("not an address")


def load(**overrides: Any) -> Settings:
    """Read the settings; refuse, with a sentence that names it, what would be unsafe.

    A secret `ESCALE_X` may be given as `ESCALE_X_FILE`, the path of a file that holds it.

    Raises ConfigurationError.
    """
    from_files = {
        name: SecretStr(Path(os.environ[variable]).read_text(encoding="utf-8").strip())
        for name in Settings.model_fields
        if (variable := f"{PREFIX}{name.upper()}_FILE") in os.environ
        and variable != f"{PREFIX}ENV_FILE"
    }
    env_file = os.environ.get(f"{PREFIX}ENV_FILE")
    if env_file and not Path(env_file).is_file():
        raise ConfigurationError(f"{PREFIX}ENV_FILE : il n’y a pas de fichier {env_file}.")
    try:
        settings = Settings(_env_file=env_file, **(from_files | overrides))
    except ValidationError as error:
        raise ConfigurationError(_sentence(error)) from None
    if settings.is_production:
        _refuse_unsafe(settings)
    return settings


def _sentence(error: ValidationError) -> str:
    """Name each setting refused, and what it can be; its value may be a secret."""
    wishes = {
        "env": "development, production ou test",
        "jobs": "inline ou external",
        "smtp_url": "smtp://… ou smtps://…",
        "mail_from": "une adresse e-mail",
        "sms_url": "https://…",
        "questions_a_day": "un nombre entier, au moins 1",
    }
    names = [str(one["loc"][0]) for one in error.errors(include_url=False, include_input=False)]
    problems = [f"{PREFIX}{n.upper()} ({wishes.get(n, 'texte attendu')})" for n in names]
    return "Réglage refusé : " + " ; ".join(problems) + "."


def _refuse_unsafe(settings: Settings) -> None:
    if settings.master_key is None:
        raise ConfigurationError(
            "ESCALE_MASTER_KEY manque : en production, la clé maîtresse (32 octets, base64url) "
            "est obligatoire."
        )
    if not settings.base_url.startswith("https://"):
        raise ConfigurationError(
            "ESCALE_BASE_URL doit commencer par https:// en production : "
            "les mots de passe et les dossiers ne voyagent pas en clair."
        )
    if settings.sms_url and settings.sms_token is None:
        raise ConfigurationError(
            "ESCALE_SMS_TOKEN manque : le fournisseur de SMS le demande, "
            "et Escale aussi pour recevoir les « STOP »."
        )
    if settings.sms_url and not settings.sms_url.startswith("https://"):
        raise ConfigurationError(
            "ESCALE_SMS_URL doit commencer par https:// en production : "
            "les numéros des personnes ne voyagent pas en clair."
        )
