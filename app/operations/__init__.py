"""Is this installation alive, ready and safe: health pages and checks."""
