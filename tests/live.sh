# tests/live.sh - real programs under test; sourced by tests in shell.
#
# A claim is made in steps: each step that fails says so by `wrong`, and `claim`
# prints what came of them all. Every run has a directory of its own, which is
# its RUNTIME_DIRECTORY and the current one; every program that `start` and
# `also` were told of is killed at the end, whatever the end is.

srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
BUSKIN=${BUSKIN:-$builddir/buskin}
patience=${PATIENCE_S:-60}
live_count=0
live_failed=0
live_pids=
live_runs=0

for tool in socat jq nngcat; do
	command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 77
	}
done

# A Unix socket's path has 107 bytes at most.
live_place=$(mktemp -d) && [ ${#live_place} -le 60 ] ||
    live_place=$(mktemp -d /tmp/buskin-live-XXXXXX) || exit 99
trap live_end EXIT
trap 'exit 99' HUP INT TERM

live_end()
{
	for pid in $live_pids; do
		kill -KILL "$pid" 2>/dev/null
	done
	cd / && rm -rf "$live_place"
}

# --- claims ---

# wrong WORDS...: something is not as it should be.
wrong()
{
	printf '%s\n' "$*" >>"$live_place/wrong"
}

# same WHAT EXPECTED GOT
same()
{
	[ "$2" = "$3" ] || wrong "$1: expected \"$2\", got \"$3\""
}

# claim CLAIM: holds when nothing was wrong since the last one.
claim()
{
	live_count=$((live_count + 1))
	if [ ! -e "$live_place/wrong" ]; then
		echo "ok $live_count - $1"
		return
	fi
	echo "not ok $live_count - $1"
	head -n 40 "$live_place/wrong" | sed 's/^/#   /'
	[ ! -e run.log ] || tail -n 20 run.log | sed 's/^/#   run.log: /'
	rm "$live_place/wrong"
	live_failed=1
}

# skip CLAIM REASON: says loudly what was not looked at.
skip()
{
	live_count=$((live_count + 1))
	echo "ok $live_count - $1 # SKIP $2"
}

# The end of a test: the plan, and the status.
finish()
{
	echo "1..$live_count"
	exit $live_failed
}

# eventually WORDS COMMAND...: until the command succeeds; that it never does is
# wrong.
eventually()
{
	live_words=$1
	live_until=$(($(date +%s) + patience))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s)" -ge $live_until ]; then
			wrong "gave up waiting: $live_words"
			return 1
		fi
		sleep 0.02
	done
}

# --- programs ---

# A fresh directory for the next run.
fresh()
{
	live_runs=$((live_runs + 1))
	RUNTIME_DIRECTORY=$live_place/$live_runs
	TMPDIR=$RUNTIME_DIRECTORY/tmp
	export RUNTIME_DIRECTORY TMPDIR
	mkdir -p "$TMPDIR" && cd "$RUNTIME_DIRECTORY" || exit 99
}

# also PID: one more to be killed at the end.
also()
{
	live_pids="$live_pids $1"
}

# start FILE...: `buskin run` in the background, as $pid.
start()
{
	"$BUSKIN" run "$@" >>run.log 2>&1 &
	pid=$!
	also $pid
}

# state_of PID: its letter in ps(1); none: there is no such process.
state_of()
{
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

is_over()
{
	case $(state_of "$1") in
	'' | Z | X) ;;
	*) false ;;
	esac
}

is_stopped()
{
	[ "$(state_of "$1")" = T ]
}

# ends PID: waits until it has, one of ours, and sets $status.
ends()
{
	eventually "the end of process $1" is_over "$1" || kill -KILL "$1"
	wait "$1"
	status=$?
}

# child PID NAME: the number of its first child that is called so.
child()
{
	cat /proc/[0-9]*/stat 2>/dev/null |
	    sed -n "s/^\([0-9]*\) ($2) . $1 .*/\1/p" | head -n 1
}

has_child()
{
	[ -n "$(child "$1" "$2")" ]
}

# threads PID: how many it has.
threads()
{
	ls "/proc/$1/task" | wc -l
}

has_threads()
{
	[ "$(threads "$1")" -eq "$2" ]
}

# --- the graph ---

# ask OP: the answer of the system `name`, into OP.json.
ask()
{
	timeout 20 nngcat --req --dial "ipc://$RUNTIME_DIRECTORY/$name.ipc" \
	    --raw -D '{"v":1,"id":"1","op":"'"$1"'"}' >"$1.json" 2>ask.err &&
	    jq -e .ok "$1.json" >/dev/null
}

# graph FILTER: of the graph, as it was answered last.
graph()
{
	jq -r ".result | $1" graph.json
}

# The sum of `what` over the edges that lead to an actor with bytes.
bytes_to()
{
	graph "[.edges[] | select(.to_name == \"$1\" and .type == \"bsk_bytes\")
	    | $2 | tonumber] | add // 0"
}

# Nothing is queued anywhere but the question itself.
at_rest()
{
	ask graph && ask stats && jq -e '.result.messages == "1"' stats.json &&
	    graph '[.edges[] | select(.queued != "0") | .type]
	    | unique == ["bsk_nng_request"]' | grep -q true
}
