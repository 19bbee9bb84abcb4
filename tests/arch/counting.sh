#!/bin/sh
# tests/arch/counting.sh - the closing line of the suite tells the truth.
set -u
. "$(dirname "$0")/tap.sh"

# closing: the line and the status for the planted results.
closing()
{
	line=$(sh "$srcdir/scripts/count-results" "$planted")
	echo "$line, status $?"
}

reports "no_results_are_a_failure" '^0 passed, 0 failed, status 1$' \
    "$(closing)"

plant tests/skips.trs <<'X'
:test-result: SKIP 1 - one # SKIP no reason
X
reports "skips_alone_are_a_failure" \
    '^0 passed, 0 failed, 1 skipped, status 1$' "$(closing)"

plant tests/good.trs <<'X'
:test-result: PASS 1 - PASS FAIL
:test-result: PASS 2 - two
:global-test-result: PASS
:recheck: no
X
reports "each_case_counts" '^2 passed, 0 failed, 1 skipped, status 0$' \
    "$(closing)"

plant tests/bad.trs <<'X'
:test-result: PASS 1 - one
:test-result: FAIL 2 - two
:test-result: ERROR - exited with status 1
:recheck: yes
X
reports "a_program_that_failed_a_case_is_not_a_failure_more" \
    '^3 passed, 1 failed, 1 skipped, status 1$' "$(closing)"

plant tests/crashed.trs <<'X'
:test-result: PASS 1 - one
:test-result: ERROR - missing test plan
:test-result: ERROR - exited with status 134 (terminated by signal 6?)
X
reports "a_program_that_crashed_is_a_failure" \
    '^4 passed, 2 failed, 1 skipped, status 1$' "$(closing)"

finish
