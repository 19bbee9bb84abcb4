#!/bin/sh
# tests/arch/globals.sh - R5: no writable global, save one thread-local
# variable and the signal actor's table, which belongs to the process.
set -u
. "$(dirname "$0")/tap.sh"
need_objects

# writables OBJECT...: the writable symbols beyond those that are allowed.
# .data.rel.ro is const data that holds addresses: the loader fills it in and
# then makes it read-only.
writables()
{
	$NM -A -f sysv "$@" | awk -F'|' '
	{
		gsub(/ /, "")
		section = $7
		object = name = $1
		sub(/:[^:]*$/, "", object)
		sub(/.*:/, "", name)
	}
	section ~ /^\.data\.rel\.ro/ { next }
	section ~ /^\.t?(data|bss)(\.|$)/ || $3 == "C" ||
	    section ~ /COM/ { print object, $4, name, section }' | awk '
	$2 == "TLS" && ++locals == 1 { next }
	$1 ~ /(^|\/)actors\/signal[^\/]*\.o$/ && ++tables == 1 { next }
	{ print $1 ": " $3 " in " $4 }'
}

if [ "$instrumented" = 1 ]; then
	skip "no_writable_global" "the objects are instrumented"
else
	none "no_writable_global" "$(cd "$builddir" &&
	    writables $LIBRARY_OBJECTS ${PROGRAM_OBJECTS:-})"
fi

plant src/one.c <<'X'
int shared_count = 3;
static int zeroed;
_Thread_local int worker;
_Thread_local int second_worker = 1;
extern int other;
int *const address = &other;
static const char *const words[] = { "a", "b" };
const char *word(int i)
{
	static int calls;

	return words[i + zeroed++ + calls++];
}
X
plant actors/signal.c <<'X'
struct { int used; } table;
int stray;
X
compile src/one.c actors/signal.c
seen=$(cd "$planted" && writables src/one.o actors/signal.o)
reports "sees_an_initialised_global" '^src/one.o: shared_count in .data' \
    "$seen"
reports "sees_a_static_of_a_file" '^src/one.o: zeroed in .bss' "$seen"
reports "sees_a_static_of_a_function" '^src/one.o: \(word\.\)\?calls' "$seen"
reports "sees_a_second_thread_local" '^src/one.o: \(second_\)\?worker in .t' \
    "$seen"
reports "sees_a_second_table_of_the_signal_actor" \
    '^actors/signal.o: \(table\|stray\)' "$seen"
none "lets_constants_and_the_two_exceptions_pass" "$(
    printf '%s\n' "$seen" | grep -e address -e words
    [ "$(printf '%s\n' "$seen" | wc -l)" -eq 5 ] || printf '%s\n' "$seen")"

finish
