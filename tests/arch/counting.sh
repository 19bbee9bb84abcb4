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
:test-result: SKIP
X
reports "skips_alone_are_a_failure" \
    '^0 passed, 0 failed, 1 skipped, status 1$' "$(closing)"

plant tests/good.trs <<'X'
:global-test-result: PASS
:recheck: no
:copy-in-global-log: no
:test-result: PASS
:test-result: PASS
X
reports "each_case_counts" '^2 passed, 0 failed, 1 skipped, status 0$' \
    "$(closing)"

plant tests/bad.trs <<'X'
:global-test-result: ERROR
:recheck: yes
:copy-in-global-log: yes
:test-result: PASS
:test-result: FAIL
:test-result: FAIL
:test-result: ERROR
X
reports "the_status_of_a_program_that_failed_cases_is_not_a_failure_more" \
    '^3 passed, 2 failed, 1 skipped, status 1$' "$(closing)"

plant tests/crashed.trs <<'X'
:test-result: PASS
:test-result: ERROR
:test-result: ERROR
X
reports "a_program_that_crashed_is_a_failure" \
    '^4 passed, 3 failed, 1 skipped, status 1$' "$(closing)"

finish
