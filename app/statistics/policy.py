"""The published noise of a policy, as integers so that no machine disagrees, and its keys.

The law is a discrete Gaussian cut at ±6 with variance 8 (Giessing 2016, maximum entropy); the
bounds below are its cumulated probabilities times 2³².
"""

import hmac
from bisect import bisect_right
from dataclasses import dataclass

KEY_SPACE = 2**32


@dataclass(frozen=True)
class Policy:
    """Figures and thresholds of one way to protect tables.

    `bounds`: noise −`spread` is for keys under the first bound, and so on up to +`spread`.
    """

    name: str
    bounds: tuple[int, ...]
    threshold: int  # persons a figure stands for, at least
    base: int  # persons of the group it is taken from, at least
    first_share: tuple[int, int] = (1, 2)  # most that one person may be of a sum
    first_two_share: tuple[int, int] = (3, 4)
    structure_share: tuple[int, int] = (17, 20)

    @property
    def spread(self) -> int:
        """The largest noise."""
        return (len(self.bounds) - 1) // 2

    @property
    def surely_enough(self) -> int:
        """So many persons are not small, whatever their keys."""
        return self.threshold + self.spread

    def noise(self, key: int) -> int:
        """Look a key up in the table: e is that of the first bound above it."""
        return bisect_right(self.bounds, key % KEY_SPACE) - self.spread


INTERACTIVE_5 = Policy(
    name="interactive-5",
    bounds=(
        94792438,
        258003541,
        512581605,
        872320609,
        1332841515,
        1866921672,
        2428045624,
        2962125781,
        3422646687,
        3782385691,
        4036963755,
        4200174858,
        4294967296,
    ),
    threshold=11,
    base=50,
)


def year_key(secret: bytes, year: int, *, final: bool) -> bytes:
    """Derive the key of one year's figures; the final version of the year has another."""
    version = "définitif" if final else "provisoire"
    return hmac.digest(secret, f"escale/statistics/{year}/{version}".encode(), "sha256")


def cell_key(key: bytes, name: str, keys: int) -> int:
    """Give the key of a figure's noise: its name and the keys of its people, hashed together.

    Added to the sum, a name would set two figures of the same people apart by one number, always
    the same; who learned it would know both noises at once (docs/decisions/0012).
    """
    return hmac32(key, f"{name}#{keys % KEY_SPACE}")


def hmac32(key: bytes, message: str) -> int:
    """Give the first 32 bits of HMAC-SHA-256."""
    return int.from_bytes(hmac.digest(key, message.encode(), "sha256")[:4], "big")
