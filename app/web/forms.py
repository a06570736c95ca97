"""Forms as people fill them: a pydantic model says the rules, and what was typed is always kept."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args, get_origin

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from sqlmodel import Session
from starlette.datastructures import FormData

from app.core.errors import Invalid, TooLarge

MAX_FIELDS = 1_000
F = TypeVar("F", bound="Form")


class Form(BaseModel):
    """Base of every form: attributes are the names of the fields; titles are their labels.

    `json_schema_extra` may hold `messages`: French sentences by pydantic error type, `*` for all.
    """

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    def problems(self) -> Iterable[tuple[str, str]]:
        """Give (field, sentence) for rules that hold between fields; none by default."""
        return ()


@dataclass(frozen=True)
class FieldLabel:
    """What a template shows of a field."""

    label: str
    help: str
    required: bool
    max_length: int | None


@dataclass
class Submitted(Generic[F]):
    """A form on its way: what was typed, what is wrong, and the data once all is right."""

    model: type[F]
    raw: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    _data: F | None = None

    @property
    def valid(self) -> bool:
        """Tell whether `data` can be used."""
        return self._data is not None and not self.errors

    @property
    def data(self) -> F:
        """The typed data. Only to be read when `valid`."""
        if self._data is None:
            raise ValueError("this form has errors")
        return self._data

    def value(self, name: str) -> str:
        """What was typed in a field, empty when nothing was."""
        return _last(self.raw.get(name, []))

    def values(self, name: str) -> list[str]:
        """All that was chosen in a field of several answers."""
        return self.raw.get(name, [])

    def error(self, name: str) -> str | None:
        """The message to show beside a field."""
        return self.errors.get(name)

    def field(self, name: str) -> FieldLabel:
        """Label, help and limits of a field, from the form model."""
        info = self.model.model_fields[name]
        return FieldLabel(
            label=info.title or name,
            help=info.description or "",
            required=info.is_required(),
            max_length=_max_length(info),
        )

    @contextmanager
    def collecting_errors(self, db: Session) -> Iterator[None]:
        """Turn an Invalid raised by a service into an error of this form; undo the transaction."""
        try:
            yield
        except Invalid as error:
            db.rollback()
            self.errors[error.field] = error.message


def blank(model: type[F], **initial: object) -> Submitted[F]:
    """Make a form nobody has filled yet, with what can be known already."""
    raw = {
        name: [str(v) for v in value] if isinstance(value, (list, tuple, set)) else [str(value)]
        for name, value in initial.items()
        if value is not None
    }
    return Submitted(model, raw)


def submitted(model: type[F]) -> Callable[[Request], Awaitable[Submitted[F]]]:
    """Make the dependency that reads and checks a posted form."""

    async def read(request: Request) -> Submitted[F]:
        form = await request.form(max_fields=MAX_FIELDS, max_files=0)
        return check(model, typed_values(form))

    return read


def typed_values(form: FormData) -> dict[str, list[str]]:
    """Give each field's values in the order sent; files are not text and are left out.

    Raises TooLarge past the number of fields a page of ours can have.
    """
    values: dict[str, list[str]] = {}
    for position, (name, value) in enumerate(form.multi_items()):
        if position >= MAX_FIELDS:
            raise TooLarge
        if isinstance(value, str):
            values.setdefault(name, []).append(value.replace("\x00", ""))
    return values


def check(model: type[F], raw: dict[str, list[str]]) -> Submitted[F]:
    """Validate typed values against a form model; errors are French sentences by field."""
    form = Submitted(model, raw)
    taken: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if _is(info, dict):
            taken[name] = _keyed(name, info, raw)
        elif name in raw:
            taken[name] = raw[name] if _is(info, list, set, tuple) else _last(raw[name])
    try:
        form._data = model.model_validate(
            {name: value for name, value in taken.items() if value not in ("", [""])}
        )
    except ValidationError as refused:
        for error in refused.errors():
            name = _name_of(model, error)
            form.errors.setdefault(name, _sentence(model, name, error))
    else:
        for name, sentence in form.data.problems():
            form.errors.setdefault(name, sentence)
    return form


_NO_SUCH_DAY = "{label} : choisissez une date qui existe, par exemple 24/11/2026."
_GENERAL = {
    "missing": "Remplissez « {label} ».",
    "string_too_long": "{label} : {max_length} caractères au plus.",
    "string_too_short": "{label} : {min_length} caractères au moins.",
    "too_long": "{label} : {max_length} au plus.",
    "int_parsing": "{label} : écrivez un nombre entier.",
    "greater_than_equal": "{label} : {ge} au moins.",
    "less_than_equal": "{label} : {le} au plus.",
    "date_from_datetime_parsing": _NO_SUCH_DAY,
    "date_parsing": _NO_SUCH_DAY,
    "enum": "{label} : choisissez une des réponses proposées.",
    "literal_error": "{label} : choisissez une des réponses proposées.",
    "uuid_parsing": "{label} : choisissez dans la liste.",
    "bool_parsing": "{label} : choisissez une des réponses proposées.",
}


def _sentence(model: type[Form], name: str, error: ErrorDetails) -> str:
    info = model.model_fields.get(str(error["loc"][0])) if error["loc"] else None
    own = _own_messages(info)
    kind = error["type"]
    if kind in ("too_long", "too_short") and error["ctx"]["field_type"] != "List":
        kind = f"string_{kind}"  # a text that was tidied first
    if kind == "value_error":
        return str(error["ctx"]["error"])
    template = own.get(kind) or own.get("*") or _GENERAL.get(kind, "{label} : à corriger.")
    label = (info.title if info else None) or name
    values = {k: v for k, v in error.get("ctx", {}).items() if isinstance(v, (int, str, float))}
    return str(template).format_map(_Blank(label=label, **values))


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""


def _own_messages(info: FieldInfo | None) -> dict[str, str]:
    extra = info.json_schema_extra if info is not None else None
    found = extra.get("messages") if isinstance(extra, dict) else None
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _is(info: FieldInfo, *kinds: type) -> bool:
    found = [info.annotation, *get_args(info.annotation)]
    return any((get_origin(kind) or kind) in kinds for kind in found)


def _last(typed: list[str]) -> str:
    """Take the last answer that is not empty: « autre durée » comes after the usual ones."""
    return next((value for value in reversed(typed) if value.strip()), "")


def _keyed(name: str, info: FieldInfo, raw: dict[str, list[str]]) -> dict[str, Any]:
    """Gather `name-key` fields under their key: one set of questions for each thing chosen."""
    several = (get_origin(get_args(info.annotation)[1]) or None) is list
    prefix = f"{name}-"
    return {
        typed.removeprefix(prefix): values if several else values[-1]
        for typed, values in raw.items()
        if typed.startswith(prefix) and values != [""]
    }


def _name_of(model: type[Form], error: ErrorDetails) -> str:
    """Name the field on the page: `outcome-carte-grise` for a keyed one."""
    where = [str(part) for part in error["loc"]]
    if not where:
        return ""
    info = model.model_fields.get(where[0])
    if info is not None and _is(info, dict) and len(where) > 1:
        return f"{where[0]}-{where[1]}"
    return where[0]


def _max_length(info: FieldInfo) -> int | None:
    for rule in info.metadata:
        length = getattr(rule, "max_length", None)
        if isinstance(length, int):
            return length
    return None
