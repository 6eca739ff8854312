#!/bin/sh
# Leaves root behind, then becomes what it was asked to run.
set -eu
if [ "${1#rabbitmq}" != "$1" ] && [ "$(id -u)" = 0 ]; then
    find /var/lib/rabbitmq ! -user rabbitmq -exec chown rabbitmq:rabbitmq '{}' +
    exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
# Debian's own rabbitmq-server changes user and files its logs; the server's script does neither.
if [ "$1" = rabbitmq-server ]; then
    shift
    exec /usr/lib/rabbitmq/bin/rabbitmq-server "$@"
fi
exec "$@"
