"""What every domain stands on: settings, database, scope, keys, time. Knows no domain, no web."""
