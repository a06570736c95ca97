"""Structures that share the instance, their places, and the keys that close their files."""
