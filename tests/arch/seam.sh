#!/bin/sh
# tests/arch/seam.sh - R8: the world is reached through the table of
# <buskin/os.h> and nowhere else.
set -u
. "$(dirname "$0")/tap.sh"

seam=$srcdir/scripts/check-os-seam
if [ ! -e "$seam" ]; then
	skip "only_the_seam_calls_the_kernel" "there is no scripts/check-os-seam"
	finish
fi
finish
