# Runs one PostgreSQL server for as long as some process holds the write end of the pipe `alive`.
#
# usage: sh watchdog.sh RUN_DIR GRACE_SECONDS STOP_SIGNAL LOG POSTGRES ARGUMENT...
#
# The kernel closes the write end of a process that ends, however it ends, so the end of file is
# the sign that nobody uses the server any more. Users write a line each:
#   join          somebody new is there
#   start PORT    run the server
#   stop, kill    end it, in an orderly way or not; answered by making the file `stopped`
#
# Files of RUN_DIR: alive (the pipe), state (there while new users may join; written by the
# launcher), pid (of the server), exited (its exit status), stopped (see above).
run=$1 grace=$2 signal=$3 log=$4
shift 4
umask 077
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
cd "$run" && mkfifo alive || exit 1
# Opened for both ends first, because opening the read end alone waits for a writer.
exec 3<>alive 4<alive 3>&- 5<&0
shell=''

# The subshell waits for the server, so that its end is noted while the main loop is reading.
start() {
    rm -f exited pid
    (
        exec 4<&-
        "$@" </dev/null >>"$log" 2>&1 &
        echo $! >pid.new
        mv pid.new pid
        wait $!
        echo $? >exited.new
        mv exited.new exited
    ) &
    shell=$!
}

halt() {
    [ -n "$shell" ] || return 0
    while [ ! -e pid ] && [ ! -e exited ]; do sleep 1; done
    [ -e exited ] || kill -s "$1" "$(cat pid)" 2>/dev/null
    wait "$shell"
    shell=''
}

finish() {
    trap '' TERM
    rm -f state
    halt "$signal"
    cd /
    for try in 1 2 3 4 5; do
        rm -rf "$run" 2>/dev/null
        [ -e "$run" ] || exit 0
        sleep 1
    done
    exit 1
}

serve() {
    trap '' INT HUP
    trap finish TERM
    # The launcher closes this one when it has joined, or has died.
    read -r word
    exec </dev/null
    idle=0
    while :; do
        if read -r word port <&4; then
            idle=0
            case $word in
            start) start "$@" -p "$port" ;;
            stop) halt INT && : >stopped ;;
            kill) halt KILL && : >stopped ;;
            esac
        elif [ "$idle" -lt "$grace" ]; then
            sleep 1
            idle=$((idle + 1))
        else
            # No new user from here on, but one may have joined just before.
            rm -f state
            if read -r word port <&4; then idle=0; else finish; fi
        fi
    done
}

serve "$@" <&5 5<&- >/dev/null 2>&1 &
