"""Encryption of what identifies a person: master key → structure's key → person's key → field.

AES-256-GCM everywhere (NIST SP 800-38D), random 96-bit nonces; the associated data bind a field to
its table, column, row and key version, so that a ciphertext moved elsewhere does not open.
"""

import base64
import binascii
import hashlib
import secrets
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator

from app.core.errors import ConfigurationError, EscaleError
from app.core.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"


class Undecipherable(EscaleError):
    """A stored value does not open with the key it should: moved, altered, or of another key."""


class Sealed(bytes):
    """An encrypted text as stored. Only a cipher makes one, so no clear text can be bound."""


class EncryptedText(TypeDecorator[Sealed]):
    """Column type that stores `Sealed` and refuses anything else."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Refuse a clear text: raises TypeError."""
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("an encrypted column takes a Sealed value only")
        return bytes(value) if value is not None else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:
        """Give back what was stored, still closed."""
        return Sealed(value) if value is not None else None


class Cipher:
    """Seals and opens fields under one key."""

    def __init__(self, key: bytes, version: int = 1) -> None:
        self._aead = AESGCM(key)
        self._version = version

    def seal(self, text: str, *, table: str, column: str, row: UUID) -> Sealed:
        """Encrypt a text for one field of one row."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = self._aead.encrypt(nonce, text.encode(), self._bound_to(table, column, row))
        return Sealed(FORMAT + nonce + closed)

    def open(self, sealed: Sealed, *, table: str, column: str, row: UUID) -> str:
        """Decrypt a field. Raises Undecipherable if it stood elsewhere or was altered."""
        nonce, closed = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, closed, self._bound_to(table, column, row)).decode()
        except InvalidTag as error:
            raise Undecipherable from error

    def _bound_to(self, table: str, column: str, row: UUID) -> bytes:
        return f"{table}|{column}|{row}|{self._version}".encode()


class MasterKey:
    """The installation's key, outside the database: wraps other keys, never seals a field."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ConfigurationError(
                "La clé maîtresse (ESCALE_MASTER_KEY) doit faire 32 octets, en base64url."
            )
        self._key = key
        self._aead = AESGCM(key)

    @property
    def fingerprint(self) -> str:
        """Name the key without telling it: what the database keeps to recognise it (C6)."""
        return hashlib.sha256(b"escale master key" + self._key).hexdigest()[:32]

    def wrap(self, key: bytes, *, about: str) -> bytes:
        """Encrypt another key, bound to what it is for."""
        return wrap(self._aead, key, about)

    def unwrap(self, wrapped: bytes, *, about: str) -> bytes:
        """Decrypt a wrapped key. Raises Undecipherable."""
        return unwrap(self._aead, wrapped, about)

    def derive(self, purpose: str) -> bytes:
        """Derive 32 bytes for a purpose of its own (HKDF-SHA-256, RFC 5869)."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)


def wrap(aead: AESGCM, key: bytes, about: str) -> bytes:
    """Encrypt a key under another one, bound to what it is for."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + aead.encrypt(nonce, key, about.encode())


def unwrap(aead: AESGCM, wrapped: bytes, about: str) -> bytes:
    """Open a wrapped key under another one. Raises Undecipherable."""
    try:
        return aead.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], about.encode())
    except InvalidTag as error:
        raise Undecipherable from error


def new_key() -> bytes:
    """Make a random 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def load_master_key(settings: Settings) -> MasterKey:
    """Read the master key, or make one in development (file mode 0600).

    Raises ConfigurationError when it is missing, not base64url, or not 32 bytes.
    """
    if settings.master_key is not None:
        return MasterKey(_decode(settings.master_key.get_secret_value()))
    path = settings.data_dir / "master.key"
    if path.exists():
        return MasterKey(_decode(path.read_text(encoding="ascii").strip()))
    return _make_master_key(path)


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(
            "La clé maîtresse (ESCALE_MASTER_KEY) n’est pas en base64url."
        ) from error


def _make_master_key(path: Path) -> MasterKey:
    key = new_key()
    path.touch(mode=0o600)
    path.write_text(base64.urlsafe_b64encode(key).decode("ascii"), encoding="ascii")
    return MasterKey(key)
