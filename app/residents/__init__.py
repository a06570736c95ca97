"""Resident files: who is followed, closed under a key of their own; search over opened names."""
