#!/bin/sh
# tests/job.sh - the main job, with real programs on both sides.
#
# examples/logs.json and its kin, run as a user would: lines by socat, a real
# grep, nngcat to look inside; and what goes wrong in real life: a child that is
# killed, one that will not end, signals under load, clients that hang up, and
# socket files that are in the way.
set -u
. "$(dirname "$0")/live.sh"
examples=$srcdir/examples
hangups=$builddir/tests/hangups

size_is()
{
	[ "$(wc -c <"$1")" -ge "$2" ]
}

lines_are()
{
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# lines COUNT WORD: that many, of 33 bytes each, all different, all a match. A
# page of a pipe ends within a line.
lines()
{
	awk -v count="$1" -v word="$2" 'BEGIN {
		for (i = 1; i <= count; i++)
			printf("ERROR %-4.4s %021d\n", word, i)
	}'
}

# serve FILE: starts it and waits until it takes lines and questions.
serve()
{
	start "$@"
	eventually "ingest.sock" test -S ingest.sock
	eventually "$name.ipc" test -S "$name.ipc"
}

# What is sent is what has ended and what is alive. The question is on its way
# while it is answered, and figures of two workers are not of one instant: so
# it need not hold each time, but it does not if anything is miscounted.
sums_up()
{
	ask stats && jq -e '.result | (.sent | tonumber) ==
	    (([.ends[] | tonumber] | add) + (.messages | tonumber))' stats.json
}

# nothing_left FILE...: only these are there.
nothing_left()
{
	same "left in TMPDIR" "" "$(ls -A tmp)"
	left=$(ls -A)
	for expected in tmp "$@"; do
		left=$(printf '%s\n' "$left" | grep -v -x -F "$expected")
	done
	same "left behind" "" "$left"
}

# --- 1. lines in, matches out, counters ---

name=logs
fresh
awk 'BEGIN {
	for (i = 1; i <= 100000; i++)
		print i % 10 ? "INFO all is well with " i : "ERROR disk", i
}' >input.log
grep ERROR input.log >expected.log
matches=$(wc -l <expected.log)
bytes=$(wc -c <expected.log)
serve "$examples/logs.json"
socat -u FILE:input.log UNIX-CONNECT:ingest.sock || wrong "socat: status $?"
eventually "all matches in the file" size_is errors.log "$bytes"
cmp expected.log errors.log >cmp.log 2>&1 || wrong "$(cat cmp.log)"
claim "100000_lines_through_a_real_grep_are_as_grep_alone_has_them"

told="count: $matches messages, $bytes bytes, $matches lines"
eventually "\"$told\" in the log" grep -q "$told" run.log
eventually "all at rest" at_rest
same "sent to grep" 100000 "$(bytes_to grep .sent)"
same "handled by grep" 100000 "$(bytes_to grep .ends.handled)"
same "sent to count" "$matches" "$(bytes_to count .sent)"
same "handled by count" "$matches" "$(bytes_to count .ends.handled)"
same "sent to archive" "$matches" "$(bytes_to archive .sent)"
same "handled by archive" "$matches" "$(bytes_to archive .ends.handled)"
ticks=$(graph '[.edges[] | select(.type == "bsk_count") | .sent | tonumber]
    | add')
same "count's own figure: its opening, lines, ticks" \
    $((1 + matches + ticks)) \
    "$(graph '.nodes[] | select(.name == "count") | .ends.handled')"
same "archive's own figure: its opening, lines" $((1 + matches)) \
    "$(graph '.nodes[] | select(.name == "archive") | .ends.handled')"
claim "every_counter_is_the_truth"

same "edges whose sum is wrong" "" "$(graph '.edges[] | select((.sent |
    tonumber) != (([.ends[] | tonumber] | add) + (.queued | tonumber)))')"
eventually "sent = ends + alive" sums_up
same "lines that ended otherwise" 0 "$(graph '[.edges[] |
    select(.type == "bsk_bytes") | .ends | del(.handled) | .[] | tonumber]
    | add')"
claim "what_was_sent_is_what_ended_and_what_is_queued_on_every_edge"

kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
nothing_left input.log expected.log errors.log run.log cmp.log graph.json \
    stats.json ask.err
claim "sigterm_ends_it_at_rest_and_leaves_nothing"

# --- 2. the child is killed ---
#
# Each line is a match of 33 bytes, so bytes tell lines. The child is stopped
# before it is killed: what it had read and what it had written by then, the
# kernel knows. Where a line is that is not in the file must then be known: in
# the child, in the pipe (told in the log), or a part of it was written and the
# rest not (counted as lost).

