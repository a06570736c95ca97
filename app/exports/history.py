"""Takes a structure's history out, in the columns of the national tool's own files.

Escale's or another tool's importer finds what it knows: one row an attendance, named by the
activity's id. Files hold names and notes: they are for those who work in the structure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import WORK_ROLES, Actor
from app.core.clock import PARIS
from app.core.crypto import Cipher
from app.core.db import ReadSession
from app.core.errors import Forbidden
from app.core.phones import spoken_phone
from app.core.scope import Scope
from app.exports.history_csv import Table
from app.exports.history_sheet import Sheet
from app.organisations.keys import organisation_cipher
from app.organisations.models import Organisation, Place
from app.reference import geography, vocabularies
from app.reference.geography import UnknownPlace
from app.residents.models import Resident
from app.residents.service import NamedResident, open_residents
from app.sessions.models import AssistedSession, Attendance, SessionKind, Source
from app.sessions.notes import TABLE, note_of
from app.sessions.service import WHOLE

BATCH = 500
ACTIVITIES, RESIDENTS = "activites", "beneficiaires"
HISTORIES = (ACTIVITIES, RESIDENTS)
ANONYMOUS = "Bénéficiaire anonyme"
UNKNOWN = "-"  # what the national tool writes of a resident for what it does not know
V1, V2 = "Espace coop (V1)", "La Coop de la médiation numérique (V2)"
ACTIVITY_COLUMNS = (
    "Date",
    "Enregistré le",
    "Dernière modification le",
    "Type",
    "Participants",
    "Bénéficiaire",
    "Canaux d’accompagnement",
    "Nom du lieu",
    "Adresse",
    "Commune",
    "Code postal",
    "Code Insee",
    "Durée (min)",
    "Nom de l’atelier",
    "Matériel numérique utilisé",
    "Thématique(s) d’accompagnement",
    "Tags",
    "Nom de la démarche administrative",
    "Niveau d’autonomie (ou de l’atelier)",
    "Bénéficiaire réorienté",
    "Structure de redirection",
    "Commune du bénéficiaire",
    "Code postal du bénéficiaire",
    "Code Insee du bénéficiaire",
    "Genre du bénéficiaire",
    "Tranche d’âge du bénéficiaire",
    "Statut du bénéficiaire",
    "Notes supplémentaires",
    "Source de la donnée",
    "ID CRA",
)
RESIDENT_COLUMNS = (
    "Nom",
    "Prénom",
    "Année de naissance",
    "Nom de la commune",
    "Code INSEE",
    "Code postal",
    "N° de téléphone",
    "E-mail",
    "Genre",
    "Tranche d’âge",
    "Statut",
    "Nombre d’accompagnements",
    "Notes supplémentaires",
)
_GENDERS = {"masculin": "Homme", "feminin": "Femme"}

Row = Sequence[Any]


def history_scope(
    organisation_id: UUID, actor: Actor | None, *, is_asked_by_somebody: bool
) -> Scope:
    """Say what an export may read: one structure. Raises Forbidden for who does not work there."""
    mine = frozenset({organisation_id})
    if not is_asked_by_somebody:  # whoever holds the machine
        return Scope(work=mine, structures=mine)
    standings = actor.standings if actor else ()
    works = any(s.organisation_id == organisation_id and s.roles & WORK_ROLES for s in standings)
    if actor is None or not works:
        raise Forbidden("Cet historique est pour les personnes qui travaillent dans la structure.")
    return Scope(work=mine, structures=mine, account=actor.account_id)


def write_history(
    db: ReadSession,
    organisation: Organisation,
    kind: str,
    path: Path,
    *,
    now: datetime,
    is_csv: bool = False,
) -> int:
    """Write a structure's activities or residents as a workbook or a CSV; gives how many rows.

    Either comes back through the import without a change. Memory does not grow with the history.
    Raises OSError when the file cannot be written.
    """
    unknown = "" if is_csv else UNKNOWN  # in a CSV a dash would need a guard
    columns, title, rows = (
        (ACTIVITY_COLUMNS, "Activités", activity_rows(db, organisation.id))
        if kind == ACTIVITIES
        else (RESIDENT_COLUMNS, "Bénéficiaires", resident_rows(db, organisation.id, unknown))
    )
    path.touch(mode=0o600)  # names and notes: for its owner only
    if is_csv:
        with Table(path, columns) as table:
            return table.write(rows)
    with Sheet(path, title, organisation.name, columns, now=now) as sheet:
        return sheet.write(rows)


def activity_rows(db: ReadSession, organisation_id: UUID) -> Iterator[Row]:
    """Give a row an attendance, oldest activity first; quick passages are ours alone."""
    cipher = organisation_cipher(db, organisation_id)
    places = {
        place.id: place
        for place in db.exec(select(Place).where(col(Place.organisation_id) == organisation_id))
    }
    for batch in _batches(db, organisation_id):
        met = {a.resident_id for s in batch for a in s.attendances if a.resident_id}
        people = open_residents(db, list(met))
        for session in batch:
            yield from _rows_of(db, session, places, people, cipher)
        db.expunge_all()


def resident_rows(db: ReadSession, organisation_id: UUID, unknown: str = UNKNOWN) -> Iterator[Row]:
    """Give a row a resident file, in the order they were opened."""
    ids = db.exec(
        select(Resident.id)
        .where(
            col(Resident.organisation_id) == organisation_id, col(Resident.merged_into).is_(None)
        )
        .order_by(col(Resident.created_at), col(Resident.id))
    ).all()
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        opened = open_residents(db, part)
        for id_ in part:
            yield _resident(opened[id_], unknown)
        db.expunge_all()


def _batches(db: ReadSession, organisation_id: UUID) -> Iterator[Sequence[AssistedSession]]:
    last: tuple[Any, UUID] | None = None
    while True:
        query = select(AssistedSession).where(
            col(AssistedSession.organisation_id) == organisation_id,
            col(AssistedSession.removed_at).is_(None),
            col(AssistedSession.kind) != SessionKind.PASSAGE,
        )
        if last is not None:
            day, id_ = last
            query = query.where(
                (col(AssistedSession.held_on) > day)
                | ((col(AssistedSession.held_on) == day) & (col(AssistedSession.id) > id_))
            )
        order = (col(AssistedSession.held_on), col(AssistedSession.id))
        batch = db.exec(query.order_by(*order).limit(BATCH).options(*WHOLE)).all()
        if not batch:
            return
        last = (batch[-1].held_on, batch[-1].id)
        yield batch


def _rows_of(
    db: ReadSession,
    session: AssistedSession,
    places: dict[UUID, Place],
    people: dict[UUID, NamedResident],
    cipher: Cipher,
) -> Iterator[Row]:
    is_workshop = session.kind is SessionKind.WORKSHOP
    persons = sorted(session.attendances, key=lambda a: a.id)
    before = (session.held_on, _moment(session.recorded_at), _moment(session.changed_at))
    shared = (
        _label("mode", session.mode),
        *_where(session, places),
        session.duration_min,
        session.title or "",
        _labels("material", session.material),
        _labels("theme", _themes(session)),
        "\n".join(session.tags),
        _precision(session, cipher),
    )
    note = _note(db, session, cipher)
    for rank, attendance in enumerate(persons, 1):
        person = people.get(attendance.resident_id) if attendance.resident_id else None
        yield (
            *before,
            _label("kind", session.kind.value),
            f"{rank}/{len(persons)}" if is_workshop or len(persons) > 1 else 1,
            person.name if person else ANONYMOUS,
            *shared,
            _graded("level", session.level)
            if is_workshop
            else _graded("autonomy", attendance.autonomy),
            *_profile(attendance),
            note if rank == 1 else "",
            V1 if attendance.has_random_profile and not is_workshop else V2,
            _id_of(session),
        )


def _where(session: AssistedSession, places: dict[UUID, Place]) -> tuple[str, ...]:
    place = places.get(session.place_id) if session.place_id else None
    if place is None:
        return ("", "", *_commune(session.commune))
    return (place.name, place.address, *_commune(place.commune))


def _profile(attendance: Attendance) -> tuple[str, ...]:
    referred = {True: "Oui", False: "Non"}
    return (
        referred[attendance.is_referred] if attendance.is_referred is not None else "",
        _label("referral", attendance.referral),
        *_commune(attendance.commune),
        _label("gender", attendance.gender),
        _label("age_band", attendance.age_band),
        _label("status", attendance.status),
    )


def _resident(person: NamedResident, unknown: str) -> Row:
    name, postcode, insee = _commune(person.commune)
    return (
        person.family_name,
        person.given_name,
        person.birth_year or unknown,
        name or unknown,
        insee or unknown,
        postcode or unknown,
        spoken_phone(person.phone) if person.phone else unknown,
        person.email or unknown,
        _GENDERS.get(person.gender, "Non communiqué"),
        _label("age_band", person.age_band),
        _label("status", person.status),
        person.visits,
        person.note or "",
    )


def _id_of(session: AssistedSession) -> str:
    """Give the national id of what came from there, else ours: an importer asks for one."""
    if session.source is Source.COOP and session.source_id is not None:
        try:
            return str(UUID(session.source_id))
        except ValueError:
            pass  # a file of before August 2025 has none
    return str(session.id)


def _themes(session: AssistedSession) -> list[str]:
    chosen = {theme.theme for theme in session.themes}
    return [theme.code for theme in vocabularies.themes() if theme.code in chosen]


def _note(db: ReadSession, session: AssistedSession, cipher: Cipher) -> str:
    if session.note is None:
        return ""
    if session.note_key_id is not None:
        return note_of(db, session)
    return cipher.open(session.note, table=TABLE, column="note", row=session.id)


def _precision(session: AssistedSession, cipher: Cipher) -> str:
    if session.precision is None:
        return ""
    return cipher.open(session.precision, table=TABLE, column="precision", row=session.id)


def _moment(at: datetime | None) -> str:
    return at.astimezone(PARIS).strftime("%d/%m/%Y à %H:%M") if at else ""


@cache
def _national(vocabulary: str) -> dict[str, str]:
    return {value.code: value.national_label for value in vocabularies.values(vocabulary)}


def _label(vocabulary: str, code: str | None) -> str:
    return _national(vocabulary).get(code, "") if code else ""


def _labels(vocabulary: str, codes: Sequence[str]) -> str:
    return "\n".join(filter(None, (_label(vocabulary, code) for code in codes)))


def _graded(vocabulary: str, code: str | None) -> str:
    return f"{vocabularies.codes(vocabulary).index(code) + 1}/3" if code else ""


@cache
def _commune(insee: str | None) -> tuple[str, str, str]:
    if insee is None:
        return "", "", ""
    try:
        found = geography.commune(insee)
    except UnknownPlace:
        return "", "", insee
    return found.name, found.postcodes[0] if found.postcodes else "", found.insee
