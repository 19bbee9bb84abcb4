#!/bin/sh
# tests/examples.sh - every example does what it says.
#
# Runs each program of examples/ that has an .expected file, in a directory of
# its own and with a time limit, and compares what it prints and its status.
# $srcdir is the top of the sources, $builddir where the programs were built.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
seconds=30
count=0
failed=0
place=$(mktemp -d) || exit 99
trap 'rm -rf "$place"' EXIT
trap 'exit 99' HUP INT TERM
RUNTIME_DIRECTORY=$place/run
export RUNTIME_DIRECTORY

# says PROGRAM EXPECTED: prints nothing when the program ends in time, with
# status 0, and prints just that; else why not.
says()
{
	rm -rf "$place/run" && mkdir "$place/run" || exit 99
	(cd "$place/run" && exec timeout -k 5 "$seconds" "$1" \
	    </dev/null >"$place/out" 2>"$place/err")
	status=$?
	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		echo "did not end within $seconds s"
	elif [ "$status" -ne 0 ]; then
		echo "ended with status $status"
	fi
	diff -u "$2" "$place/out" && [ "$status" -eq 0 ] ||
	    tail -n 20 "$place/err"
}

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

# A test that cannot fail is none: one that prints other words, one that ends
# badly.
printf 'one\n' >"$place/expected"
printf '#!/bin/sh\necho two\n' >"$place/other"
printf '#!/bin/sh\necho one\nexit 3\n' >"$place/bad"
chmod +x "$place/other" "$place/bad"
for planted in other bad; do
	why=$(says "$place/$planted" "$place/expected")
	check "a program that is $planted is seen" \
	    "$([ -n "$why" ] || echo "it was not")"
done

for expected in "$srcdir"/examples/*.expected; do
	name=$(basename "$expected" .expected)
	program=$builddir/examples/$name
	if [ -x "$program" ]; then
		check "examples/$name" "$(says "$program" "$expected")"
	else
		check "examples/$name" "it has not been built"
	fi
done
echo "1..$count"
exit "$failed"
