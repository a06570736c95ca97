"""What is posted while an assessment is filled in."""

from typing import Literal

from pydantic import Field

from app.assessments.service import CHOOSE
from app.web.forms import Form

ALONE = "alone"


class StartForm(Form):
    """How it is filled in: with the adviser, or alone on a tablet that is lent."""

    mode: Literal["together", "alone"] = Field(
        default="together",
        title="Qui répond",
        json_schema_extra={"messages": {"*": "Choisissez qui répond."}},
    )
    again: bool = Field(default=False, title="Recommencer")


class AnswerForm(Form):
    """One answer."""

    answer: str = Field(
        title="Réponse", max_length=40, json_schema_extra={"messages": {"*": CHOOSE}}
    )


class PasswordForm(Form):
    """The password by which the adviser takes a lent tablet back."""

    password: str = Field(
        title="Mot de passe du conseiller",
        max_length=1024,
        json_schema_extra={"messages": {"*": "Tapez votre mot de passe."}},
    )
