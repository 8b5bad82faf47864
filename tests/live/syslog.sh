#!/bin/bash
# One private rsyslogd under DIR: `syslog.sh start DIR`, `syslog.sh stop DIR`, and `syslog.sh within DIR COMMAND…`,
# which runs a server so that its /dev/log is this rsyslogd's. Needs root and the Debian package rsyslog.
#
# Everything is written three times: log/rfc3164.log, log/rfc3339.log, log/rfc5424.log.
#
# Programs log through /dev/log and nowhere else. Where we may, our servers have a /dev of their own, in which only the
# log differs: whatever this host logs with is not disturbed, and several tests can run. Else we take /dev/log, where
# nobody has it.
set -euo pipefail
# shellcheck source=tests/live/processes.sh
source "$(dirname "$0")/processes.sh"

main() {
    if [[ $# -lt 2 || ! $1 =~ ^(start|stop|within|own_dev|serve)$ ]]; then
        echo "usage: syslog.sh start|stop DIR, syslog.sh within DIR COMMAND…" >&2
        exit 2
    fi
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    local action=$1
    shift 2
    "$action" "$@"
}

start() {
    [[ $EUID -eq 0 ]] || { echo "syslog.sh: needs root" >&2; exit 77; }
    command -v rsyslogd >/dev/null || { echo "syslog.sh: rsyslog is not installed" >&2; exit 77; }
    stop
    trap stop EXIT
    mkdir -p "$dir"/{log,lib,dev}
    write_conf
    if unshare --mount --propagation private "$0" own_dev "$dir" 2>/dev/null; then
        unshare --mount --propagation private "$0" serve "$dir" >"$dir/rsyslogd.out" 2>&1 &
        touch "$dir/private"
    elif [[ -e /dev/log ]]; then
        echo "syslog.sh: /dev/log exists, and a private one is not allowed here" >&2
        exit 77
    else
        touch "$dir/owns-dev-log"
        rsyslogd -n -f "$dir/rsyslog.conf" -i NONE >"$dir/rsyslogd.out" 2>&1 &
    fi
    echo $! >"$dir/rsyslogd.pid"
    wait_for_socket
    trap - EXIT
}

# In a name space of its own, which ends with its last process.
own_dev() {
    mount -t tmpfs tmpfs "$dir/dev"
    mkdir "$dir/dev/ours" "$dir/dev/work"
    mount -t overlay overlay -o "lowerdir=/dev,upperdir=$dir/dev/ours,workdir=$dir/dev/work" /dev
    rm -f /dev/log
}

serve() {
    own_dev
    exec rsyslogd -n -f "$dir/rsyslog.conf" -i NONE
}

within() {
    if [[ ! -e $dir/private ]]; then exec "$@"; fi
    exec nsenter --mount --target "$(tr -d ' \n' <"$dir/rsyslogd.pid")" -- "$@"
}

wait_for_socket() {
    local tries
    for tries in {1..200}; do
        if within_quietly test -S /dev/log; then return; fi
        sleep 0.02
    done
    echo "syslog.sh: rsyslogd made no /dev/log after $tries tries: $(cat "$dir/rsyslogd.out")" >&2
    return 1
}

within_quietly() {
    (within "$@") 2>/dev/null
}

stop() {
    end_process "$dir/rsyslogd.pid"
    # rsyslogd leaves its socket behind, and the next one would take it for a running service.
    if [[ -f $dir/owns-dev-log ]]; then rm -f /dev/log "$dir/owns-dev-log"; fi
    rm -f "$dir/private"
}

write_conf() {
    cat >"$dir/rsyslog.conf" <<CF
global(workDirectory="$dir/lib" localHostname="mx1.agency.gov.tw")
module(load="imuxsock" SysSock.Name="/dev/log" SysSock.UsePIDFromSystem="off" SysSock.RateLimit.Interval="0")
template(name="rfc5424" type="string" string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% %STRUCTURED-DATA% %msg%\n")
*.* action(type="omfile" file="$dir/log/rfc3164.log" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="$dir/log/rfc3339.log" template="RSYSLOG_FileFormat")
*.* action(type="omfile" file="$dir/log/rfc5424.log" template="rfc5424")
CF
}

main "$@"
