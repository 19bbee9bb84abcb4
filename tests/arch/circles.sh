#!/bin/sh
# tests/arch/circles.sh - R3: the linker's view of the objects has no circle.
set -u
. "$(dirname "$0")/tap.sh"
need_objects

# edges OBJECT...: "A B SYMBOL" for each symbol that A takes from B.
edges()
{
	$NM -A -P "$@" | awk '
	{
		sub(/:$/, "", $1)
		if ($3 ~ /^[A-TV-Z]$/)
			home[$2] = $1
		else if ($3 ~ /^[Uwv]$/) {
			users[++count] = $1
			needs[count] = $2
		}
	}
	END {
		for (i = 1; i <= count; i++)
			if (needs[i] in home && home[needs[i]] != users[i])
				print users[i], home[needs[i]], needs[i]
	}'
}

# circles OBJECT...: each object of a loop, and the symbols that tie the loop.
circles()
{
	edges "$@" >"$planted/edges"
	cut -d' ' -f1,2 "$planted/edges" | LC_ALL=C tsort 2>&1 >/dev/null |
	    sed -n 's/^tsort: \(.*\.o\)$/\1/p' >"$planted/loop"
	awk 'NR == FNR { tied[$1] = 1; next }
	    ($1 in tied) && ($2 in tied) { print $1, "->", $2 ":", $3 }' \
	    "$planted/loop" "$planted/edges"
}

none "no_circle_among_the_objects" \
    "$(cd "$builddir" && circles $LIBRARY_OBJECTS ${PROGRAM_OBJECTS:-})"

plant a.c <<'X'
int b(void);
int a(void) { return b(); }
X
plant b.c <<'X'
int c(void);
int b(void) { return c(); }
X
plant c.c <<'X'
int a(void);
int c(void) { return a(); }
X
plant leaf.c <<'X'
int a(void);
int leaf(void) { return a(); }
X
compile a.c b.c c.c leaf.c
seen=$(cd "$planted" && circles a.o b.o c.o leaf.o)
reports "sees_a_circle_of_three" '^c.o -> a.o: a$' "$seen"
none "leaves_out_what_is_not_in_the_circle" \
    "$(printf '%s\n' "$seen" | grep leaf)"
none "lets_a_chain_pass" "$(cd "$planted" && circles a.o b.o leaf.o)"

finish
