"""Tags of an activity: words of the structure, chosen among its own."""

from collections.abc import Sequence
from datetime import date

from app.accounts.actor import Actor
from app.core.db import ReadSession
from app.core.errors import Invalid
from app.organisations import service as organisations


def tag_choices(
    db: ReadSession, actor: Actor, chosen: Sequence[str], *, on: date
) -> list[dict[str, str]]:
    """List the tags to choose from, with those already chosen."""
    own = [t.label for t in organisations.tags(db, actor.organisation_id, on=on)]
    return [{"code": label, "label": label} for label in dict.fromkeys([*own, *chosen])]


def known_tags(
    db: ReadSession, actor: Actor, chosen: Sequence[str], *, kept: Sequence[str], on: date
) -> list[str]:
    """Take the tags that the structure has that day, or that the activity already carries.

    Raises Invalid("tags") for any other, another structure's included.
    """
    if not chosen:
        return []
    allowed = {t.label for t in organisations.tags(db, actor.organisation_id, on=on)} | set(kept)
    wanted = list(dict.fromkeys(chosen))
    if not set(wanted) <= allowed:
        raise Invalid("tags", "Choisissez des étiquettes de votre structure.")
    return wanted
