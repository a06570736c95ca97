"""What somebody was typing when her session ended: closed for her alone, given back later."""

import base64
import json
from dataclasses import dataclass
from uuid import UUID

from app.core.crypto import Cipher, MasterKey, Sealed, Undecipherable

_TABLE, _COLUMN = "kept", "typing"


@dataclass(frozen=True)
class Typing:
    """An address and the values that were on their way to it."""

    action: str
    fields: dict[str, list[str]]


def close(keys: MasterKey, account_id: UUID, typing: Typing) -> str:
    """Close a typing for the account whose session ended: no colleague can open it."""
    text = json.dumps({"action": typing.action, "fields": typing.fields})
    sealed = _cipher(keys).seal(text, table=_TABLE, column=_COLUMN, row=account_id)
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def reopen(keys: MasterKey, account_id: UUID, kept: str) -> Typing | None:
    """Open a typing for the person now signed in; None when it is not hers."""
    try:
        sealed = Sealed(base64.urlsafe_b64decode(kept))
        text = _cipher(keys).open(sealed, table=_TABLE, column=_COLUMN, row=account_id)
    except (Undecipherable, ValueError):
        return None
    found = json.loads(text)
    return Typing(found["action"], found["fields"])


def _cipher(keys: MasterKey) -> Cipher:
    return Cipher(keys.derive("kept typing"))
