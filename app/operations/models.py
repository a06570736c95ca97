"""What the installation remembers of itself."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class Installation(SQLModel, table=True):
    """One row: which master key closed this database, and since when it exists."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    key_fingerprint: str
    created_at: datetime
