"""How an attendance is coded in the ledger: no name, id, free text, adviser or day."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import select

from app.core.db import ReadSession
from app.organisations.models import Organisation, Place
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.sessions.models import AssistedSession, SessionKind
from app.statistics import freezing
from app.statistics.grounds import own_of
from app.statistics.ledger import NOT_GIVEN, HelpedWith, divides_of
from app.statistics.periods import Period
from app.statistics.standing import Standing

OUTCOMES = ("finished", "waiting", "started", "prepared", "redirected", "abandoned")


class Seen:
    """Notes in which months each place, procedure and blocker of a year has rows."""

    def __init__(self) -> None:
        self._found: dict[int, dict[freezing.Name, tuple[Period, Period]]] = {}
        self._late: dict[int, set[str]] = {}

    @property
    def years(self) -> set[int]:
        """The years that have rows."""
        return set(self._found)

    def of(self, year: int) -> freezing.Seen:
        """First and last month of each value in one year."""
        return self._found.get(year, {})

    def late(self, year: int) -> set[str]:
        """Structures of which closed months of one year took in rows."""
        return self._late.get(year, set())

    def note_late(self, month: Period, codes: Mapping[str, Any]) -> None:
        """Take a row that joins a closed month into account."""
        self._late.setdefault(month.year, set()).add(codes["organisation"])

    def note(self, month: Period, codes: Mapping[str, Any]) -> None:
        """Take one row into account."""
        found = self._found.setdefault(month.year, {})
        names = [("place", codes["place"])]
        for helped in codes["procedures"]:
            names.append(("procedure", helped["procedure"]))
            names += [("blocker", blocker) for blocker in helped["blockers"]]
        for name in names:
            first, last = found.get(name, (month, month))
            found[name] = (min(first, month), max(last, month))


class Coder:
    """Codes an attendance as the ledger keeps it: no name, id, free text, adviser or day."""

    def __init__(self, db: ReadSession) -> None:
        organisations = db.exec(select(Organisation)).all()
        self._organisations = {o.id: o.slug for o in organisations}
        self.first_days = {o.id: o.first_day_on for o in organisations}
        self._demo = {o.id for o in organisations if o.is_demo}
        self._place_of = {p.id: (p.organisation_id, p.slug) for p in db.exec(select(Place))}
        self._local = {p.slug: own_of(p.theme) for p in catalogue(db) if p.is_local}
        self._families = {b.code: b.family for b in vocabularies.blockers()}

    def where(self, organisation_id: UUID, place_id: UUID | None) -> dict[str, str | None]:
        """Code where an act was: at a place of its structure, or elsewhere."""
        of, slug = self._place_of.get(place_id, (None, None)) if place_id else (None, None)
        own = of == organisation_id
        return {
            "organisation": self._organisations[organisation_id],
            "place": slug if own else None,
        }

    def is_history(self, organisation_id: UUID, day: date) -> bool:
        """Tell whether an act of a demonstration is older than the structure's first day."""
        return organisation_id in self._demo and day < self.first_days[organisation_id]

    def _helped(self, attendance: Standing) -> list[HelpedWith]:
        """List what the attendance was helped with; a structure's own procedures by theme only.

        A procedure that one structure alone has would be another name for that structure, and its
        total would give what a cell of the structure hides (disclosure-control § 3.2).
        """
        found: dict[str, HelpedWith] = {}
        for help_ in sorted(attendance.procedures, key=lambda h: OUTCOMES.index(h.outcome.value)):
            code = self._local.get(help_.procedure, help_.procedure)
            first = found.get(code)
            blockers = (*(first.blockers if first else ()), *help_.blockers)
            outcome = first.outcome if first else help_.outcome.value
            found[code] = HelpedWith(code, outcome, tuple(dict.fromkeys(blockers)))
        return [found[code] for code in sorted(found)]

    def codes(self, attendance: Standing) -> dict[str, Any]:
        """Give the coded dimensions of one attendance."""
        met = [blocker for help_ in attendance.procedures for blocker in help_.blockers]
        return {
            "organisation": self._organisations[attendance.organisation_id],
            "place": self._place_of[attendance.place_id][1] if attendance.place_id else None,
            "age_band": attendance.age_band,
            "gender": attendance.gender,
            "status": attendance.status,
            "kind": attendance.kind.value,
            "mode": attendance.mode,
            "home_connection": attendance.home_connection or "unknown",
            "minutes": attendance.duration_min or 0,
            "dealt": attendance.has_random_profile,
            "themes": sorted(attendance.themes),
            "procedures": [
                {"procedure": one.procedure, "outcome": one.outcome, "blockers": one.blockers}
                for one in self._helped(attendance)
            ],
            "divides": divides_of(
                attendance.divides,
                met,
                self._families,
                attendance.equipment,
                attendance.home_connection,
            ),
            "equipment": attendance.equipment or ["unknown"],
            "autonomy": attendance.autonomy or NOT_GIVEN,
            "level": level_of(attendance),
            "referral": _referral(attendance),
            "material": attendance.material or [NOT_GIVEN],
        }


def level_of(session: AssistedSession | Standing) -> str | None:
    """Give the level of a workshop; nothing else has one."""
    return session.level or NOT_GIVEN if session.kind is SessionKind.WORKSHOP else None


def _referral(attendance: Standing) -> str:
    """Say where the person was sent, or that she was not, or that nobody asked."""
    if attendance.is_referred is None:
        return attendance.referral or NOT_GIVEN
    return attendance.referral or "unnamed" if attendance.is_referred else "nowhere"
