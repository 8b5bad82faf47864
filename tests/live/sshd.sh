#!/bin/bash
# One private sshd under DIR for SFTP, on loopback only: `sshd.sh start DIR`, `sshd.sh stop DIR`.
# Needs root and the Debian packages openssh-server and openssh-client.
#
#   SSH_PORT  where it listens       [12522]
#   SSH_USER  the account of this host that may log in, with the key DIR/client  [www-data]
#
# What is done is logged through /dev/log (authpriv), there is no other way: see syslog.sh.
set -euo pipefail
# shellcheck source=tests/live/processes.sh
source "$(dirname "$0")/processes.sh"

SSH_PORT=${SSH_PORT:-12522}
SSH_USER=${SSH_USER:-www-data}

main() {
    if [[ $# -ne 2 || ! $1 =~ ^(start|stop)$ ]]; then
        echo "usage: sshd.sh start|stop DIR" >&2
        exit 2
    fi
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    "$1"
}

start() {
    [[ $EUID -eq 0 ]] || { echo "sshd.sh: needs root" >&2; exit 77; }
    local program
    for program in sshd sftp ssh-keygen; do
        command -v "$program" >/dev/null || { echo "sshd.sh: $program is not installed" >&2; exit 77; }
    done
    stop
    trap stop EXIT
    mkdir -p "$dir/data" /run/sshd
    chmod 755 "$dir"
    chown "$SSH_USER" "$dir/data"
    rm -f "$dir"/{host,client}{,.pub}
    ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
    ssh-keygen -q -t ed25519 -N '' -f "$dir/client"
    write_conf
    # It wants to be called by its whole path.
    "$(command -v sshd)" -D -e -f "$dir/sshd_config" >"$dir/sshd.out" 2>&1 &
    echo $! >"$dir/sshd.pid"
    wait_for_port "$SSH_PORT" "$dir/sshd.out"
    has_ended "$(cat "$dir/sshd.pid")" && { cat "$dir/sshd.out" >&2; exit 1; }
    trap - EXIT
}

stop() {
    end_process "$dir/sshd.pid"
}

write_conf() {
    cat >"$dir/sshd_config" <<CF
ListenAddress 127.0.0.1:$SSH_PORT
HostKey $dir/host
PidFile none
AuthorizedKeysFile $dir/client.pub
StrictModes no
UsePAM no
PasswordAuthentication no
AllowUsers $SSH_USER
ForceCommand internal-sftp -l INFO -f AUTHPRIV
Subsystem sftp internal-sftp -l INFO -f AUTHPRIV
CF
}

main "$@"