inside=0 # bytes that a child had read, and not written
figure()
{
	sed -n "s/^$2: //p" "/proc/$1/io"
}

# stop_child: the child does nothing more.
stop_child()
{
	victim=$(child "$pid" grep)
	kill -STOP "$victim"
	eventually "a stopped grep" is_stopped "$victim"
}

# kill_child: the one that was stopped, for good.
kill_child()
{
	inside=$((inside + $(figure "$victim" rchar) - startup -
	    $(figure "$victim" wchar)))
	kill -KILL "$victim"
	eventually "another grep" another_child "$victim"
}

another_child()
{
	now=$(child "$pid" grep)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

# The pipe is full, and so is what waits before it.
grep_is_full()
{
	ask graph && [ "$(graph '.nodes[] | select(.name == "grep") |
	    .depth + .held >= .capacity')" = true ]
}

is_waiting()
{
	[ "$(state_of "$1")" = S ]
}

# say TEXT: the slow client, which speaks when we do.
slow_count=0
say()
{
	slow_count=$((slow_count + 1))
	printf 'ERROR slow %021d\n' "$slow_count" >&3
}

# run_fast WORD: a client that sends 20000 lines as fast as it can.
run_fast()
{
	lines 20000 "$1" >"$1.log"
	socat -u FILE:"$1.log" UNIX-CONNECT:ingest.sock &
	fast="$fast $!"
	also $!
}

fresh
fast=
mkfifo slow.fifo
serve "$examples/logs.json"
eventually "grep" has_child "$pid" grep
victim=$(child "$pid" grep)
eventually "grep waits for lines" is_waiting "$victim"
startup=$(figure "$victim" rchar)
socat -u GOPEN:slow.fifo UNIX-CONNECT:ingest.sock &
slow=$!
also $slow
exec 3>slow.fifo
say
run_fast one_
eventually "1000 lines in the file" lines_are errors.log 1000
stop_child
kill_child
say
stop_child
run_fast two_
eventually "all is full before a stopped grep" grep_is_full
kill_child
say
run_fast trio
eventually "one of the third in the file" grep -q "ERROR trio" errors.log
stop_child
kill_child
run_fast post
say
exec 3>&-
for client in $slow $fast; do
	ends "$client"
	same "a client's status" 0 "$status"
done
for last in "slow 0*$slow_count" "post 0*20000"; do
	eventually "\"$last\" in the file" grep -q -x "ERROR $last" \
	    errors.log
done
eventually "all at rest" at_rest
same "lines since the last kill" 20000 "$(grep -c "ERROR post" errors.log)"
same restarts 3 "$(graph '.nodes[] | select(.name == "grep") | .restarts')"
claim "a_child_that_is_killed_is_restarted_and_lines_go_on"

sent=$((4 * 20000 + slow_count))
lost=$(bytes_to grep .ends.lost)
same "sent to grep" $sent "$(bytes_to grep .sent)"
same "handled or lost" $sent $((lost + $(bytes_to grep .ends.handled)))
unread=$(sed -n 's/.*of its stdin \([0-9]*\) bytes were not read.*/\1/p' \
    run.log | paste -s -d + -)
same "warnings of a killed child" 3 \
    "$(grep -c 'was killed by signal 9; of its stdin' run.log)"
missing=$((33 * sent - $(wc -c <errors.log)))
rest=$((missing - inside - (${unread:-0})))
echo "# of $sent lines $((missing / 33)) are not in the file: $inside bytes" \
    "were inside grep, $((${unread:-0})) in the pipe; $rest belong to the" \
    "$lost messages that were cut"
[ $rest -ge 0 ] && [ $rest -le $((32 * lost)) ] && [ $rest -ge "$lost" ] ||
    wrong "$rest bytes are lost unnamed; $lost messages were cut"
claim "no_line_that_reached_the_mailbox_is_lost_unnamed"

for who in slow one_ two_ trio post; do
	grep -x "ERROR $who [0-9]*" errors.log >got.log
	sort -u got.log | cmp got.log - || wrong "$who: twice, or out of order"
done
same "lines of nobody" 0 \
    "$(grep -c -v -x 'ERROR [a-z_]\{4\} [0-9]\{21\}' errors.log)"
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
claim "lines_stay_whole_and_in_order_across_restarts"

# --- 3. signals under load ---

# The child is stopped, so all that the listener has taken waits in buskin and
# in the pipe when the signal comes.
all_is_taken()
{
	ask graph && [ "$(graph '[.edges[] | select(.type == "bsk_stream_eof")
	    | .sent | tonumber] | add')" -ge 1 ]
}

fresh
lines 4000 load >load.log
serve "$examples/logs.json"
eventually "grep" has_child "$pid" grep
victim=$(child "$pid" grep)
kill -STOP "$victim"
socat -u FILE:load.log UNIX-CONNECT:ingest.sock || wrong "socat: status $?"
eventually "the listener has taken all" all_is_taken
kill -TERM "$pid"
eventually "the listener is gone" test ! -e ingest.sock
kill -CONT "$victim"
ends "$pid"
same status 0 "$status"
cmp load.log errors.log >cmp.log 2>&1 || wrong "$(cat cmp.log)"
grep -q 'count: 4000 messages, 132000 bytes, 4000 lines' run.log ||
    wrong "the last count is not told"
is_over "$victim" || wrong "grep is left behind"
nothing_left load.log errors.log run.log cmp.log graph.json ask.err
claim "sigterm_under_load_drains_what_the_listener_had_taken"

# Where the listener stopped reading within a line, the last one is cut.
fresh
lines 500000 left >left.log
lines 500000 rite >rite.log
serve "$examples/logs.json"
for who in left rite; do
	socat -u FILE:$who.log UNIX-CONNECT:ingest.sock 2>/dev/null &
	also $!
	clients="${clients:-} $!"
done
eventually "5000 lines in the file" lines_are errors.log 5000
victim=$(child "$pid" grep)
kill -INT "$pid"
ends "$pid"
same status 0 "$status"
for client in $clients; do
	ends "$client"
done
for who in left rite; do
	grep "^ERROR $who" errors.log >got.log
	head -c $(($(wc -c <got.log) - 1)) got.log |
	    cmp -n $(($(wc -c <got.log) - 1)) - $who.log >cmp.log 2>&1 ||
	    wrong "$who is not the first of what was sent: $(cat cmp.log)"
done
passed=$(wc -l <errors.log)
same "the last count" "$passed" \
    "$(sed -n 's/.*count: \([0-9]*\) messages.*/\1/p' run.log | tail -n 1)"
is_over "$victim" || wrong "grep is left behind"
nothing_left left.log rite.log errors.log run.log got.log cmp.log
claim "sigint_in_the_midst_of_it_leaves_no_hole_and_nothing_behind"

# --- 4. a child that will not end ---

# Neither its signals nor the end of its input end it; the shutdown would wait.
fresh
cat >stubborn.json <<'X'
{
  "buskin": 1,
  "name": "stubborn",
  "system": { "workers": 1, "shutdown": "1h",
    "on_signal": { "TERM": "stop" } },
  "actors": {
    "in": {
      "class": "unix-listener",
      "config": { "path": "${RUNTIME_DIRECTORY}/in.sock" },
      "out": { "data": "stubborn" }
    },
    "stubborn": {
      "class": "process",
      "config": { "grace": "1h", "command":
        [ "sh", "-c", "trap '' TERM INT HUP; exec sleep 3600" ] }
    }
  }
}
X
start stubborn.json
eventually "in.sock" test -S in.sock
eventually "the child" has_child "$pid" sleep
victim=$(child "$pid" sleep)
also "$victim"
kill -TERM "$pid"
eventually "the listener is gone" test ! -e in.sock
is_over "$pid" && wrong "it did not wait for its child"
kill -TERM "$pid"
ends "$pid"
[ "$status" -lt 128 ] || wrong "status $status"
eventually "the child has ended" is_over "$victim"
nothing_left stubborn.json run.log
claim "a_second_sigterm_ends_it_with_a_child_that_ignores_all"

sed 's/"grace": "1h"/"grace": "50ms"/' stubborn.json >patient.json
start patient.json
eventually "in.sock" test -S in.sock
eventually "the child" has_child "$pid" sleep
victim=$(child "$pid" sleep)
also "$victim"
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
is_over "$victim" || wrong "the child is left behind"
claim "after_its_grace_such_a_child_is_killed"

# --- 5. clients that hang up on the inspector ---

fresh
serve "$examples/logs.json"
seed=${SEED:-$(date +%s)}
echo "# seed $seed"
"$hangups" "$name.ipc" 10000 "$seed" >hangups.log 2>&1 ||
    wrong "$(cat hangups.log)"
begun=$(date +%s%N)
ask graph || wrong "no answer: $(cat ask.err graph.json)"
took=$((($(date +%s%N) - begun) / 1000000))
echo "# answered in $took ms"
[ $took -lt 1000 ] || [ "${INSTRUMENTED:-no}" != no ] ||
    wrong "the answer took $took ms"
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
claim "after_10000_hang_ups_nngcat_is_answered_within_a_second"

# --- 6. threads ---

fresh
# A handler that takes long on a busy host would bring in a thread more.
jq 'del(.inspector) | .system.workers = 2 | .system.handover = "0s"' "$examples/logs.json" >bare.json
jq '.system.workers = 2' "$examples/logs.json" >full.json
if [ "${INSTRUMENTED:-no}" != no ]; then
	skip "threads_beyond_the_workers_only_when_nng_is_on" \
	    "a sanitizer has threads of its own"
else
	start bare.json
	eventually "ingest.sock" test -S ingest.sock
	socat -u FILE:bare.json UNIX-CONNECT:ingest.sock
	eventually "grep" has_child "$pid" grep
	eventually "2 workers, the host, the file's: 4" has_threads "$pid" 4
	kill -TERM "$pid"
	ends "$pid"
	same status 0 "$status"
	serve full.json
	ask graph || wrong "no answer"
	[ "$(threads "$pid")" -gt 4 ] || wrong "nng has no thread?"
	kill -TERM "$pid"
	ends "$pid"
	same status 0 "$status"
	claim "threads_beyond_the_workers_only_when_nng_is_on"
fi

# --- 7. socket files in the way ---

for file in ingest.sock logs.ipc; do
	fresh
	echo "kept" >$file
	start "$examples/logs.json"
	ends "$pid"
	same status 1 "$status"
	same "the file" kept "$(cat $file)"
	grep -q "$RUNTIME_DIRECTORY/$file" run.log ||
	    wrong "the error does not name the path"
	nothing_left $file run.log errors.log
	claim "a_regular_file_at_${file%.*}_stays_and_is_named"
done

fresh
serve "$examples/logs.json"
owner=$pid
start "$examples/logs.json"
ends "$pid"
same status 1 "$status"
grep -q "ingest.sock: Address already in use" run.log ||
    wrong "the error does not name the path"
lines 1 here >line.log
socat -u FILE:line.log UNIX-CONNECT:ingest.sock
eventually "the first still serves" cmp line.log errors.log
claim "a_path_that_is_served_is_refused_by_its_name"

kill -KILL "$owner"
ends "$owner"
[ -S ingest.sock ] || wrong "nothing is stale"
rm errors.log
start "$examples/logs.json"
eventually "it serves" socat -u FILE:line.log UNIX-CONNECT:ingest.sock
eventually "the line in the file" test -s errors.log
eventually "an answer" ask graph
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
claim "a_stale_socket_is_taken_over"

# --- 8. an echo server of built-in classes ---

# It is stopped until they are there, so that it meets them all at once; as many
# as its queue takes are connected by then.
are_waiting()
{
	[ "$(grep -c "$ECHO_PATH" /proc/net/unix)" -ge "$1" ]
}

fresh
ECHO_PATH=$RUNTIME_DIRECTORY/echo.sock
export ECHO_PATH
mkdir sent back
head -c 1048576 /dev/urandom >sent/1
number=1
while [ $number -lt 200 ]; do
	number=$((number + 1))
	tail -c +$((number * 4096)) sent/1 | head -c $((number * 37)) \
	    >sent/$number
done
start "$examples/echo.json"
eventually "echo.sock" test -S "$ECHO_PATH"
kill -STOP "$pid"
clients=
for file in sent/*; do
	socat -t "$patience" - UNIX-CONNECT:"$ECHO_PATH" <"$file" \
	    >"back/${file#sent/}" 2>>socat.log &
	also $!
	clients="$clients $!"
done
eventually "100 clients wait" are_waiting 100
kill -CONT "$pid"
for client in $clients; do
	ends "$client"
	[ "$status" -eq 0 ] || wrong "a client: status $status"
done
diff -r sent back >diff.log 2>&1 || wrong "$(head -n 5 diff.log)"
[ ! -s socat.log ] || wrong "$(head -n 5 socat.log)"
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
[ ! -e "$ECHO_PATH" ] || wrong "the socket is left behind"
claim "200_clients_at_once_get_back_just_what_they_sent"

# --- 9. a proxy before it ---

fresh
PROXY_PATH=$RUNTIME_DIRECTORY/front.sock
UPSTREAM_PATH=$RUNTIME_DIRECTORY/back.sock
export PROXY_PATH UPSTREAM_PATH
head -c 3000000 /dev/urandom >sent
start "$examples/proxy.json"
eventually "front.sock" test -S "$PROXY_PATH"
eventually "back.sock" test -S "$UPSTREAM_PATH"
eventually "proxy.ipc" test -S proxy.ipc
socat -t "$patience" - UNIX-CONNECT:"$PROXY_PATH" <sent >back 2>>socat.log ||
    wrong "$(cat socat.log)"
cmp sent back || wrong "it came back changed"
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
[ ! -e "$PROXY_PATH" ] || wrong "the socket is left behind"
claim "what_a_proxy_passes_on_comes_back_as_it_was"

# --- 10. a pool of children behind a router ---

# children COUNT: so many sed are there.
children()
{
	[ "$(cat /proc/[0-9]*/stat 2>/dev/null |
	    grep -c "^[0-9]* (sed) . $pid ")" -eq "$1" ]
}

