"""Two tabs corrected the same activity: what differs, said as both wrote it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from app.accounts.actor import Actor
from app.core.db import WriteSession
from app.core.text import day, minutes
from app.organisations import service as organisations
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.residents import service as residents
from app.sessions.forms import SessionForm
from app.web.forms import Submitted


@dataclass(frozen=True)
class Difference:
    """One thing that the two versions say otherwise."""

    label: str
    stored: str
    typed: str


NOTHING = "rien"
UNSAID = {"", "non_communique"}
VOCABULARIES = {
    "mode": "mode",
    "age_band": "age_band",
    "gender": "gender",
    "status": "status",
    "themes": "theme",
    "outcome": "outcome",
    "skill": "autonomy",
    "clicked_by": "clicked_by",
    "autonomy_before": "autonomy",
    "autonomy": "autonomy",
    "divides": "divide",
    "equipment": "equipment",
    "home_connection": "home_connection",
    "material": "material",
    "referral": "referral",
}
COMPARED = (
    *("held_on", "place_id", "commune", "duration_min", "resident_id", "home_commune"),
    *("is_first", "procedures", "blockers", "papers", "note"),
    *VOCABULARIES,
)


def differences(
    db: WriteSession,
    actor: Actor,
    stored: Submitted[SessionForm],
    typed: Submitted[SessionForm],
    *,
    now: datetime,
) -> list[Difference]:
    """List what differs, in the order of the form."""
    order = list(SessionForm.model_fields)
    names = sorted(
        {n for form in (stored, typed) for n in form.raw if n.partition("-")[0] in COMPARED},
        key=lambda name: (order.index(name.partition("-")[0]), name),
    )
    people = _people(db, actor, stored, typed, now=now)
    found = []
    for name in names:
        ours, theirs = _given(stored, name), _given(typed, name)
        if ours != theirs:
            say = _way_to_say(db, actor, name, people)
            found.append(Difference(_label(db, name), _said(ours, say), _said(theirs, say)))
    return found


def _given(form: Submitted[SessionForm], name: str) -> list[str]:
    return sorted(v.strip() for v in form.values(name) if v.strip() not in UNSAID)


def _said(values: list[str], say: Callable[[str], str]) -> str:
    return ", ".join(map(say, values)) or NOTHING


def _people(
    db: WriteSession,
    actor: Actor,
    *forms: Submitted[SessionForm],
    now: datetime,
) -> dict[str, str]:
    wanted = [
        form.data.resident_id for form in forms if form.valid and form.data.resident_id is not None
    ]
    named = residents.name_residents(db, actor, wanted, now=now)
    return {str(number): person.name for number, person in named.items()}


def _label(db: WriteSession, name: str) -> str:
    field, _, code = name.partition("-")
    title = SessionForm.model_fields[field].title or field
    if not code:
        return title
    procedure = catalogue(db).get(code)
    return f"{title} ({procedure.short_title if procedure else vocabularies.theme(code).label})"


def _way_to_say(
    db: WriteSession, actor: Actor, name: str, people: dict[str, str]
) -> Callable[[str], str]:
    field = name.partition("-")[0]
    if field in VOCABULARIES:
        return lambda code: vocabularies.label(VOCABULARIES[field], code)
    places = {str(p.id): p.name for p in organisations.places(db, actor.organisation_id)}
    ways: dict[str, Callable[[str], str]] = {
        "held_on": lambda text: day(date.fromisoformat(text)),
        "duration_min": lambda text: minutes(int(text)),
        "place_id": lambda number: places.get(number, number),
        "resident_id": lambda number: people.get(number, number),
        "procedures": lambda slug: p.short_title if (p := catalogue(db).get(slug)) else slug,
        "blockers": lambda code: vocabularies.blocker(code).short_label,
        "is_first": lambda code: "oui" if code == "true" else "non",
    }
    return ways.get(field, str)
