#!/bin/bash
# One private Postfix under DIR, on loopback only: `postfix.sh start DIR`, `postfix.sh stop DIR`.
# Needs root and the Debian packages postfix, postfix-pcre, sasl2-bin, libsasl2-modules.
#
#   SMTP_PORT    where it listens                                        [12525]
#   SINK_PORT    its sink that accepts everything                        [12526]
#   BOUNCE_PORT  its sink that refuses every recipient of bounce.test    [12527]
#   DEFER_PORT   if set, its sink that puts off every recipient of defer.test
#   ALERT_PORT   if set, mail to agency.gov.tw goes there, not to the accepting sink
#   SASL_USERS   names of the accounts, each with the password "secret"  [wang.xm]
#   LOG_STYLE    "postfix": Postfix writes DIR/log/mail.log itself, RFC 3164 stamps (no year)
#                "rsyslog": a private rsyslogd on /dev/log writes it, RFC 3339 stamps
#                "syslog": whoever has /dev/log writes, syslog.sh for one             [postfix]
#   EXTRA_SERVICES  lines for master.cf: more ports, content filters
#   LOGGED_HEADERS  which headers Postfix logs, as "Subject|To|Cc"                  [Subject]
#   TRUST_XCLIENT  "yes": the client may name itself by XCLIENT, for sample logs      [no]
#
# Every process is known by a pid file in DIR, so `stop` ends these and no others.
set -euo pipefail
# shellcheck source=tests/live/processes.sh
source "$(dirname "$0")/processes.sh"

SMTP_PORT=${SMTP_PORT:-12525}
SINK_PORT=${SINK_PORT:-12526}
BOUNCE_PORT=${BOUNCE_PORT:-12527}
DEFER_PORT=${DEFER_PORT:-}
ALERT_PORT=${ALERT_PORT:-$SINK_PORT}
SASL_USERS=${SASL_USERS:-wang.xm}
LOG_STYLE=${LOG_STYLE:-postfix}
TRUST_XCLIENT=${TRUST_XCLIENT:-no}
EXTRA_SERVICES=${EXTRA_SERVICES:-}
LOGGED_HEADERS=${LOGGED_HEADERS:-Subject}

