"""`escale init`: data directory, keys, migrations, reference data. Safe to run again."""

from datetime import datetime

from sqlmodel import select

from app.core.crypto import load_master_key
from app.core.db import Database, WriteSession
from app.core.ready import Installation, check_master_key
from app.core.scope import Scope
from app.core.settings import Settings
from app.migrations.upgrade import upgrade
from app.procedures.service import load_catalogue


def prepare(settings: Settings, *, now: datetime) -> Database:
    """Make the installation ready and give its database.

    Raises ConfigurationError for a missing, malformed or foreign master key.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = load_master_key(settings)
    upgrade(settings.owner_url, settings.database_url.get_secret_value())
    database = Database(settings.database_url.get_secret_value(), keys)
    with database.writing(Scope.system("init")) as db:
        _remember_key(db, now=now)
        load_catalogue(db)
    check_master_key(database)
    database.learn_sizes()
    return database


def _remember_key(db: WriteSession, *, now: datetime) -> None:
    if db.exec(select(Installation)).first() is None:
        db.add(Installation(key_fingerprint=db.keys.fingerprint, created_at=now))
