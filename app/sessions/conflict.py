"""Two tabs corrected the same activity: what differs, said as both wrote it."""

from collections.abc import Callable
from datetime import date, datetime

from app.accounts.actor import Actor
from app.core.db import WriteSession
from app.core.errors import Invalid
from app.core.text import clean_lines, day, minutes
from app.organisations import service as organisations
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.reference.communes import commune_code, commune_typed
from app.residents import service as residents
from app.sessions.forms import SessionForm
from app.web.conflict import Difference, differences
from app.web.forms import Submitted

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
OF_THE_FILE = {"age_band", "gender", "status", "home_commune", "is_first"}
COMPARED = (
    *("held_on", "place_id", "commune", "duration_min", "resident_id", "home_commune"),
    *("is_first", "procedures", "blockers", "papers", "note"),
    *VOCABULARIES,
)


def what_differs(
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
    modes = {form.value("mode") or "lieu_activite" for form in (stored, typed)}
    unread = "commune" if modes == {"lieu_activite"} else "place_id"
    if len(modes) == 1 or "lieu_activite" not in modes:
        names = [name for name in names if name != unread]
    if stored.value("resident_id") and stored.value("resident_id") == typed.value("resident_id"):
        names = [name for name in names if name not in OF_THE_FILE]
    if any(name.startswith("skill-") for name in names):
        names = [name for name in names if name != "autonomy"]  # it follows from the skills
    people = _people(db, actor, stored, typed, now=now)
    return differences(
        stored,
        typed,
        names,
        label=lambda name: _label(db, name),
        say=lambda name: _way_to_say(db, actor, name, people),
        normal=_normal,
    )


def _normal(name: str, value: str) -> str:
    if name in ("commune", "home_commune"):
        try:
            return commune_typed(commune_code(value, name)) or ""
        except Invalid:
            return value
    return clean_lines(value) if name == "note" else value


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
