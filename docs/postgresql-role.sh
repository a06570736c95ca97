#!/bin/sh
# The server's role: it signs in, and owns nothing.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$(cat /run/secrets/server_password)" <<'SQL'
CREATE ROLE escale_server LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
SQL
