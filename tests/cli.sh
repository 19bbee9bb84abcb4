#!/bin/sh
# tests/cli.sh - what the program prints, and how it ends.
#
# Each tests/deploy/NAME.json holds a kind of bad input; NAME.expected is what
# `buskin check` says of it, word for word.
# $BUSKIN is the program, $srcdir the top of the sources.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
buskin=${BUSKIN:-buskin}
place=$(mktemp -d) || exit 99
trap 'rm -rf "$place"' EXIT
trap 'exit 99' HUP INT TERM
count=0
failed=0
unset BUSKIN_NOT_SET BUSKIN_URL NOTIFY_SOCKET
RUNTIME_DIRECTORY=$place
export RUNTIME_DIRECTORY

# check CLAIM REASONS: the claim holds when there are no reasons against it.
check()
{
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf '%s\n' "$2" | sed 's/^/#   /'
		failed=1
	fi
}

# ends STATUS ARGUMENT...: prints why not, when the program does not end with
# that status. What it printed is in $place/out and $place/err.
ends()
{
	wanted=$1
	shift
	timeout -k 5 60 "$buskin" "$@" </dev/null >"$place/out" 2>"$place/err"
	status=$?
	[ "$status" -eq "$wanted" ] && return
	echo "buskin $* ended with status $status, not $wanted"
	tail -n 20 "$place/err"
}

# prints OUT|ERR PATTERN: prints why not, when no line there matches.
prints()
{
	grep -q -e "$2" "$place/$1" && return
	echo "nothing like: $2"
	cat "$place/$1"
}

# silent OUT|ERR: prints what should not be there.
silent()
{
	cat "$place/$1"
}

# A check that cannot fail is none.
check "another_status_is_seen" "$([ -n "$(ends 3 version)" ] || echo blind)"
check "missing_words_are_seen" \
    "$([ -n "$(prints out 'no such words')" ] || echo blind)"

# --- the command line ---
check "without_a_command_it_tells_the_usage" "$(ends 2; prints err usage:
    silent out)"
check "an_unknown_command_is_a_usage_error" \
    "$(ends 2 frobnicate; prints err frobnicate; silent out)"
check "an_unknown_option_is_a_usage_error" "$(ends 2 check --frob x.json)"
check "an_option_of_another_command_is_a_usage_error" \
    "$(ends 2 check --format dot x.json)"
check "a_missing_operand_is_a_usage_error" "$(ends 2 check; ends 2 run)"
check "too_many_operands_are_a_usage_error" "$(ends 2 version x)"
check "help_is_a_result" "$(ends 0 --help; prints out 'check '; silent err
    ends 0 help run; prints out 'usage: buskin run'; silent err
    ends 0 graph --help; prints out mermaid; silent err)"
check "version_is_told" "$(ends 0 version; prints out '^buskin [0-9]'
    ends 0 --version; prints out '^buskin [0-9]'
    ends 0 version --json; prints out '^{"version":"[0-9.]*"}$')"
check "what_cannot_be_written_is_a_failure" "$("$buskin" classes \
    >/dev/full 2>"$place/err"; [ $? -eq 1 ] || echo "it was not")"

# --- classes ---
check "classes_are_listed" "$(ends 0 classes; prints out '^unix-listener '
    prints out '^process ')"
check "a_class_is_described" "$(ends 0 classes unix-listener
    prints out '^  out *data '; prints out '^    path ')"
check "an_unknown_class_is_a_failure" \
    "$(ends 1 classes frob; prints err '"frob"')"
check "classes_are_json_too" "$(ends 0 classes --json log
    prints out '^\[{"name":"log",.*"ports":\[{.*"config":{')"

