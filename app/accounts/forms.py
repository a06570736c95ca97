"""What a person types to sign in."""

from typing import Any

from pydantic import Field

from app.web.forms import Form


class SignInForm(Form):
    """E-mail and password, and where to come back to."""

    email: str = Field(title="Adresse e-mail", max_length=254)
    password: str = Field(title="Mot de passe", max_length=1024)
    next: str = Field(default="/", title="Retour", max_length=2048)


def _password(title: str, missing: str) -> Any:
    return Field(title=title, max_length=1024, json_schema_extra={"messages": {"missing": missing}})


class PasswordForm(Form):
    """One's password, and the next one."""

    current: str = _password("Mot de passe actuel", "Tapez votre mot de passe actuel.")
    password: str = _password("Nouveau mot de passe", "Choisissez un mot de passe.")


class NewPasswordForm(Form):
    """The password chosen by a link."""

    password: str = _password("Nouveau mot de passe", "Choisissez un mot de passe.")


class JoinForm(Form):
    """What an invited person says of herself."""

    name: str = Field(
        title="Prénom et nom",
        max_length=120,
        json_schema_extra={"messages": {"missing": "Écrivez votre prénom et votre nom."}},
    )
    password: str = _password("Mot de passe", "Choisissez un mot de passe.")
