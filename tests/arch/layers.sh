#!/bin/sh
# tests/arch/layers.sh - which floor may know what: R1, R2, R4 and R6.
set -u
. "$(dirname "$0")/tap.sh"
need_objects

layers()
{
	tree_files "$1" | perl "$arch/layers.pl" "$1"
}

# calls OBJECT...: what the linker sees of the floors. A line for each symbol
# that an object of src/ takes from actors/, that an actor takes from elsewhere
# without its being public, and for each function that one actor calls in
# another; a file of actors/ that defines no class holds words, not an actor.
calls()
{
	$NM -A -P "$@" | awk '
	{
		sub(/:$/, "", $1)
		floor = $1
		sub(/\/.*/, "", floor)
		if ($3 ~ /^[A-TV-Z]$/) {
			home[$2] = $1
			kind[$2] = $3
			if ($2 ~ /_class$/)
				actor[$1] = 1
		} else if ($3 == "U") {
			users[++count] = $1
			needs[count] = $2
			floors[count] = floor
		}
	}
	END {
		for (i = 1; i <= count; i++) {
			name = needs[i]
			if (!(name in home) || home[name] == users[i])
				continue
			there = home[name]
			sub(/\/.*/, "", there)
			edge = users[i] " needs " name " of " home[name]
			if (floors[i] == "src" && there == "actors")
				print edge ": the runtime names an actor"
			else if (floors[i] == "actors" && name !~ /^bsk_/)
				print edge ": it is not public"
			else if (floors[i] == "actors" && kind[name] == "T" &&
			    home[name] in actor)
				print edge ": actors talk, they do not call"
		}
	}'
}

# prints OBJECT...: which objects speak to a terminal or to syslog.
prints()
{
	$NM -A -P -u "$@" | awk '
	{
		sub(/:$/, "", $1)
		name = $2
		sub(/^__/, "", name)
		sub(/_chk$/, "", name)
		if (name ~ /^(v?d?printf|puts|putchar|perror|v?syslog)$/ ||
		    name ~ /^(psignal|psiginfo|stdout|stderr)$/)
			print $1 ": " $2
	}'
}

none "every_floor_includes_only_what_it_may_know" "$(layers "$srcdir")"

if [ "$instrumented" = 1 ]; then
	skip "no_floor_calls_upwards" "the objects are instrumented"
	skip "no_low_floor_prints" "the objects are instrumented"
else
	none "no_floor_calls_upwards" \
	    "$(cd "$builddir" && calls $LIBRARY_OBJECTS)"
	none "no_low_floor_prints" \
	    "$(cd "$builddir" && prints $LIBRARY_OBJECTS)"
fi

plant include/buskin/words.h <<'X'
X
plant src/mailbox.h <<'X'
X
plant src/mailbox.c <<'X'
#include "mailbox.h"
#include <buskin/words.h>
#include <sys/epoll.h>
/* epoll and bsk_echo_class may be spoken of in a comment */
const void *first = &bsk_echo_class;
int second = EPOLLIN;
X
plant src/json.c <<'X'
#include <cjson/cJSON.h>
X
plant src/other.c <<'X'
#include <cjson/cJSON.h>
#include "../actors/echo.c"
X
plant src/cli/main.c <<'X'
#include "mailbox.h"
#include <nng/nng.h>
X
plant actors/echo.c <<'X'
#include <stdio.h>
#include <buskin/missing.h>
#include <nng/nng.h>
#include <openssl/ssl.h>
#include "mailbox.h"
const struct bsk_class bsk_echo_class = {0};
X
plant actors/echo.h <<'X'
X
plant examples/one.c <<'X'
#include "mailbox.h"
X
seen=$(layers "$planted")
reports "sees_a_private_header_in_an_actor" \
    '^actors/echo.c:5: actors may not include "mailbox.h"' "$seen"
reports "sees_a_header_that_an_actor_keeps" \
    '^actors/echo.h: an actor has no private header' "$seen"
reports "sees_a_private_header_in_an_example" \
    '^examples/one.c:1: examples may not include' "$seen"
reports "sees_a_private_header_in_the_program" \
    '^src/cli/main.c:1: src/cli may not include' "$seen"
reports "sees_an_actor_in_the_runtime" \
    '^src/other.c:2: src may not include "../actors/echo.c"' "$seen"
reports "sees_a_public_header_that_is_missing" \
    '^actors/echo.c:2: there is no public header' "$seen"
reports "sees_epoll_in_the_runtime" \
    '^src/mailbox.c:3: epoll does not live here' "$seen"
reports "sees_a_word_of_epoll_in_the_runtime" \
    '^src/mailbox.c:6: the runtime speaks of EPOLLIN' "$seen"
reports "sees_nng_in_an_actor" \
    '^actors/echo.c:3: nng does not live here' "$seen"
reports "sees_nng_in_the_program" \
    '^src/cli/main.c:2: nng does not live here' "$seen"
reports "sees_cjson_outside_its_file" \
    '^src/other.c:1: cJSON does not live here' "$seen"
reports "sees_openssl_outside_the_tls_actor" \
    '^actors/echo.c:4: OpenSSL does not live here' "$seen"
reports "sees_a_class_in_the_runtime" \
    '^src/mailbox.c:5: the runtime names the actor bsk_echo_class' "$seen"
none "lets_comments_and_own_headers_pass" "$(printf '%s\n' "$seen" |
    grep -e 'mailbox.c:[1245]: .* may not' -e 'mailbox.c:4' -e 'json.c')"

plant src/low.c <<'X'
int puts(const char *);
extern const int bsk_high_class;
int low(void) { return puts("") + bsk_high_class; }
int bsk_fine(void) { return 0; }
X
plant actors/high.c <<'X'
int low(void);
int bsk_fine(void);
int bsk_beside(void);
int bsk_word(void);
int unsaid(void);
extern const int bsk_beside_class;
const int bsk_high_class = 1;
int bsk_high(void)
{
	return low() + bsk_fine() + bsk_beside() + bsk_beside_class +
	    bsk_word() + unsaid();
}
X
plant actors/beside.c <<'X'
const int bsk_beside_class = 1;
int bsk_beside(void) { return 0; }
X
plant actors/word.c <<'X'
int bsk_word(void) { return 0; }
int unsaid(void) { return 0; }
X
compile src/low.c actors/high.c actors/beside.c actors/word.c
seen=$(cd "$planted" &&
    calls src/low.o actors/high.o actors/beside.o actors/word.o)
reports "sees_a_runtime_that_needs_an_actor" \
    '^src/low.o needs bsk_high_class of actors/high.o' "$seen"
reports "sees_an_actor_that_needs_a_private_function" \
    '^actors/high.o needs low of src/low.o' "$seen"
reports "sees_an_actor_that_calls_another" \
    '^actors/high.o needs bsk_beside of actors/beside.o' "$seen"
reports "sees_an_actor_that_needs_what_is_not_public" \
    '^actors/high.o needs unsaid of actors/word.o' "$seen"
none "lets_an_actor_use_public_words_and_classes" "$(printf '%s\n' "$seen" |
    grep -e bsk_fine -e bsk_beside_class -e bsk_word)"
reports "sees_a_printing_object" '^src/low.o: puts' \
    "$(cd "$planted" && prints src/low.o actors/high.o)"

finish
