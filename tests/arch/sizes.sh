#!/bin/sh
# tests/arch/sizes.sh - files, functions and lines stay small, and nothing is
# left behind for later.
set -u
. "$(dirname "$0")/tap.sh"

measure()
{
	tree_files "$1" | perl "$arch/measure.pl" "$1"
}

# lines COUNT [TEXT]: that many lines.
lines()
{
	yes "${2-	;}" | head -n "$1"
}

none "files_functions_and_lines_are_small" "$(measure "$srcdir")"
tree_files "$srcdir" | perl "$arch/measure.pl" --figures "$srcdir" |
    sed 's/^/# /'

{ lines 499 '/* line */'; echo 'extern int end;'; } | plant src/just.c
lines 501 '/* line */' | plant src/long.c
lines 401 '/* line */' | plant actors/long.c
{ echo '/* size-exception: a table that is one thing */'; lines 600 ''; } |
    plant src/excused.c
{ echo 'static int'; echo 'just(void)'; echo '{'; lines 57; echo '}'
  echo 'static int'; echo 'long_one(void)'; echo '{'; lines 58; echo '}'
  echo '/* size-exception: a list */'; echo 'static int'
  echo 'excused_one(void)'; echo '{'; lines 58; echo '}'; } |
    plant src/functions.c
plant src/complex.c <<'X'
static int
simple(int a)
{
	switch (a) {
	case 1: case 2: case 3: case 4:
	case 5: case 6: case 7: case 8:
		return 1;
	case 9:
		return a && a;
	default:
		return a ? 1 : 2;
	}
	if (a) if (a) if (a) if (a) if (a) return '?';
	return 0; /* if if if if if */
}

static int
tangled(int a)
{
	if (a) if (a) if (a) if (a) if (a) if (a) return 1;
	while (a && a && a || a)
		a--;
	return 0;
}

static int crowded(int a)
{
	return a;
}
X
{ printf '/*'; lines 76 - | tr -d '\n'; echo '*/'
  printf '/*'; lines 77 - | tr -d '\n'; echo '*/'
  printf '\t/*'; lines 69 é | tr -d '\n'; echo '*/'
  printf '/* TO%s */\n' DO; printf '/* */ \n        int a;\n'; } | plant include/buskin/wide.h
{ printf '#ifdef ONE\n#endif\n'; } | plant actors/choice.c
{ printf '#ifdef ONE\n#endif\n#if TWO\n#endif\n#if TWO\n#endif\n'; } |
    plant src/choices.c
seen=$(measure "$planted")
reports "sees_a_long_file" '^src/long.c: 501 lines' "$seen"
reports "sees_a_long_actor" '^actors/long.c: 401 lines' "$seen"
reports "sees_a_long_function" ': long_one has 61 lines' "$seen"
reports "sees_a_tangled_function" ': tangled has complexity 11' "$seen"
reports "sees_a_type_on_the_line_of_its_function" ': crowded: its type' "$seen"
reports "sees_a_wide_line" '^include/buskin/wide.h:2: 81 columns' "$seen"
reports "counts_a_tab_as_eight_columns" \
    '^include/buskin/wide.h:3: 81 columns' "$seen"
reports "sees_what_is_left_behind" '^include/buskin/wide.h:4: ' "$seen"
reports "sees_blanks_behind_a_line" \
    '^include/buskin/wide.h:5: ends in blanks' "$seen"
reports "sees_blanks_for_a_tab" \
    '^include/buskin/wide.h:6: is indented with blanks' "$seen"
reports "sees_a_condition_in_an_actor" '^actors/choice.c:1: ' "$seen"
reports "sees_too_many_conditions" '^src and include: 3 #if' "$seen"
none "lets_what_is_just_small_enough_pass" "$(printf '%s\n' "$seen" |
    grep -e just -e simple -e excused -e 'wide.h:1:')"
reports "names_the_exceptions" '^exception: src/excused.c: a table' \
    "$(tree_files "$planted" |
    perl "$arch/measure.pl" --figures "$planted")"

rm -r "$planted/src" "$planted/actors"
for name in one two three; do
	lines 201 '/* line */' | plant "src/$name.c"
done
reports "sees_a_long_median" '^src and actors: the median file has 201' \
    "$(measure "$planted")"

finish
