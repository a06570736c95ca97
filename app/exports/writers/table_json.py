"""JSON of one table: the protected table as the API gives it, and the words for its codes."""

import json
from typing import BinaryIO

from app.exports.writers.table import TableFile


def write(table: TableFile, stream: BinaryIO) -> None:
    """Write the document."""
    stream.write(json.dumps(table.document, ensure_ascii=False, indent=1).encode() + b"\n")
