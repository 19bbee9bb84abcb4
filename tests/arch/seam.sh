#!/bin/sh
# tests/arch/seam.sh - R8: the world is reached through the table of
# <buskin/os.h> and nowhere else.
set -u
. "$(dirname "$0")/tap.sh"
need_objects

seam()
{
	sh "$srcdir/scripts/check-os-seam" "$@"
	[ $? -le 1 ] || echo "the check could not be done"
}

if [ "$instrumented" = 1 ]; then
	skip "only_the_seam_calls_the_kernel" "the objects are instrumented"
else
	none "only_the_seam_calls_the_kernel" \
	    "$(cd "$builddir" && seam --list $LIBRARY_OBJECTS)"
fi
seen=$(seam --self-test)
reports "the_check_tests_itself" '^1\.\.[1-9]' "$seen"
none "the_check_sees_what_is_planted" \
    "$(printf '%s\n' "$seen" | grep -e '^not ok' -e 'could not')"

finish
