"""Vocabularies, communes and national landmarks: read-only facts loaded from data/."""
