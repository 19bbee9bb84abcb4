#!/bin/sh
# tests/json_suite_public.sh - the reader against the public JSON test suite;
# skipped where npm cannot fetch it.
exec sh "$(dirname "$0")/json_suite.sh" public
