"""Periodic jobs: each finds its work in the tables and can be run twice."""
