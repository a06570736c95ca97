"""The access record: who read or changed what, append-only and chained. Its pages are elsewhere."""