fresh
POOL_PATH=$RUNTIME_DIRECTORY/pool.sock
POOL_FILE=$RUNTIME_DIRECTORY/results.log
export POOL_PATH POOL_FILE
start "$examples/pool.json"
eventually "pool.sock" test -S "$POOL_PATH"
eventually "four children" children 4
seq 1 20000 | socat -u - UNIX-CONNECT:"$POOL_PATH" 2>>socat.log ||
    wrong "$(cat socat.log)"
eventually "all in the file" lines_are "$POOL_FILE" 20000
kill -KILL "$(child "$pid" sed)"
eventually "the log tells of it" grep -q "a worker has ended" run.log
eventually "four children again" children 4
seq 20001 30000 | socat -u - UNIX-CONNECT:"$POOL_PATH"
kill -TERM "$pid"
ends "$pid"
same status 0 "$status"
seq 1 30000 >expected.log
sed 's/^done: //' "$POOL_FILE" | sort -n | cmp - expected.log ||
    wrong "not each line once"
claim "a_pool_shares_out_each_line_once_and_replaces_a_child"

# --- 11. under valgrind ---

# of nng only what is definitely lost counts: its threads live until the end.
look()
{
	rm -f errors.log
	LD_LIBRARY_PATH=$builddir/.libs valgrind --error-exitcode=99 \
	    --leak-check=full --errors-for-leak-kinds="$1" \
	    --log-file=valgrind.log "$program" run "$2" >>run.log 2>&1 &
	pid=$!
	also $pid
	eventually "ingest.sock" test -S ingest.sock
	lines 1000 look >look.log
	socat -u FILE:look.log UNIX-CONNECT:ingest.sock
	eventually "all in the file" cmp look.log errors.log
}

