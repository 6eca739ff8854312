#!/usr/bin/env bash
# The official image's contract: POSTGRES_USER, _PASSWORD, _DB (each also as …_FILE), PGDATA, initdb.d, and "-c x=y" as the command.
set -euo pipefail

from_file() { # NAME DEFAULT
    local file="$1_FILE"
    if [ -n "${!file:-}" ]; then export "$1"="$(<"${!file}")"; fi
    if [ -z "${!1:-}" ]; then export "$1"="$2"; fi
}

create_cluster() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
        echo "POSTGRES_PASSWORD is not set: a database without a password is refused" >&2
        exit 1
    fi
    # shellcheck disable=SC2086
    if [ -n "$POSTGRES_PASSWORD" ]; then
        initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
    else
        initdb --username="$POSTGRES_USER" ${POSTGRES_INITDB_ARGS:-}
    fi
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

query() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "$@"; }

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
            *.sql) query --dbname "$POSTGRES_DB" -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | query --dbname "$POSTGRES_DB" ;;
        esac
    done
}

# A server that listens on its socket only, while the database is being made. Its log goes where the first one is looked for: stdout.
initialise() {
    create_cluster
    pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
    if [ "$POSTGRES_DB" != postgres ]; then
        query --dbname postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
    fi
    run_init_files
    pg_ctl -D "$PGDATA" -m fast -w stop
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

if [ "${1:--}" = postgres ] || [ "${1#-}" != "${1:-}" ] || [ $# = 0 ]; then
    if [ "${1:-}" != postgres ]; then set -- postgres "$@"; fi
    if [ "$(id -u)" = 0 ]; then
        mkdir -p "$PGDATA" /var/run/postgresql
        chmod 700 "$PGDATA"
        find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres '{}' +
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    from_file POSTGRES_PASSWORD ''
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    if [ ! -s "$PGDATA/PG_VERSION" ]; then initialise; fi
fi
exec "$@"
