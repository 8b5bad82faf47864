# shellcheck shell=bash
# What the server scripts share: waiting for ports to open and for processes to end.

wait_for_port() {
    local tries
    for tries in {1..200}; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.02
    done
    echo "${0##*/}: nothing listens on 127.0.0.1:$1 after $tries tries; see $2" >&2
    return 1
}

# Ends the process named by a pid file, and waits two seconds at most.
end_process() {
    [[ -s $1 ]] || return 0
    local pid
    pid=$(tr -d ' \n' <"$1")
    kill "$pid" 2>/dev/null || true
    for _ in {1..100}; do
        if has_ended "$pid"; then
            rm -f "$1"
            return 0
        fi
        sleep 0.02
    done
    echo "${0##*/}: process $pid ($1) has not ended" >&2
    return 1
}

# A zombie has ended too: in a container nobody may be in a hurry to reap it.
has_ended() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 0
    [[ -z $state || $state == Z ]]
}
