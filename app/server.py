"""The factory that the server's processes call."""

from fastapi import FastAPI

from app.core.settings import load
from app.main import create_app
from app.web import logging


def create() -> FastAPI:
    """Build the application from the environment."""
    logging.configure()
    return create_app(load())
