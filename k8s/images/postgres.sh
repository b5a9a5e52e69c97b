#!/bin/sh
# Makes the database in PGDATA where there is none yet, whole or not at all, and becomes the command.
set -eu

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  new=$PGDATA.new user=${POSTGRES_USER:-postgres}
  rm -rf "$new"
  printf '%s\n' "${POSTGRES_PASSWORD:?the password of the account $user is not set}" |
    initdb --pgdata="$new" --username="$user" --pwfile=/dev/stdin --auth-local=trust --auth-host=scram-sha-256 \
      --encoding=UTF8 --locale=C.UTF-8
  echo 'host all all all scram-sha-256' >>"$new/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$new/postgresql.conf"
  database=${POSTGRES_DB:-$user}
  [ "$database" = postgres ] || echo "CREATE DATABASE \"$database\"" | postgres --single -D "$new" postgres
  mv "$new" "$PGDATA"
fi
exec "$@"
