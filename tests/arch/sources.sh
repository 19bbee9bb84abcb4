#!/bin/sh
# tests/arch/sources.sh - the build names every file of the tree; automake has
# no wildcards, and a test that nobody runs proves nothing.
set -u
. "$(dirname "$0")/tap.sh"

# forgotten ROOT: the files that its Makefile.am does not name, so that they
# are not built, not run, or missing in the tarball. A program of tests/,
# examples/ or bench/ is named without its suffix; a directory stands for all
# that it holds.
forgotten()
{
	tree_files "$1" | awk '
	FILENAME != "-" {
		sub(/#.*/, "")
		for (i = 1; i <= NF; i++)
			named[$i] = 1
		next
	}
	{
		program = $0
		sub(/\.c$/, "", program)
		seen = program in named
		for (name = $0; name != "" && !seen; sub(/\/?[^\/]*$/, "", name))
			seen = name in named
		if (!seen)
			print $0 ": Makefile.am does not name it"
	}' "$1/Makefile.am" -
}

none "the_build_names_every_file" "$(forgotten "$srcdir")"

plant Makefile.am <<'X'
libbuskin_la_SOURCES = \
	src/one.c \
	src/one.h
check_PROGRAMS = tests/check_one
EXTRA_DIST = tests/data
# src/commented.c
X
for file in src/one.c src/one.h src/commented.c src/lost.c src/lost.h \
    tests/check_one.c tests/data/one.json tests/check_lost.c tests/arch/lost.sh \
    examples/lost.json; do
	plant $file </dev/null
done
seen=$(forgotten "$planted")
for file in src/commented.c src/lost.c src/lost.h tests/check_lost.c \
    tests/arch/lost.sh examples/lost.json; do
	reports "sees_that_$(printf %s "$file" | tr -c a-z0-9 _)_is_forgotten" \
	    "^$file: " "$seen"
done
none "lets_named_files_pass" "$(printf '%s\n' "$seen" | grep one)"

finish
