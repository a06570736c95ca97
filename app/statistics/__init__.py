"""Statistics: the fact store without identity, what is counted, and what may be shown of it."""
