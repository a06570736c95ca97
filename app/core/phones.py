"""Telephone numbers: kept in the international form, shown as one says them."""

import re

_OVERSEAS = {"0262": "262", "0269": "262", "0590": "590", "0594": "594", "0596": "596"}


def normal_phone(text: str) -> str:
    """Write a phone number in the international form, overseas included.

    Raises ValueError with the sentence to show.
    """
    digits = re.sub(r"[\s.()/-]", "", text)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if digits.startswith("+") and re.fullmatch(r"\+\d{8,15}", digits):
        return digits
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        return f"+{_OVERSEAS.get(digits[:4], '33')}{digits[1:]}"
    raise ValueError("Écrivez un numéro à 10 chiffres, ou commencez par + et le pays.")


def spoken_phone(number: str) -> str:
    """Write a stored number as one says it: « 06 12 34 56 78 »."""
    if number.startswith("+33"):
        national = f"0{number[3:]}"
        return " ".join(national[i : i + 2] for i in range(0, 10, 2))
    return number
