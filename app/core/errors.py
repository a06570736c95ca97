"""The short tree of application errors. Status and what to do now live on the class."""

from typing import ClassVar


class EscaleError(Exception):
    """An error with a sentence for the person in front of the screen."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Nous n’avons pas pu le faire"
    advice: ClassVar[str] = "Réessayez dans un instant. Si cela recommence, prévenez l’équipe."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.advice
        super().__init__(self.message)


class NotFound(EscaleError):
    """It does not exist, or not for this person: the two are said alike."""

    status = 404
    title = "Cette page n’existe pas"
    advice = "Vérifiez l’adresse, ou revenez à l’accueil."


class Forbidden(EscaleError):
    """This role may not do it."""

    status = 403
    title = "Votre rôle ne le permet pas"
    advice = "Demandez à l’administrateur de votre structure."


class Invalid(EscaleError):
    """A field is wrong; the message says what to do, and is shown beside the field."""

    status = 422
    title = "Il manque une chose"

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class Conflict(EscaleError):
    """Somebody else, or another tab, changed it first."""

    status = 409
    title = "Cette fiche a changé entre-temps"
    advice = "Rechargez la page pour voir les deux versions."


class TooMany(EscaleError):
    """Too many requests; the message says how long to wait, `retry_after_s` in seconds if known."""

    status = 429
    title = "Un instant"
    advice = "Attendez quelques secondes, puis réessayez."

    def __init__(self, message: str | None = None, *, retry_after_s: int | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class TooLarge(EscaleError):
    """What was sent is over the limit."""

    status = 413
    title = "C’est trop lourd"
    advice = "Envoyez moins de texte ou un fichier plus petit."


class Unavailable(EscaleError):
    """Not possible just now."""

    status = 503
    title = "Pas disponible pour le moment"
    advice = "Réessayez dans quelques minutes. Rien n’est perdu."


class NotBuilt(EscaleError):
    """Part of the contract that this version does not have; never pretends (exit code 3)."""

    status = 501
    title = "Pas encore disponible"
    advice = "Cette version d’Escale ne le fait pas encore."


class ConfigurationError(EscaleError):
    """A setting is missing or unsafe: nothing starts, nothing is written."""
