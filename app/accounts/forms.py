"""What a person types to sign in."""

from pydantic import Field

from app.web.forms import Form


class SignInForm(Form):
    """E-mail and password, and where to come back to."""

    email: str = Field(title="Adresse e-mail", max_length=254)
    password: str = Field(title="Mot de passe", max_length=1024)
    next: str = Field(default="/", title="Retour", max_length=2048)