# --- check ---
for bad in "$srcdir"/tests/deploy/*.json; do
	name=$(basename "$bad" .json)
	why=$(cd "$srcdir/tests/deploy" && ends 78 check "$name.json"
	    silent out
	    diff -u "$name.expected" "$place/err")
	check "bad_input_is_told_in_full: $name" "$why"
done
check "nothing_is_started_of_bad_input" \
    "$(ends 78 run "$srcdir/tests/deploy/many.json"; silent out
    prints err 'unset-variable')"
check "mistakes_are_json_too" \
    "$(ends 78 check --json "$srcdir/tests/deploy/many.json"; silent err
    prints out '"ok":false'; prints out '"code":"bad-duration"'
    prints out '"pointer":"/actors/in/out/dta"')"
check "a_sound_file_is_told_so" \
    "$(ends 0 check "$srcdir/examples/echo.json"; silent err
    prints out '^echo: no mistakes$'
    ends 0 check "$srcdir/examples/descriptors.json"; silent err
    prints out '^descriptors: no mistakes$'
    ends 0 check --json "$srcdir/examples/logs.json"
    prints out '"ok":true')"
check "a_missing_file_is_no_input" "$(ends 66 check "$place/none.json"
    prints err 'No such file'; ends 66 run "$place/none.json")"
check "standard_input_is_a_file_too" "$("$buskin" check - \
    <"$srcdir/examples/echo.json" >"$place/out" 2>&1; prints out 'no mis')"
check "descriptors_beyond_the_limit_are_an_error" "$(ulimit -n 20
    ends 78 check "$srcdir/examples/logs.json"; prints err '\[fd-limit\]')"
check "colour_is_for_terminals" "$(ends 78 check \
    "$srcdir/tests/deploy/many.json"; grep "$(printf '\033')" "$place/err")"

# --- graph of a file ---
logs=$srcdir/examples/logs.json
check "a_graph_is_drawn_as_text" "$(ends 0 graph "$logs"
    prints out '^ingest *unix-listener'; prints out '^  -> grep *data ')"
check "a_graph_is_drawn_for_graphviz" "$(ends 0 graph --format dot "$logs"
    prints out '^digraph "logs" {$'; prints out '"ingest" -> "grep"')"
check "a_graph_is_drawn_for_mermaid" \
    "$(ends 0 graph --format mermaid "$logs"
    prints out '^flowchart LR$'; prints out '|"data"|')"
check "a_graph_is_json_too" "$(ends 0 graph --json "$logs"
    prints out '"layers"'; ends 0 graph --format json "$logs"
    prints out '"edges"')"
check "an_unknown_format_is_a_usage_error" \
    "$(ends 2 graph --format png "$logs"; prints err '"png"')"
check "bad_input_has_no_graph" \
    "$(ends 78 graph "$srcdir/tests/deploy/many.json"; silent out)"

# --- run ---
# until COMMAND...: waits for it to succeed, ten seconds at most.
until_done()
{
	tries=0
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 1000 ] || return 1
		sleep 0.01
	done
}

ECHO_PATH=$place/echo.sock
export ECHO_PATH
cat >"$place/quiet.json" <<'JSON'
{
  "buskin": 1,
  "name": "quiet",
  "actors": {
    "in": {
      "class": "unix-listener",
      "config": { "path": "${ECHO_PATH}" },
      "out": { "data": "echo" }
    },
    "echo": { "class": "echo" }
  }
}
JSON
: >"$ECHO_PATH"
check "a_path_that_is_taken_ends_it_and_is_left_alone" \
    "$(ends 1 run "$place/quiet.json"; prints err "$ECHO_PATH"
    [ -f "$ECHO_PATH" ] || echo "it was deleted")"
rm -f "$ECHO_PATH"

# stops SIGNAL: runs it, stops it, and prints what was not as it should be.
stops()
{
	"$buskin" run "$place/quiet.json" </dev/null >"$place/out" \
	    2>"$place/err" &
	child=$!
	until_done test -S "$ECHO_PATH" || echo "it does not listen"
	kill -"$1" "$child"
	wait "$child"
	status=$?
	[ "$status" -eq 0 ] || echo "it ended with status $status"
	[ ! -e "$ECHO_PATH" ] || echo "its socket was left behind"
	cat "$place/err"
}
check "a_signal_stops_it_in_order" "$(stops TERM; stops INT)"

# --- completion ---
# completes WORD...: what the shell offers for the last of these words.
completes()
{
	"$buskin" completion >"$place/completion" || echo "it failed"
	bash -c '. "$0"; COMP_WORDS=(buskin "$@"); COMP_CWORD=$#; _buskin
	    echo "${COMPREPLY[@]}"' "$place/completion" "$@"
}
check "a_shell_completes_commands_and_options" \
    "$([ "$(completes gr)" = graph ] || completes gr
    [ "$(completes ps --j)" = --json ] || completes ps --j
    [ "$(completes check "$srcdir/examples/lo")" = \
	"$srcdir/examples/logs.json" ] || completes check "$srcdir/examples/lo"
    [ -z "$(completes nonsense --j)" ] || completes nonsense --j)"

# --- graph of a running system ---
# shows: runs the echo example, draws it, and prints what was not as it should.
shows()
{
	"$buskin" run "$srcdir/examples/echo.json" </dev/null >"$place/log" \
	    2>&1 &
	child=$!
	until_done test -S "$ECHO_PATH" || echo "it does not listen"
	until_done test -S "$place/echo.ipc" || echo "nor for questions"
	ends 0 graph
	prints out '^listener  *unix-listener  *active'
	prints out '^  -> echo  *data  *bsk_bytes  *sent 0'
	grep '^[2-9][0-9]*\.' "$place/out"
	ends 0 graph --all
	prints out '^[2-9][0-9]*\.'
	ends 0 inspect listener
	prints out '^  class: unix-listener'
	ends 0 inspect --json listener
	grep -q '"edges"' "$place/out" || echo "no edges"
	ends 4 inspect nobody
	ends 0 stats
	prints out '^sent  *[1-9]'
	prints out '^handled  *[1-9]'
	ends 0 graph --format dot -s "ipc://$place/echo.ipc"
	prints out '\[label="listener.nunix-listener.nactive'
	kill -TERM "$child"
	wait "$child" || echo "it ended with status $?"
	ends 69 graph -s "ipc://$place/echo.ipc"
}
check "a_running_system_is_drawn_by_its_names" "$(shows)"

echo "1..$count"
exit "$failed"
