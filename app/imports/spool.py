"""Holds what was read of a file until all of it was: on disk, closed, gone with the process."""

import pickle
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import Generic, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.crypto import NONCE_BYTES, new_key

_T = TypeVar("_T")


class Spool(Generic[_T]):
    """Batches of values in a nameless file, under a key that only this object holds."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._aead = AESGCM(new_key())
        self._sizes: list[int] = []

    def put(self, batch: Sequence[_T]) -> None:
        """Add a batch; its number is its nonce, since the key serves once."""
        closed = self._aead.encrypt(_nonce(len(self._sizes)), pickle.dumps(batch), None)
        self._file.write(closed)
        self._sizes.append(len(closed))

    def batches(self) -> Iterator[list[_T]]:
        """Give the batches back, in order. Raises InvalidTag if the disk altered one."""
        self._file.seek(0)
        for number, size in enumerate(self._sizes):
            opened = self._aead.decrypt(_nonce(number), self._file.read(size), None)
            yield pickle.loads(opened)  # noqa: S301 - ours: sealed above, by this very object

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")
