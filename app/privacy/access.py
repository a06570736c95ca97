"""Everything that is held about a person, for her (art. 15 and 20 RGPD): one readable document."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select

from app.accounts.models import Membership
from app.accounts.permissions import Role
from app.agenda.models import FollowUp
from app.agenda.service import COLUMN, TABLE
from app.agenda.workshop_models import Registration, Workshop
from app.assessments import service as assessments
from app.assessments.service import Opened
from app.audit.models import AccessRecord, Did
from app.audit.service import record
from app.core.db import ReadSession, WriteSession
from app.core.errors import NotFound
from app.messages.models import MessageState
from app.messages.service import for_resident
from app.organisations.models import Organisation, Place
from app.procedures.service import catalogue
from app.reference import vocabularies
from app.residents.agreement_models import Agreement
from app.residents.agreements import SAID
from app.residents.mandates import mandates_of
from app.residents.models import Resident
from app.residents.referrals import referrals_of
from app.residents.service import open_residents, subject_ciphers
from app.sessions.models import AssistedSession, Attendance, ProcedureHelp
from app.sessions.notes import note_of
from app.sessions.service import WHOLE

UNSAID = "non_communique"


def document(
    db: WriteSession, resident_id: UUID, *, by: UUID | None, now: datetime
) -> dict[str, Any]:
    """Give what is held about a person, in words; says in the record that it was taken.

    Raises NotFound.
    """
    row = db.get(Resident, resident_id)
    if row is None or row.merged_into is not None:
        raise NotFound("Cette fiche n’existe pas.")
    held = {
        "structure": _name(db, row.organisation_id),
        "fiche": _file(db, row),
        "visites": _visits(db, resident_id),
        "suivis": _follow_ups(db, resident_id),
        "ateliers": _workshops(db, resident_id),
        "diagnostics": [_assessment(one) for one in assessments.of_resident(db, resident_id)],
        "accords": _agreements(db, resident_id),
        "mandats": _mandates(db, resident_id, now.date()),
        "orientations": _referrals(db, resident_id),
        "rappels": _reminders(db, resident_id),
        "lectures": _readings(db, resident_id),
    }
    record(
        db,
        Did.EXPORT_RESIDENT,
        at=now,
        account_id=by,
        organisation_id=row.organisation_id,
        subject_id=resident_id,
        shown=1,
    )
    return held


def _name(db: ReadSession, organisation_id: UUID) -> str:
    organisation = db.get(Organisation, organisation_id)
    return organisation.name if organisation else ""


def _file(db: ReadSession, row: Resident) -> dict[str, Any]:
    person = open_residents(db, [row.id])[row.id]
    return {
        "prénom": person.given_name,
        "nom": person.family_name,
        "année de naissance": person.birth_year,
        "téléphone": person.phone,
        "adresse e-mail": person.email,
        "note": person.note,
        "commune (code Insee)": person.commune,
        **{
            title: vocabularies.label(name, getattr(person, name))
            for title, name in (("âge", "age_band"), ("genre", "gender"), ("situation", "status"))
        },
        "informée le": person.informed_on.isoformat(),
        "dernière visite": person.last_contact_on.isoformat(),
    }


def _visits(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    here = select(col(Attendance.session_id)).where(col(Attendance.resident_id) == resident_id)
    sessions = db.exec(
        select(AssistedSession)
        .where(col(AssistedSession.id).in_(here), col(AssistedSession.removed_at).is_(None))
        .order_by(col(AssistedSession.held_on), col(AssistedSession.id))
        .options(*WHOLE)
    ).all()
    places = {p.id: p.name for p in db.exec(select(Place))}
    return [
        {
            "jour": session.held_on.isoformat(),
            "lieu": places.get(session.place_id, "") if session.place_id else "",
            "activité": vocabularies.label("kind", session.kind.value),
            "minutes": session.duration_min,
            "thèmes": [vocabularies.theme(t.theme).label for t in session.themes],
            "démarches": [
                _procedure(db, help_)
                for attendance in session.attendances
                if attendance.resident_id == resident_id
                for help_ in attendance.procedures
            ],
            "note": note_of(db, session) if len(session.attendances) == 1 else "",
        }
        for session in sessions
    ]


def _procedure(db: ReadSession, help_: ProcedureHelp) -> dict[str, Any]:
    return {
        "démarche": catalogue(db).find(help_.procedure).title,
        "où on en est": vocabularies.label("outcome", help_.outcome.value),
        "ce qui a bloqué": [vocabularies.blocker(code).label for code in help_.blockers],
        "papiers apportés": help_.papers,
    }


def _follow_ups(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    rows = db.exec(
        select(FollowUp)
        .where(col(FollowUp.resident_id) == resident_id)
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    ).all()
    cipher = subject_ciphers(db, {resident_id})[resident_id] if rows else None
    return [
        {
            "jour": row.due_on.isoformat(),
            "raison": cipher.open(row.reason, table=TABLE, column=COLUMN, row=row.id),
            "fait": row.settled_at is not None,
        }
        for row in rows
        if cipher is not None
    ]


def _workshops(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    rows = db.exec(
        select(Workshop)
        .join(Registration, col(Registration.workshop_id) == col(Workshop.id))
        .where(col(Registration.resident_id) == resident_id)
        .order_by(col(Workshop.planned_on), col(Workshop.id))
    )
    return [{"jour": row.planned_on.isoformat(), "atelier": row.title} for row in rows]


def _assessment(one: Opened) -> dict[str, Any]:
    chosen = ((q, q.answer(one.answers[q.id])) for q in one.bank.questions if q.id in one.answers)
    return {
        "commencé le": one.started_at.date().isoformat(),
        "terminé le": one.finished_at.date().isoformat() if one.finished_at else None,
        "réponses": {q.text: answer.text if answer else "Je ne sais pas" for q, answer in chosen},
        "résultats, sur 4": {one.bank.theme(code).label: n for code, n in one.scores.items()},
        "fractures": [vocabularies.label("divide", code) for code in one.divides],
    }


def _agreements(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    rows = db.exec(
        select(Agreement)
        .where(col(Agreement.resident_id) == resident_id)
        .order_by(col(Agreement.given_on), col(Agreement.id))
    )
    return [
        {
            "pour": SAID[row.accepts][0],
            "donné le": row.given_on.isoformat(),
            "retiré le": row.ended_on.isoformat() if row.ended_on else None,
            "retiré par elle-même": row.stopped_by is not None,
        }
        for row in rows
    ]


def _mandates(db: ReadSession, resident_id: UUID, today: date) -> list[dict[str, Any]]:
    return [
        {
            "signé par": row.kind,
            "pour": row.themes,
            "signé le": row.signed_on.isoformat(),
            "jusqu’au": row.last_day.isoformat(),
            "repris par la personne": row.was_taken_back,
        }
        for row in mandates_of(db, resident_id, today=today)
    ]


def _referrals(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    cipher = subject_ciphers(db, {resident_id})[resident_id]
    return [
        {
            "vers": row.service,
            "pour": row.reason,
            "le": row.sent_on.isoformat(),
            "coordonnées données": row.gave_contact,
            "suite": row.said,
            "le retour": row.answer,
        }
        for row in referrals_of(db, resident_id, cipher)
    ]


def _reminders(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "rendez-vous": row.starts_at.isoformat(),
            "par": row.channel.value if row.channel else None,
            "envoyé": row.state is MessageState.SENT,
            "dernier changement": row.changed_at.isoformat(),
        }
        for row in for_resident(db, resident_id)
    ]


def _readings(db: ReadSession, resident_id: UUID) -> list[dict[str, Any]]:
    """Say who read or changed the file, as roles: her right is to know, not to name colleagues."""
    rows = db.exec(
        select(AccessRecord.account_id, AccessRecord.did, func.count(), func.max(AccessRecord.at))
        .where(col(AccessRecord.subject_id) == resident_id)
        .group_by(col(AccessRecord.account_id), col(AccessRecord.did))
    ).all()
    roles: dict[UUID, set[str]] = {}
    for account_id, role in db.exec(select(Membership.account_id, Membership.role)):
        roles.setdefault(account_id, set()).add(ROLES.get(Role(role), str(role)))
    return [
        {
            "par": ", ".join(sorted(roles.get(account, {"compte fermé"})))
            if account
            else "commande",
            "geste": DEEDS.get(Did(did), str(did)),
            "fois": times,
            "la dernière le": last.date().isoformat(),
        }
        for account, did, times, last in rows
    ]


ROLES = {
    Role.ADVISER: "conseiller",
    Role.COORDINATOR: "coordinateur",
    Role.ADMIN: "administrateur",
    Role.DPO: "délégué à la protection des données",
    Role.INSTANCE_ADMIN: "administrateur de l’instance",
}
DEEDS = {
    Did.READ_RESIDENT: "fiche lue",
    Did.CREATE_RESIDENT: "fiche créée",
    Did.CHANGE_RESIDENT: "fiche changée",
    Did.MERGE_RESIDENTS: "fiche réunie avec une autre",
    Did.PART_RESIDENTS: "fiche séparée d’une autre",
    Did.START_ASSESSMENT: "diagnostic commencé",
    Did.FINISH_ASSESSMENT: "diagnostic terminé",
    Did.READ_ASSESSMENT: "diagnostic lu",
    Did.EXPORT_RESIDENT: "données remises",
    Did.CHANGE_AGREEMENT: "accord changé",
    Did.CHANGE_CASE: "démarche complétée",
    Did.CHANGE_MANDATE: "mandat noté ou retiré",
    Did.REFER: "orientation notée",
    Did.GIVE_SHEET: "fiche imprimée",
    Did.REMIND_RESIDENT: "rappel préparé",
    Did.STOP_REMINDERS: "rappels arrêtés par elle-même",
}
