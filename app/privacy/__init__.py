"""The rights of a person over her data: access, portability, objection, erasure."""
