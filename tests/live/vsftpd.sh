#!/bin/bash
# One private vsftpd under DIR, on loopback only: `vsftpd.sh start DIR`, `vsftpd.sh stop DIR`.
# Needs root and the Debian package vsftpd.
#
#   FTP_PORT  where it listens  [12521]
#
# Every name is an account, with any password, and sees DIR/home as /. Both logs say the same transfers:
# log/vsftpd.log in the server's own format, log/xferlog in that of wu-ftpd.
set -euo pipefail
# shellcheck source=tests/live/processes.sh
source "$(dirname "$0")/processes.sh"

FTP_PORT=${FTP_PORT:-12521}

main() {
    if [[ $# -ne 2 || ! $1 =~ ^(start|stop)$ ]]; then
        echo "usage: vsftpd.sh start|stop DIR" >&2
        exit 2
    fi
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    "$1"
}

start() {
    [[ $EUID -eq 0 ]] || { echo "vsftpd.sh: needs root" >&2; exit 77; }
    command -v vsftpd >/dev/null || { echo "vsftpd.sh: vsftpd is not installed" >&2; exit 77; }
    stop
    trap stop EXIT
    mkdir -p "$dir"/{log,home,empty}
    chmod 755 "$dir" "$dir/empty"
    # Sessions run as www-data, whoever has logged in.
    chown www-data "$dir/home"
    make_accounts
    write_conf
    vsftpd "$dir/vsftpd.conf" >"$dir/vsftpd.out" 2>&1 &
    echo $! >"$dir/vsftpd.pid"
    wait_for_port "$FTP_PORT" "$dir/vsftpd.out"
    has_ended "$(cat "$dir/vsftpd.pid")" && { cat "$dir/vsftpd.out" >&2; exit 1; }
    trap - EXIT
}

stop() {
    end_process "$dir/vsftpd.pid"
    if [[ -s $dir/pam-service ]]; then rm -f "/etc/pam.d/$(cat "$dir/pam-service")" "$dir/pam-service"; fi
}

# PAM reads its services from /etc/pam.d and from nowhere else.
make_accounts() {
    echo "breachd-test-$$" >"$dir/pam-service"
    printf '%s required pam_permit.so\n' auth account session >"/etc/pam.d/breachd-test-$$"
}

write_conf() {
    cat >"$dir/vsftpd.conf" <<CF
listen=YES
background=NO
listen_address=127.0.0.1
listen_port=$FTP_PORT
anonymous_enable=NO
local_enable=YES
guest_enable=YES
guest_username=www-data
virtual_use_local_privs=YES
write_enable=YES
local_root=$dir/home
chroot_local_user=YES
allow_writeable_chroot=YES
pam_service_name=$(cat "$dir/pam-service")
secure_chroot_dir=$dir/empty
check_shell=NO
utf8_filesystem=YES
use_localtime=YES
xferlog_enable=YES
dual_log_enable=YES
vsftpd_log_file=$dir/log/vsftpd.log
xferlog_file=$dir/log/xferlog
seccomp_sandbox=NO
CF
}

main "$@"
