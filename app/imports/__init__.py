"""Files from the national tool or our own: read line by line, with a report of what was refused."""
