"""Secrets of cookies and links: 256 random bits, of which only the SHA-256 is kept (A5, A7)."""

import hashlib
import secrets


def new_secret() -> tuple[str, bytes]:
    """Make a secret to give away, and the digest to keep."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> bytes:
    """Give what is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()