main() {
    if [[ $# -ne 2 || ! $1 =~ ^(start|stop)$ ]]; then
        echo "usage: postfix.sh start|stop DIR" >&2
        exit 2
    fi
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    "$1"
}

start() {
    require_host
    stop
    # A start that fails half-way leaves nothing running either.
    trap stop EXIT
    make_folders
    write_main_cf
    write_tables
    write_master_cf
    make_accounts
    if [[ $LOG_STYLE == rsyslog ]]; then start_rsyslog; fi
    start_sink accept "$SINK_PORT"
    start_sink bounce "$BOUNCE_PORT" -B "550 5.1.1 User unknown" -f rcpt
    if [[ -n $DEFER_PORT ]]; then start_sink defer "$DEFER_PORT" -b "450 4.2.1 Try again later" -r rcpt; fi
    postfix -c "$dir/etc" start >"$dir/start.out" 2>&1 || { cat "$dir/start.out" >&2; false; }
    wait_for_port "$SMTP_PORT" "$dir/*.out and $dir/log"
    wait_for_port "$SINK_PORT" "$dir/*.out and $dir/log"
    wait_for_port "$BOUNCE_PORT" "$dir/*.out and $dir/log"
    if [[ -n $DEFER_PORT ]]; then wait_for_port "$DEFER_PORT" "$dir/*.out"; fi
    # Where a port was taken, it is somebody else who answered.
    local pid_file
    for pid_file in "$dir/spool/pid/master.pid" "$dir"/*.pid; do
        if has_ended "$(tr -d ' \n' <"$pid_file")"; then
            echo "postfix.sh: the process of $pid_file has ended: $(tail -n 2 "$dir"/*.out "$dir/log/mail.log")" >&2
            exit 1
        fi
    done
    trap - EXIT
}

stop() {
    local pid_file
    # The master ends its children on TERM; `postfix stop` would wait five seconds for deliveries,
    # and nothing in here is worth waiting for.
    for pid_file in "$dir/spool/pid/master.pid" "$dir"/*.pid; do
        end_process "$pid_file"
    done
    # rsyslogd leaves its socket behind, and the next one would take it for a running service.
    if [[ -f $dir/owns-dev-log ]]; then rm -f /dev/log "$dir/owns-dev-log"; fi
}

require_host() {
    [[ $EUID -eq 0 ]] || { echo "postfix.sh: needs root" >&2; exit 77; }
    local program
    for program in postfix smtp-sink saslpasswd2; do
        command -v "$program" >/dev/null || { echo "postfix.sh: $program is not installed" >&2; exit 77; }
    done
    postconf -m | grep -qw pcre || { echo "postfix.sh: postfix-pcre is not installed" >&2; exit 77; }
}

make_folders() {
    mkdir -p "$dir"/{etc/sasl,spool,lib,log}
    chmod 755 "$dir"
    chown root:root "$dir" "$dir/etc" "$dir/spool"
    chown postfix "$dir/lib"
}

write_main_cf() {
    local own_log=""
    if [[ $LOG_STYLE == postfix ]]; then own_log=$dir/log/mail.log; fi
    local deferring=""
    if [[ -n $DEFER_PORT ]]; then deferring=", { defer.test = smtp:[127.0.0.1]:$DEFER_PORT }"; fi
    local xclient_hosts=""
    if [[ $TRUST_XCLIENT == yes ]]; then xclient_hosts=127.0.0.1; fi
    cat >"$dir/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/lib
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx1.agency.gov.tw
mydomain = agency.gov.tw
myorigin = \$mydomain
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
maillog_file = $own_log
maillog_file_prefixes = $dir
relay_domains = agency.gov.tw
relayhost = [127.0.0.1]:$SINK_PORT
smtp_host_lookup = native
transport_maps = inline:{ { bounce.test = smtp:[127.0.0.1]:$BOUNCE_PORT }, { agency.gov.tw = smtp:[127.0.0.1]:$ALERT_PORT }$deferring }
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = agency.gov.tw
smtpd_authorized_xclient_hosts = $xclient_hosts
cyrus_sasl_config_path = $dir/etc/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
header_checks = pcre:$dir/etc/header_checks
mime_header_checks = pcre:$dir/etc/mime_header_checks
alias_maps =
local_recipient_maps =
CF
}

# Without these Postfix logs neither the subject nor the names of attachments.
write_tables() {
    echo "/^($LOGGED_HEADERS):/ INFO" >"$dir/etc/header_checks"
    cat >"$dir/etc/mime_header_checks" <<'CF'
/^Content-Disposition:.*filename/ INFO
CF
    cat >"$dir/etc/sasl/smtpd.conf" <<CF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $dir/etc/sasldb2
mech_list: PLAIN LOGIN
CF
}

# Debian's services with the port replaced and chroot switched off: a chroot would want copies of
# /etc/services and of the SASL files in the queue folder.
write_master_cf() {
    sed -e "s/^smtp  *inet .*/127.0.0.1:$SMTP_PORT inet n - n - - smtpd/" \
        -e 's/^\(\S\+ \+\S\+ \+\S\+ \+\S\+ \+\)y\b/\1n/' \
        /usr/share/postfix/master.cf.dist >"$dir/etc/master.cf"
    if ! grep -q '^postlog' "$dir/etc/master.cf"; then
        echo 'postlog unix-dgram n - n - 1 postlogd' >>"$dir/etc/master.cf"
    fi
    printf '%s\n' "$EXTRA_SERVICES" >>"$dir/etc/master.cf"
}

make_accounts() {
    rm -f "$dir/etc/sasldb2"
    local user
    for user in $SASL_USERS; do
        printf '%s' secret | saslpasswd2 -p -c -f "$dir/etc/sasldb2" -u agency.gov.tw "$user"
    done
    chgrp postfix "$dir/etc/sasldb2"
    chmod 640 "$dir/etc/sasldb2"
}

# Postfix reaches syslog through /dev/log and nothing else; we take it only where nobody has it.
start_rsyslog() {
    command -v rsyslogd >/dev/null || { echo "postfix.sh: rsyslog is not installed" >&2; exit 77; }
    if [[ -e /dev/log ]]; then
        echo "postfix.sh: /dev/log exists already; not disturbing this host's syslog" >&2
        exit 77
    fi
    touch "$dir/owns-dev-log"
    cat >"$dir/etc/rsyslog.conf" <<CF
global(workDirectory="$dir/lib" localHostname="mx1.agency.gov.tw")
module(load="imuxsock" SysSock.Name="/dev/log" SysSock.UsePIDFromSystem="off" SysSock.RateLimit.Interval="0")
mail.* action(type="omfile" file="$dir/log/mail.log" template="RSYSLOG_FileFormat")
CF
    rsyslogd -n -f "$dir/etc/rsyslog.conf" -i "$dir/rsyslogd.pid" >"$dir/rsyslogd.out" 2>&1 &
    local tries
    for tries in {1..100}; do
        [[ -S /dev/log ]] && return
        sleep 0.02
    done
    echo "postfix.sh: rsyslogd made no /dev/log after $tries tries: $(cat "$dir/rsyslogd.out")" >&2
    false
}

start_sink() {
    local name=$1 port=$2
    shift 2
    smtp-sink -u nobody "$@" "127.0.0.1:$port" 100 >"$dir/sink-$name.out" 2>&1 &
    echo $! >"$dir/sink-$name.pid"
}

main "$@"
