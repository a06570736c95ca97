"""Building a report for somebody, sharing it with one funder, and noting who took what."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlmodel import col, select

from app.accounts.actor import Actor
from app.accounts.models import Account, Membership
from app.accounts.permissions import Permission, Role
from app.accounts.service import normal_email
from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, ReadSession, WriteSession
from app.core.errors import Forbidden, Invalid, NotBuilt, NotFound
from app.core.scope import Scope
from app.core.settings import Settings
from app.exports.models import ReportShare
from app.exports.reports import FilledReport, fill, report_named
from app.exports.writers import csv_file, xlsx_file
from app.organisations.models import Organisation
from app.statistics.service import counter, counter_of


@dataclass(frozen=True)
class Format:
    """A file format: how it is written, and what a browser calls it."""

    write: Callable[[FilledReport, BinaryIO], None]
    media_type: str


WRITERS = {
    "xlsx": Format(
        xlsx_file.write, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
    "csv": Format(csv_file.write, "text/csv; charset=utf-8"),
}
LATER_FORMATS = frozenset({"ods", "json", "parquet", "pdf", "datapackage"})


def format_named(name: str) -> Format:
    """Find a format. Raises NotBuilt for one of a later version, Invalid for none."""
    if name in WRITERS:
        return WRITERS[name]
    if name in LATER_FORMATS:
        raise NotBuilt(f"Le format {name} : pas encore dans cette version d’Escale.")
    raise Invalid("format", f"Aucun format « {name} ». Il y a : {', '.join(WRITERS)}.")


def as_file(report: FilledReport, name: str) -> bytes:
    """Write a report in a format; the same figures give the same bytes."""
    stream = io.BytesIO()
    format_named(name).write(report, stream)
    return stream.getvalue()


def build(
    database: Database,
    settings: Settings,
    db: ReadSession,
    actor: Actor,
    name: str,
    period: str | None,
) -> FilledReport:
    """Fill a report with the figures that somebody may see. Raises Invalid, Forbidden."""
    report = report_named(name)
    return fill(report, counter(database, settings, db, actor).for_fixed_list(), period)


def build_for_all(
    database: Database, settings: Settings, db: ReadSession, name: str, period: str | None
) -> FilledReport:
    """Fill a report over every structure of the instance, for whoever holds the machine."""
    every = frozenset(db.exec(select(Organisation.slug)))
    return fill(report_named(name), counter_of(database, settings, every, own=every), period)


def build_shared(database: Database, settings: Settings, share: ReportShare) -> FilledReport:
    """Fill a shared report: the structures and the period it was shared for, whoever reads it."""
    slugs = frozenset(share.organisations)
    count = counter_of(database, settings, slugs, own=slugs)  # as who shared it sees it
    return fill(report_named(share.report), count, share.period)


def share(
    database: Database,
    settings: Settings,
    db: WriteSession,
    actor: Actor,
    *,
    email: str,
    period: str,
    now: datetime,
) -> ReportShare:
    """Share one closed period of one's structures with one funder.

    Raises Invalid("email") when no funder has this address, Invalid("period") for an open one.
    """
    if Permission.SHARE_REPORTS not in actor.permissions:
        raise Forbidden
    report = build(database, settings, db, actor, "programme-national", period)
    funder_id = _funder(database, email)
    slugs = db.exec(select(Organisation.slug).where(col(Organisation.id).in_(actor.counted))).all()
    already = db.exec(
        select(ReportShare).where(
            col(ReportShare.report) == report.report.name,
            col(ReportShare.period) == report.period.code,
            col(ReportShare.funder_id) == funder_id,
            col(ReportShare.shared_by) == actor.account_id,
            col(ReportShare.withdrawn_at).is_(None),
        )
    ).first()
    if already is not None and already.organisations == sorted(slugs):
        return already
    made = ReportShare(
        report=report.report.name,
        period=report.period.code,
        organisations=sorted(slugs),
        funder_id=funder_id,
        shared_by=actor.account_id,
        shared_at=now,
    )
    db.add(made)
    db.flush()
    record(db, Did.SHARE_REPORT, at=now, account_id=actor.account_id, subject_id=made.id)
    return made


def _funder(database: Database, email: str) -> UUID:
    with database.reading(Scope.system("find a funder")) as db:
        found = db.exec(
            select(Account.id)
            .join(Membership, col(Membership.account_id) == col(Account.id))
            .where(
                col(Account.email) == normal_email(email),
                col(Account.is_active),
                col(Membership.role) == Role.FUNDER,
                col(Membership.ended_at).is_(None),
            )
        ).first()
    if found is None:
        raise Invalid("email", "Aucun financeur n’a cette adresse. Vérifiez-la avec lui.")
    return found


def shares(db: ReadSession) -> list[ReportShare]:
    """List what is shared with or by somebody, the latest first."""
    rows = db.exec(
        select(ReportShare)
        .where(col(ReportShare.withdrawn_at).is_(None))
        .order_by(col(ReportShare.shared_at).desc())
    )
    return list(rows)


def shared(db: ReadSession, share_id: UUID) -> ReportShare:
    """Find a shared report. Raises NotFound when it is not for this person, or withdrawn."""
    found = db.get(ReportShare, share_id)
    if found is None or found.withdrawn_at is not None:
        raise NotFound("Ce rapport n’existe pas, ou n’est plus partagé.")
    return found


def withdraw(db: WriteSession, actor: Actor, share_id: UUID, *, now: datetime) -> None:
    """Stop sharing a report, at once. Raises NotFound for somebody else's."""
    found = shared(db, share_id)
    if found.shared_by != actor.account_id:
        raise NotFound
    found.withdrawn_at = now
    record(db, Did.WITHDRAW_REPORT, at=now, account_id=actor.account_id, subject_id=share_id)


def note_export(
    db: WriteSession,
    account_id: UUID | None,
    *,
    now: datetime,
    subject_id: UUID | None = None,
) -> None:
    """Write who took a file, before its first byte leaves."""
    record(db, Did.EXPORT, at=now, account_id=account_id, subject_id=subject_id)
