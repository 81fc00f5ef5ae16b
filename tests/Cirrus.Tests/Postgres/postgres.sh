#!/bin/sh
# postgres.sh BIN FOLDER PORT USER: a PostgreSQL server on a folder of its own, until stdin ends: then it is stopped and
# the folder removed. USER is '-' for the present one (initdb refuses root).
bin=$1 folder=$2 port=$3
as=
[ "$4" = - ] || { as="setpriv --reuid=$4 --regid=$4 --init-groups"; chown "$4" "$folder"; }
server=
trap '[ -z "$server" ] || { kill -INT "$server" 2>/dev/null; wait "$server"; }; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
cd "$folder" || exit 1
$as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log"
    exit 1
}
$as "$bin/postgres" -D "$folder/data" -h 127.0.0.1 -p "$port" -k "$folder" -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
    -c max_connections=200 -c shared_buffers=64MB </dev/null >"$folder/server.log" 2>&1 &
server=$!
i=0
until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    i=$((i + 1))
    if [ $i -gt 3000 ] || ! kill -0 $server 2>/dev/null; then
        cat "$folder/server.log"
        exit 1
    fi
    sleep 0.1
done
echo ready
cat >/dev/null