program=$builddir/.libs/buskin
[ -x "$program" ] || program=$BUSKIN
if [ "${INSTRUMENTED:-no}" != no ]; then
	skip "valgrind_finds_nothing" "a sanitizer is looking already"
elif ! command -v valgrind >/dev/null; then
	skip "valgrind_finds_nothing" "valgrind is not installed"
else
	fresh
	jq 'del(.inspector)' "$examples/logs.json" >bare.json
	look all bare.json
	kill -TERM "$pid"
	ends "$pid"
	[ "$status" -eq 0 ] || wrong "status $status: $(cat valgrind.log)"
	grep -q "in use at exit: 0 bytes" valgrind.log ||
	    wrong "$(cat valgrind.log)"
	look definite "$examples/logs.json"
	eventually "an answer" ask graph
	kill -TERM "$pid"
	ends "$pid"
	[ "$status" -eq 0 ] || wrong "status $status: $(cat valgrind.log)"
	claim "valgrind_finds_nothing"
fi

# --- 12. a file full of mistakes ---

fresh
cat >mistakes.json <<'X'
{
  "buskin": 1,
  "nmae": "a key that nobody knows",
  "system": { "workers": -3, "shutdown": "15 parsecs" },
  "actors": {
    "in": {
      "class": "unix-listener",
      "config": { "path": "${RUNTIME_DIRECTORY}/in.sock", "mode": "0999" },
      "out": { "data": "nobody", "dta": "log" }
    },
    "grep": { "class": "proces" },
    "child": { "class": "process", "config": { "frame": "lines" } },
    "count": { "class": "counter", "config": { "every": true },
      "out": { "count": "file" } },
    "file": { "class": "file", "config": { "path": "${NO_SUCH_VARIABLE}" } },
    "log": { "class": "log" }
  }
}
X
for verb in check run; do
	timeout "$patience" "$BUSKIN" $verb mistakes.json >$verb.log 2>&1
	same "status of $verb" 78 $?
	mistakes=$(grep -c '^mistakes.json:[0-9]*:[0-9]*: error: ' $verb.log)
	[ "$mistakes" -ge 10 ] || wrong "$verb tells $mistakes mistakes:
$(grep error: $verb.log)"
done
nothing_left mistakes.json check.log run.log
claim "ten_mistakes_are_told_at_once_and_nothing_is_started"

finish
