"""Alembic's environment and versions. A migration imports no model: it stays true."""
