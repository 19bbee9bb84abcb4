#!/bin/sh
# tests/arch/exports.sh - R7: only bsk_ symbols leave the library, each of
# them is declared in a public header, and what is declared is there.
set -u
. "$(dirname "$0")/tap.sh"

# exported LIBRARY: the symbols that it offers.
exported()
{
	$NM -D --defined-only -P "$1" | awk '$2 != "A" { sub(/@.*/, "", $1)
	    print $1 }' | LC_ALL=C sort -u
}

# declared DIRECTORY: the functions and objects that its headers declare.
declared()
{
	find "$1" -name '*.h' | LC_ALL=C sort |
	    xargs perl "$arch/declared.pl" | LC_ALL=C sort -u
}

# strays LIBRARY DIRECTORY: where library and headers differ.
strays()
{
	exported "$1" >"$planted/exported"
	declared "$2" >"$planted/declared"
	grep -v '^bsk_' "$planted/exported" | sed 's/$/: has left the library/'
	grep '^bsk_' "$planted/exported" |
	    LC_ALL=C comm -23 - "$planted/declared" |
	    sed 's/$/: is exported but not declared/'
	LC_ALL=C comm -13 "$planted/exported" "$planted/declared" |
	    sed 's/$/: is declared but not exported/'
}

# lacking LIBRARY: symbols of ours that it needs and does not have.
lacking()
{
	$NM -D -u -P "$1" | awk '$1 ~ /^bsk_/ { print $1 ": is missing" }'
}

if [ -f "${LIBRARY:-}" ]; then
	none "the_library_lacks_nothing_of_its_own" "$(lacking "$LIBRARY")"
	none "exports_are_what_the_headers_declare" \
	    "$(strays "$LIBRARY" "$srcdir/include/buskin")"
else
	skip "the_library_lacks_nothing_of_its_own" "there is no shared library"
	skip "exports_are_what_the_headers_declare" "there is no shared library"
fi

plant include/buskin/one.h <<'X'
/* bsk_said_in_a_comment(void); is no declaration */
int bsk_there(int (*callback)(int));
int bsk_missing(
    int);
extern const int bsk_table;
static inline int
bsk_inline(void)
{
	return bsk_there(0);
}
X
plant one.c <<'X'
int bsk_there(int (*callback)(int)) { return callback != 0; }
const int bsk_table = 1;
int bsk_unsaid(void) { return 0; }
int helper(void) { return 0; }
X
$CC -shared -fPIC -o "$planted/one.so" "$planted/one.c" || exit 99
echo 'int bsk_absent(void); int bsk_one(void) { return bsk_absent(); }' |
    plant two.c
$CC -shared -fPIC -o "$planted/two.so" "$planted/two.c" || exit 99
reports "sees_a_symbol_that_the_library_lacks" '^bsk_absent: ' \
    "$(lacking "$planted/two.so")"
seen=$(strays "$planted/one.so" "$planted/include/buskin")
reports "sees_a_symbol_that_is_not_ours" '^helper: has left' "$seen"
reports "sees_an_export_without_a_declaration" \
    '^bsk_unsaid: is exported but not declared' "$seen"
reports "sees_a_declaration_without_an_export" \
    '^bsk_missing: is declared but not exported' "$seen"
none "lets_the_others_pass" "$(printf '%s\n' "$seen" |
    grep -e there -e table -e inline -e said_in)"

finish
