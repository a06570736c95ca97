"""Makes the rows of the database that say what an activity of the file says."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.crypto import Cipher, Sealed
from app.core.ids import new_id
from app.imports.activities import Person
from app.imports.gathering import Activity
from app.imports.places import Places
from app.sessions.models import Source

TABLE = "assisted_session"

Values = dict[str, Any]


class Rows:
    """Makes rows of one structure, without an author: the file may be of several advisers."""

    def __init__(
        self,
        organisation_id: UUID,
        cipher: Cipher,
        places: Places,
        *,
        now: datetime,
        run_id: UUID | None,
    ) -> None:
        self._organisation_id = organisation_id
        self._cipher = cipher
        self._places = places
        self._now = now
        self._run_id = run_id

    def new(self, id_: UUID, activity: Activity, digest: str) -> Values:
        """Give the row of a new activity, columns of its own defaults included."""
        return {
            "id": id_,
            "import_run_id": self._run_id,
            "version": 1,
            "import_updates": 0,
            **self.session(activity, id_, digest),
        }

    def session(self, activity: Activity, id_: UUID, digest: str) -> Values:
        """Say what the file says of an activity, its texts sealed for its id."""
        facts = activity.facts
        place = facts.place
        return {
            "organisation_id": self._organisation_id,
            "place_id": self._places.id_of(place) if place else None,
            "kind": facts.kind,
            "held_on": facts.held_on,
            "duration_min": facts.duration_min,
            "mode": facts.mode,
            "commune": facts.commune,
            "material": list(facts.material),
            "note": self._seal(activity.note, "note", id_),
            "precision": self._seal(facts.precision, "precision", id_),
            "note_key_id": None,  # the structure's key: the file gives us no person
            "title": facts.title or None,
            "level": facts.autonomy_or_level,
            "tags": list(facts.tags),
            "source": Source.COOP,
            "source_id": activity.source_id,
            "source_digest": digest,
            "recorded_at": facts.recorded_at or self._now,
            "changed_at": facts.changed_at,
        }

    def attendance(self, session_id: UUID, person: Person, activity: Activity) -> Values:
        """Say who one person was. Lists are given: SQLModel takes 0.2 ms to call `list`."""
        age_band, gender, status, commune, autonomy, is_referred, referral, resident = person
        return {
            "id": new_id(),
            "organisation_id": self._organisation_id,
            "session_id": session_id,
            "has_random_profile": activity.facts.has_random_profiles,
            "divides": [],
            "equipment": [],
            "age_band": age_band,
            "gender": gender,
            "status": status,
            "commune": commune,
            "autonomy": autonomy,
            "is_referred": is_referred,
            "referral": referral,
            "resident_id": resident,
        }

    def theme(self, session_id: UUID, theme: str) -> Values:
        """Say one theme of an activity."""
        return {
            "id": new_id(),
            "organisation_id": self._organisation_id,
            "session_id": session_id,
            "theme": theme,
        }

    def _seal(self, text: str, column: str, row: UUID) -> Sealed | None:
        return self._cipher.seal(text, table=TABLE, column=column, row=row) if text else None
