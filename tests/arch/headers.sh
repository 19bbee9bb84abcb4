#!/bin/sh
# tests/arch/headers.sh - R7: every public header compiles alone, as C11 and as
# C++17, and documents what it declares.
set -u
. "$(dirname "$0")/tap.sh"

# alone ROOT COMPILER...: the headers that do not compile alone, or not twice.
alone()
{
	root=$1
	shift
	for header in "$root"/include/buskin/*.h; do
		name=buskin/${header##*/}
		printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
		    "$@" -pedantic -Wall -Wextra -Werror \
		    -fsyntax-only -I"$root/include" - >"$planted/log" 2>&1 ||
		    { echo "<$name>:"; sed 's/^/    /' "$planted/log"; }
	done
}

# mangled ROOT: the headers that declare functions but not as C's to C++.
mangled()
{
	for header in "$1"/include/buskin/*.h; do
		[ -z "$(perl "$arch/declared.pl" "$header")" ] ||
		    grep -q '^extern "C" {' "$header" || echo "$header"
	done
}

undocumented()
{
	(cd "$1/include/buskin" && perl "$arch/documented.pl" *.h)
}

none "every_header_compiles_alone_as_c11" \
    "$(alone "$srcdir" $CC -std=c11 -Wshadow -Wconversion -x c)"
if [ -n "${CXX:-}" ] && command -v "${CXX%% *}" >/dev/null; then
	none "every_header_compiles_alone_as_cxx17" \
	    "$(alone "$srcdir" $CXX -std=c++17 -x c++)"
else
	skip "every_header_compiles_alone_as_cxx17" "there is no C++ compiler"
fi
none "every_header_speaks_c_to_cxx" "$(mangled "$srcdir")"
none "every_public_word_is_documented" "$(undocumented "$srcdir")"

plant include/buskin/needy.h <<'X'
int bsk_needy(size_t size);
X
plant include/buskin/cxx.h <<'X'
#ifndef BUSKIN_CXX_H
#define BUSKIN_CXX_H
struct bsk_class { int class; };
#endif
X
seen=$(alone "$planted" $CC -std=c11 -x c)
reports "sees_a_header_that_needs_another" '^<buskin/needy.h>' "$seen"
none "lets_good_c_pass" "$(printf '%s\n' "$seen" | grep '^<buskin/cxx')"
if [ -n "${CXX:-}" ] && command -v "${CXX%% *}" >/dev/null; then
	reports "sees_a_header_that_is_not_cxx" '^<buskin/cxx.h>' \
	    "$(alone "$planted" $CXX -std=c++17 -x c++)"
fi
reports "sees_a_header_that_mangles" 'needy.h$' "$(mangled "$planted")"

rm -r "$planted/include"
plant include/buskin/words.h <<'X'
/* what this header is */
#ifndef BUSKIN_WORDS_H
#define BUSKIN_WORDS_H

#ifdef __cplusplus
extern "C" {
#endif

struct bsk_elsewhere;
struct bsk_nowhere;

/* a point */
struct bsk_point {
	int x; /* across */
	int bare_y;
	/* up */
	int (*z)(int,
	    int);
	int (*bare_call)(int, int);
	struct { /* a nested one */
		int bare_inner;
	} inner;
	/* --- a banner is no comment --- */
	int bare_after_banner;
};
BSK_DECLARE(bsk_point);
BSK_DECLARE(bsk_bare_struct);

struct bsk_bare_struct {
	int fine; /* fine */
};

/* too far above */

int bsk_bare_far(void);

/* said */
int bsk_said(int one,
    int two);
int bsk_bare_follows(void);
int bsk_said_behind(void); /* said */

/* said */
static inline int
bsk_said_inline(void)
{
	int local = 1;

	return local;
}
static inline int
bsk_bare_inline(void)
{
	return 0;
}

/* said */
#define BSK_SAID(x) \
	(x)
#define BSK_BARE 1

/* words */
enum bsk_said_enum {
	BSK_ONE,
	BSK_TWO
};
enum bsk_bare_enum { BSK_THREE };
extern const int bsk_bare_object;

#ifdef __cplusplus
}
#endif

#endif
X
plant include/buskin/more.h <<'X'
/* said here */
struct bsk_elsewhere;
X
seen=$(undocumented "$planted")
for name in 'struct bsk_point: bare_y' 'bare_call' 'bare_inner' \
    'bare_after_banner' 'struct bsk_bare_struct' 'bsk_bare_far' \
    'bsk_bare_follows' 'bsk_bare_inline' 'BSK_BARE' 'enum bsk_bare_enum' \
    'bsk_bare_object' 'bsk_nowhere'; do
	reports "sees_that_$(printf %s "$name" | tr -c 'a-zA-Z0-9' _)_is_bare" \
	    "$name has no comment" "$seen"
done
none "lets_documented_words_pass" "$(printf '%s\n' "$seen" |
    grep -v -e bare -e BARE -e bsk_nowhere)"

finish
