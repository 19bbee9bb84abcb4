# tests/arch/tap.sh - how a test of the tree speaks; sourced by each of them.
#
# A check prints its violations, one a line, and nothing when all is well.
# `none` takes what a check said of the real tree; `reports` takes what it said
# of a tree in which a violation was planted, so that a check that has gone
# blind is seen.

srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-.}
arch=$srcdir/tests/arch
CC=${CC:-cc}
NM=${NM:-nm}
tap_count=0
tap_failed=0
planted=$(mktemp -d) || exit 99
trap 'rm -rf "$planted"' EXIT
trap 'exit 99' HUP INT TERM

# none CLAIM VIOLATIONS: the claim holds when there are no violations.
none()
{
	tap_count=$((tap_count + 1))
	if [ -z "$2" ]; then
		echo "ok $tap_count - $1"
	else
		echo "not ok $tap_count - $1"
		printf '%s\n' "$2" | sed 's/^/#   /'
		tap_failed=1
	fi
}

# reports CLAIM PATTERN VIOLATIONS: the planted violation was seen.
reports()
{
	tap_count=$((tap_count + 1))
	if printf '%s\n' "$3" | grep -q -e "$2"; then
		echo "ok $tap_count - $1"
	else
		echo "not ok $tap_count - $1"
		echo "#   expected a line like: $2"
		printf '%s\n' "$3" | sed 's/^/#   got: /'
		tap_failed=1
	fi
}

# skip CLAIM REASON: says loudly what was not looked at.
skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# The end of a test: the plan, and the status.
finish()
{
	echo "1..$tap_count"
	exit "$tap_failed"
}

# The tests of the objects need them all: a check must not pass for want of
# something to look at.
need_objects()
{
	for object in ${LIBRARY_OBJECTS:-no-objects} ${PROGRAM_OBJECTS:-}; do
		[ -f "$builddir/$object" ] || {
			echo "Bail out! $object is missing: run make check"
			exit 1
		}
	done
}

# tree_files ROOT: the files of the tree, relative to ROOT. In a checkout only
# what is tracked counts; a tarball holds nothing else anyway.
tree_files()
{
	if [ -e "$1/.git" ] && git -C "$1" ls-files >/dev/null 2>&1; then
		git -C "$1" ls-files
	else
		(cd "$1" && find . -type f | sed 's|^\./||')
	fi | grep -E '^(include|src|actors|tests|examples|bench|doc|scripts)/' |
	    LC_ALL=C sort | while IFS= read -r file; do
		[ -f "$1/$file" ] && printf '%s\n' "$file"
	done
}

# plant FILE: writes standard input to FILE below the planted tree.
plant()
{
	mkdir -p "$planted/$(dirname "$1")" && cat >"$planted/$1"
}

# compile FILE...: objects of planted sources, beside them.
compile()
{
	for file; do
		$CC -c -o "$planted/${file%.c}.o" "$planted/$file" || exit 99
	done
}

# Whether the objects are what the sources say; a sanitizer and gcov add
# symbols and sections of their own.
if [ "${INSTRUMENTED:-no}" != no ]; then
	instrumented=1
else
	instrumented=0
fi
