#!/bin/sh
# tests/plants.sh - tests/explore finds bugs that were planted.
#
# Each tests/plants/*.patch breaks a copy of the runtime; what it touches is
# compiled anew and linked with the rest, and the scenario it names must fail
# under one of so many seeds, and again under the seed that is told.
# $srcdir is the top of the sources, $builddir where they were built; the rest
# comes from the Makefile.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
cd "$builddir" || exit 99
seeds=20000
count=0
failed=0
place=$(mktemp -d) || exit 99
trap 'rm -rf "$place"' EXIT
trap 'exit 99' HUP INT TERM

# check CLAIM REASONS: the claim holds when there are no reasons against it.
check()
{
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		printf '%s\n' "$2" | tail -n 30 | sed 's/^/#   /'
		failed=1
	fi
}

# build DIRECTORY: the explorer with the objects that the patch has touched in
# the copy there. Nothing is said when it could be built.
build()
{
	objects=
	for file in $(sed -n 's,^+++ b/,,p' "$1/patch"); do
		$CC $PLANT_CFLAGS -iquote "$1/src" -iquote "$srcdir/src" -c \
		    -o "$1/$(basename "$file" .c).o" "$1/$file" 2>&1 ||
		    return
		objects="$objects $1/$(basename "$file" .c).o"
	done
	$CC $PLANT_CFLAGS -o "$1/explore" $EXPLORE_OBJECTS $objects \
	    .libs/libbuskin.a $PLANT_LIBS 2>&1
}

# plant PATCH: why it was not applied or built; nothing when it was.
plant()
{
	mkdir "$place/$name" && cp -R "$srcdir/src" "$place/$name/src" &&
	    chmod -R u+w "$place/$name/src" || exit 99
	cp "$1" "$place/$name/patch" || exit 99
	patch -s -f -p1 -d "$place/$name" <"$1" >"$place/out" 2>&1 || {
		echo "it does not apply: make it anew for the code as it is"
		cat "$place/out"
		return
	}
	build "$place/$name"
}

# explore VARIABLE=VALUE...: runs the planted explorer; the report is in err.
explore()
{
	env PATIENCE=20 "$@" "$place/$name/explore" "$scenario" \
	    >"$place/out" 2>"$place/err"
}

# How it fails to be found; nothing when it is.
hide()
{
	if explore SEED=1 SEEDS=$seeds; then
		echo "no seed from 1 to $seeds finds it"
		return
	fi
	seed=$(sed -n 's/.*once more: BUSKIN_SEED=\([0-9]*\) .*/\1/p' \
	    "$place/err" | head -n 1)
	if [ -z "$seed" ]; then
		echo "no seed is told"
		cat "$place/out" "$place/err"
	elif explore BUSKIN_SEED="$seed"; then
		echo "seed $seed does not fail again"
	elif ! grep -q ' ms ' "$place/err"; then
		echo "there is no trace of seed $seed"
	fi
}

if [ "${INSTRUMENTED:-no}" != no ]; then
	echo "ok 1 - the_explorer_finds_what_was_planted" \
	    "# SKIP that is seen in a plain build"
	echo "1..1"
	exit 0
fi

for patch in "$srcdir"/tests/plants/*.patch; do
	name=$(basename "$patch" .patch)
	scenario=$(sed -n 's/^scenario: //p' "$patch")
	why=$(plant "$patch")
	check "${name}_can_be_planted" "$why"
	[ -n "$why" ] || check "${name}_is_found" "$(hide)"
done

# A test that cannot fail is none: a plant that breaks nothing is not found, one
# for other code is refused.
seeds=20
name=harmless
scenario=ask
printf '%s\n' '--- a/src/stop.c' '+++ b/src/stop.c' '@@ -1,2 +1,3 @@' \
    ' /* stop.c - asking a system to stop, from anywhere. */' '+/* harmless */' \
    ' #include "entry.h"' >"$place/harmless.patch"
check "a_harmless_plant_can_be_planted" "$(plant "$place/harmless.patch")"
check "a_harmless_plant_is_not_found" \
    "$([ "$(hide)" = "no seed from 1 to 20 finds it" ] || hide)"
name=stale
printf '%s\n' '--- a/src/stop.c' '+++ b/src/stop.c' '@@ -1,2 +1,1 @@' \
    ' /* stop.c - asking a system to stop, from anywhere. */' \
    '-#include "exit.h"' >"$place/stale.patch"
check "a_plant_for_other_code_is_refused" \
    "$(plant "$place/stale.patch" | grep -q 'does not apply' ||
    echo "it was not")"
echo "1..$count"
exit "$failed"
