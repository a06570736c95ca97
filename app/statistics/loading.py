"""Takes lines of the ledger into the engine, and hashes there what stands for a person.

Lines come through a pipe and are coded and hashed as they come: no id ever stands in a table of the
engine, in what it puts aside on disk, or in a file.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from itertools import cycle
from typing import TextIO

import duckdb

from app.core.batches import batched
from app.statistics.ledger import FIELD, LINE
from app.statistics.policy import hmac32
from app.statistics.reference import Reference

READERS = 2
CHUNK = 2_000  # lines written at a time
BUFFER, LONGEST = 8_000_000, 1_000_000  # bytes, of what is read at a time and of a line
_BLOCK = 64  # of SHA-256, for HMAC (RFC 2104)


class UnknownCode(ValueError):
    """A row holds a code that the reference data do not have."""


def name_codes(db: duckdb.DuckDBPyConnection, reference: Reference) -> None:
    """Make a type of each dimension, whose values are numbered as those of the reference data."""
    for name in reference.labels:
        values = ", ".join(_quoted(value) for value in reference.codes(name))
        db.execute(f"CREATE TYPE {type_of(name)} AS ENUM ({values})")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def type_of(dimension: str) -> str:
    """Name the type of a dimension's values."""
    return f"code_of_{dimension}"


def code(value: str, dimension: str) -> str:
    """Write the number of a value as SQL."""
    return f"enum_code(({value})::{type_of(dimension)})"


def listed(values: str, dimension: str) -> str:
    """Write a list of values as SQL, typed, each once and in order."""
    typed = f"({values})::{type_of(dimension)}[]"
    return f"CASE WHEN len({values}) > 1 THEN list_sort(list_distinct({typed})) ELSE {typed} END"


def take_in(
    db: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    fields: Sequence[str],
    lines: Iterable[str],
    parameters: Mapping[str, object],
) -> None:
    """Make a table of a query that reads `{lines}`, a table of fields; an empty one is nothing.

    Rows come in no order. Raises UnknownCode, and whatever the lines themselves raise.
    """
    none = ", ".join(f"NULL::VARCHAR AS {name}" for name in fields)
    nothing = query.replace("{lines}", f"(SELECT {none} WHERE false)")
    db.execute(f"CREATE TABLE {table} AS {nothing}", dict(parameters))
    with ThreadPoolExecutor(max_workers=READERS) as pool, ExitStack() as pipes:
        readers, writers = [], []
        for _ in range(READERS):
            reading, writing = os.pipe()
            statement = f"INSERT INTO {table} {query.replace('{lines}', _read(reading, fields))}"
            readers.append(pool.submit(_take, db.cursor(), statement, parameters, reading))
            writers.append(pipes.enter_context(_open(writing)))
        with suppress(BrokenPipeError):  # a reader stopped, and tells why
            for pipe, chunk in zip(cycle(writers), batched(lines, CHUNK), strict=False):
                pipe.write(LINE.join((*chunk, "")))
    try:
        for reader in readers:
            reader.result()
    except duckdb.ConversionException as error:
        raise UnknownCode(str(error).partition(" to ENUM")[0]) from error


@contextmanager
def _open(writing: int) -> Iterator[TextIO]:
    """Open the writing end of a pipe; what is left to write when its reader failed is lost."""
    pipe = os.fdopen(writing, "w", encoding="utf-8", newline=LINE)
    try:
        yield pipe
    finally:
        with suppress(BrokenPipeError):
            pipe.close()


def _read(reading: int, fields: Sequence[str]) -> str:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in fields)
    return (
        f"read_csv('/dev/fd/{reading}', auto_detect = false, header = false, delim = '{FIELD}', "
        f"quote = '', escape = '', buffer_size = {BUFFER}, max_line_size = {LONGEST}, "
        f"columns = {{{columns}}})"
    )


def _take(
    db: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, object], reading: int
) -> None:
    try:
        db.execute(statement, dict(parameters))
    finally:
        os.close(reading)  # so that writing to a reader that failed ends too


def check_hmac(db: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Make sure that the engine's HMAC is everybody's. Raises AssertionError."""
    for message in ("person:1", "attendance:é"):
        sql = f"SELECT {bits32(hmac_sql('$message'))}"
        found = db.execute(sql, {**hmac_pads(key), "message": message}).fetchone()
        if found is None or found[0] != hmac32(key, message):
            raise AssertionError("the database engine computes another HMAC")


def hmac_pads(key: bytes) -> dict[str, bytes]:
    """Give the two padded keys of HMAC (RFC 2104), for an engine that only has the hash."""
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {"inner": bytes(b ^ 0x36 for b in block), "outer": bytes(b ^ 0x5C for b in block)}


def hmac_sql(message: str) -> str:
    """Write an HMAC in hexadecimal as SQL; `hmac_pads` gives the parameters."""
    inner = f"unhex(sha256($inner::BLOB || encode({message})))"
    return f"sha256($outer::BLOB || {inner})"


def bits32(digest: str, place: int = 0) -> str:
    """Write 32 bits of a digest in hexadecimal as a number, as SQL: the first, or those after."""
    return f"('0x' || substr({digest}, {8 * place + 1}, 8))::UBIGINT::BIGINT"


def identity(digest: str) -> str:
    """Write the first 128 bits of a digest as an id, as SQL: two that are equal are one."""
    return f"left({digest}, 32)::UUID"


HASHED = f"""{bits32("mine")} AS ak, {bits32("mine", 1)} AS tie, {bits32("hers")} AS rk,
       {identity("hers")} AS who, right(month, 2)::USMALLINT AS month,
       {code("k.organisation", "organisation")} AS organisation,
       {code("k.place", "place")} AS place"""


def hashed(message: str, known: Mapping[str, object]) -> str:
    """Write what HASHED is read from as SQL: lines, their codes in `k`, and two HMACs.

    `mine` is that of the row, by its message; `hers` that of its person, or the row's without one.
    """
    return f"""(SELECT *, CASE WHEN subject IS NULL THEN mine
                            ELSE {hmac_sql("'person:' || subject")} END AS hers
             FROM (SELECT *, from_json(codes, '{json.dumps(known)}') AS k,
                          {hmac_sql(message)} AS mine
                   FROM {{lines}}))"""  # noqa: S608
