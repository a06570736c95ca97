"""Telephone numbers: kept in the international form, shown as one says them."""

import re

_OVERSEAS = {
    **dict.fromkeys(("0262", "0263", "0269", "0639", "0692", "0693"), "262"),
    **dict.fromkeys(("0590", "0690", "0691"), "590"),
    **dict.fromkeys(("0594", "0694"), "594"),
    **dict.fromkeys(("0596", "0696", "0697"), "596"),
}  # beginnings of numbers there, mobiles too (Arcep, plan national de numérotation)
_FRENCH = re.compile(r"\+(33|262|590|594|596)0?([1-9]\d{8})")


def normal_phone(text: str) -> str:
    """Write a phone number in the international form, overseas included.

    A line overseas has one number in France: « +33 6 91… » is « +590 6 91… », written by who took
    it for one of the mainland. Raises ValueError with the sentence to show.
    """
    digits = re.sub(r"[\s.()/-]", "", text)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if found := _FRENCH.fullmatch(digits):
        zone, line = found.groups()
        return _international(line) if zone == "33" else f"+{zone}{line}"
    if digits.startswith("+") and re.fullmatch(r"\+\d{8,15}", digits):
        return digits
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        return _international(digits[1:])
    raise ValueError("Écrivez un numéro à 10 chiffres, ou commencez par + et le pays.")


def spoken_phone(number: str) -> str:
    """Write a stored number as one says it: « 06 12 34 56 78 ».

    One that would be read back as another line stays in its international form.
    """
    found = _FRENCH.fullmatch(number)
    if found is None or _international(found[2]) != _line(number):
        return number
    national = f"0{found[2]}"
    return " ".join(national[i : i + 2] for i in range(0, 10, 2))


def same_phone(mine: str, its: str) -> bool:
    """Tell whether two stored numbers are one line, even kept before « +33 6 91 » was read so."""
    return mine == its or _line(mine) == _line(its)


def _line(number: str) -> str:
    return normal_phone(number) if _FRENCH.fullmatch(number) else number


def _international(line: str) -> str:
    """Write the nine digits of a French line with the prefix of where it is."""
    return f"+{_OVERSEAS.get(f'0{line[:3]}', '33')}{line}"
