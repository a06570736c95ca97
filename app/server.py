"""The factory that the server's processes call."""

from fastapi import FastAPI

from app.core.settings import load
from app.jobs.runner import Runner
from app.main import create_app
from app.web import logging


def create() -> FastAPI:
    """Build the application from the environment."""
    logging.configure()
    settings = load()
    app = create_app(settings)
    if settings.jobs == "inline":
        app.state.runner = Runner(app.state.database, settings)
    return app
