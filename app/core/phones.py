"""Telephone numbers: kept in the international form, shown as one says them."""

import re

_OVERSEAS = {
    **dict.fromkeys(("0262", "0263", "0269", "0639", "0692", "0693"), "262"),
    **dict.fromkeys(("0590", "0690", "0691"), "590"),
    **dict.fromkeys(("0594", "0694"), "594"),
    **dict.fromkeys(("0596", "0696", "0697"), "596"),
}  # beginnings of numbers there, mobiles too (Arcep, plan national de numérotation)


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
    found = re.fullmatch(r"\+(?:33|262|590|594|596)(\d{9})", number)
    if found is None:
        return number
    national = f"0{found[1]}"
    return " ".join(national[i : i + 2] for i in range(0, 10, 2))
