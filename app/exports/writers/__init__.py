"""File formats: one module each, the same data giving the same bytes."""
