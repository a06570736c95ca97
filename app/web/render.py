"""Pages and their fragments: one template a page; htmx gets a named block of that same template."""

import hashlib
from functools import cache
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core import text
from app.core.phones import spoken_phone
from app.core.settings import ROOT

STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"


def is_partial(request: Request) -> bool:
    """Tell whether htmx asked for a part of the page (not on HX-Request: see stack facts)."""
    return request.headers.get("hx-request-type") == "partial"


@cache
def asset(name: str) -> str:
    """Give a static file's address with its content's hash, so that it can be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


@cache
def environment() -> Environment:
    """Build the Jinja environment: strict, escaped, with the components as `ui.*`."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        number=text.number,
        day=text.day,
        minutes=text.minutes,
        clock_time=text.clock_time,
        ordinal=text.ordinal,
        initials=text.initials,
        month=text.month,
        weekday=text.weekday,
        spoken_phone=spoken_phone,
        lower_first=text.lower_first,
        capitalize_first=lambda words: words[:1].upper() + words[1:],
    )
    env.globals.update(
        asset=asset,
        plural=text.plural,
        relative_day=text.relative_day,
        lateness=text.lateness,
        hour=text.hour,
        number=text.number,
    )
    ui = SimpleNamespace()
    env.globals["ui"] = ui
    svg = cache(vars(env.get_template("ui/icons.html").module)["icon"])  # a list draws a hundred
    env.globals["svg"] = svg
    env.filters["svg"] = svg  # of a known name: written when the template is compiled
    for path in sorted((TEMPLATES / "ui").glob("*.html")):
        for name, macro in vars(env.get_template(f"ui/{path.name}").module).items():
            if callable(macro) and not name.startswith("_"):
                setattr(ui, name, macro)
    ui.icon = svg
    ui.rail, ui.bar = cache(ui.rail), cache(ui.bar)  # drawn once for who sees the same entries
    return env


def page(
    request: Request, template: str, *, block: str | None = None, status: int = 200, **context: Any
) -> Response:
    """Render the page, or only `block` when htmx asked for a part.

    A block is sent with a <title>, which htmx takes, so that an error is heard in the title too.
    """
    frame = shell(request)
    taken = context.keys() & frame.keys() - {"toast", "path"}
    if taken:
        raise ValueError(f"the frame of the page has its own {', '.join(sorted(taken))}")
    context = frame | context
    if block is not None and is_partial(request):
        title = render_block(environment(), template, "title", context).strip()
        body = Markup("<title>{} – Escale</title>\n").format(Markup(title))
        body += Markup(render_block(environment(), template, block, context))
    else:
        body = Markup(environment().get_template(template).render(context))
    response = HTMLResponse(str(body), status_code=status)
    response.headers["Vary"] = "HX-Request-Type"
    return response


def fragment(request: Request, template: str, block: str, **context: Any) -> Response:
    """Render a named block that is part of no page by itself, such as a list of results."""
    return HTMLResponse(render_block(environment(), template, block, shell(request) | context))


def done(request: Request, location: str) -> Response:
    """Go to a page after something was done: 303, or HX-Redirect (htmx must never get a 303)."""
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": location})
    return RedirectResponse(location, status_code=303)


def shell(request: Request) -> dict[str, Any]:
    """Give what every page shows around its content: who, where, and the navigation."""
    context: dict[str, Any] = {
        "request": request,
        "actor": None,
        "nav": (),
        "places": [],
        "place_label": "",
        "toast": None,
        "path": request.url.path,
    }
    make = getattr(request.state, "shell", None)
    return context | (make() if make else {})
