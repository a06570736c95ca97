"""Takes coded rows into the engine through memory only, and hashes there what stands for a person.

No copy with ids in it ever stands in a file.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

import duckdb

from app.statistics.policy import hmac32

CHUNK = 50_000
FIELD, LINE, ITEM, PART, SUB = "\t", "\n", ";", ":", ","
_BLOCK = 64  # of SHA-256, for HMAC (RFC 2104)


class UnknownCode(ValueError):
    """A row holds a code that the reference data do not have."""


def take_in(
    db: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    numbers: Sequence[str],
    lines: Iterable[str],
) -> None:
    """Load lines of fields into a table; an empty field is nothing."""
    fields = ", ".join(
        f"nullif(f[{place}], ''){'::USMALLINT' if name in numbers else ''} AS {name}"
        for place, name in enumerate(columns, start=1)
    )
    split = f"string_split(unnest(string_split($1, '{LINE}')), '{FIELD}')"
    select = f"SELECT {fields} FROM (SELECT {split} AS f)"  # noqa: S608
    db.execute(f"CREATE TABLE {table} AS {select} LIMIT 0", [FIELD * (len(columns) - 1)])
    for chunk in _chunks(lines):
        db.execute(f"INSERT INTO {table} {select}", [LINE.join(chunk)])


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    source = iter(lines)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def check_hmac(db: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Make sure that the engine's HMAC is everybody's. Raises AssertionError."""
    inner, outer = hmac_pads(key)
    for message in ("person:1", "attendance:é"):
        found = db.execute(f"SELECT {hmac32_sql('$3')}", [inner, outer, message]).fetchone()
        if found is None or found[0] != hmac32(key, message):
            raise AssertionError("the database engine computes another HMAC")


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """Give the two padded keys of HMAC (RFC 2104), for an engine that only has the hash."""
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def hmac32_sql(message: str) -> str:
    """Write the first 32 bits of an HMAC whose two pads are the first parameters."""
    inner = f"unhex(sha256($1::BLOB || encode({message})))"
    return f"('0x' || left(sha256($2::BLOB || {inner}), 8))::UBIGINT::BIGINT"
