#!/bin/bash
# One private nginx under DIR, on loopback only: `nginx.sh start DIR`, `nginx.sh stop DIR`.
# Needs the Debian packages nginx-light (or nginx) and apache2-utils (htpasswd).
#
#   HTTP_PORT      where it listens                                       [12580]
#   HTTP_USERS     names of the accounts, each with the password "secret" [wang.xm]
#   TRUST_FORWARD  "yes": the client's address is taken from X-Forwarded-For, for sample logs [no]
#
# /export wants a user (401 without), /open/export takes both (200 with and without),
# /index.html wants none, /files/… wants one, /slow wants one and takes its time, /denied is for nobody.
# All are files: `return` would answer before auth_basic is asked.
# log/access.log has the server's own format, log/access.json the same requests as JSON.
set -euo pipefail
# shellcheck source=tests/live/processes.sh
source "$(dirname "$0")/processes.sh"

HTTP_PORT=${HTTP_PORT:-12580}
HTTP_USERS=${HTTP_USERS:-wang.xm}
TRUST_FORWARD=${TRUST_FORWARD:-no}

main() {
    if [[ $# -ne 2 || ! $1 =~ ^(start|stop)$ ]]; then
        echo "usage: nginx.sh start|stop DIR" >&2
        exit 2
    fi
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    "$1"
}

start() {
    local program
    for program in nginx htpasswd; do
        command -v "$program" >/dev/null || { echo "nginx.sh: $program is not installed" >&2; exit 77; }
    done
    stop
    mkdir -p "$dir"/{log,tmp,www/files}
    # Workers of a root master run as www-data and must reach the files.
    chmod 755 "$dir" "$dir/www" "$dir/www/files"
    printf '<!doctype html><title>portal</title>\n' >"$dir/www/index.html"
    printf 'no,unit\n1,HR\n' >"$dir/www/export.csv"
    truncate -s 4M "$dir/www/large.csv"
    make_accounts
    write_conf
    nginx -p "$dir" -c "$dir/nginx.conf" 2>"$dir/log/start.err" || { cat "$dir/log/start.err" >&2; exit 1; }
}

stop() {
    end_process "$dir/nginx.pid"
}

make_accounts() {
    : >"$dir/htpasswd"
    local user
    for user in $HTTP_USERS; do
        # The plain SHA form: bcrypt's cost would be part of every measured request.
        htpasswd -b -s "$dir/htpasswd" "$user" secret 2>/dev/null
    done
    chmod 644 "$dir/htpasswd"
}

write_conf() {
    local forward=""
    if [[ $TRUST_FORWARD == yes ]]; then forward="set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;"; fi
    cat >"$dir/nginx.conf" <<CF
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/log/error.log;
events { worker_connections 64; }
http {
  log_format json escape=json '{"time":"\$time_iso8601","remote_addr":"\$remote_addr","remote_user":"\$remote_user","method":"\$request_method","uri":"\$request_uri","status":\$status,"bytes":\$body_bytes_sent,"completion":"\$request_completion"}';
  access_log $dir/log/access.log;
  access_log $dir/log/access.json json;
  client_body_temp_path $dir/tmp;
  proxy_temp_path $dir/tmp;
  fastcgi_temp_path $dir/tmp;
  uwsgi_temp_path $dir/tmp;
  scgi_temp_path $dir/tmp;
  $forward
  server {
    listen 127.0.0.1:$HTTP_PORT;
    server_name portal.agency.gov.tw;
    root $dir/www;
    auth_basic_user_file $dir/htpasswd;
    location = /export { auth_basic "export"; alias $dir/www/export.csv; }
    location = /slow { auth_basic "slow"; limit_rate 16k; alias $dir/www/large.csv; }
    location = /denied { deny all; alias $dir/www/export.csv; }
    location /files/ { auth_basic "files"; }
    location = /open/export { satisfy any; allow all; auth_basic "export"; alias $dir/www/export.csv; }
  }
}
CF
}

main "$@"
