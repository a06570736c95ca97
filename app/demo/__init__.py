"""Believable demonstration data: the same for a seed, never in a production database."""
