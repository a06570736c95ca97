"""Identifiers: UUIDv7 (RFC 9562 § 5.7), made by the server or, offline, by a device."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Make a UUIDv7: ordered by creation, hence kind to indexes."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
