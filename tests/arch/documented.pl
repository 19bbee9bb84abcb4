# tests/arch/documented.pl HEADER... - R7: which public declarations and which
# fields of public structs have no comment.
#
# A comment counts when it stands right above the declaration, or inside it, or
# behind it on its last line. Constants of an enumeration may share the
# enumeration's. A bare `struct bsk_x;` and BSK_DECLARE(bsk_x) need none of
# their own when struct bsk_x is documented in one of the headers.
use strict;
use warnings;

my $here = $0 =~ s{[^/]*$}{}r =~ s{^(?!/)}{./}r;
require "${here}source.pl";

my %documented;    # struct tags that have a comment somewhere
my @forward;       # [place, tag]: declarations that lean on such a tag
my @violations;

# The tokens of a text: [kind, text, first line, last line, begins its line].
sub tokens
{
	my ($text) = @_;
	my ($line, $fresh, @tokens) = (1, 1);

	while ($text =~ m{\G(?:
		(?<space>[ \t\r]+) | (?<newline>\n) |
		(?<comment>/\*.*?\*/|//[^\n]*) |
		(?<directive>\#(?:\\\n|[^\n])*) |
		(?<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*') |
		(?<word>\w+) | (?<punct>.)
	)}gsx) {
		my ($kind) = keys %+;
		my $piece = $+{$kind};
		my $last = $line + ($piece =~ tr/\n//);

		push @tokens, [$kind, $piece, $line, $last, $fresh]
		    if $kind ne 'space' && $kind ne 'newline';
		$fresh = 1 if $kind eq 'newline';
		$fresh = 0 if $kind ne 'newline' && $kind ne 'space';
		$line = $last;
	}
	return @tokens;
}

# The declarations among tokens; each is the list of its own tokens, the
# comment above it first and the one behind it last. A directive is one, too.
sub declarations
{
	my (@tokens) = @_;
	my (@all, @now, $depth, $above) = ();
	$depth = 0;

	while (my $token = shift @tokens) {
		my ($kind, $text, $first, $last, $fresh) = @$token;

		if ($kind eq 'comment' && !@now) {
			if (!$fresh && @all && $all[-1][-1][3] == $first) {
				push @{$all[-1]}, $token;
			} else {
				$above = $token;
			}
			next;
		}
		if (!@now && $above) {
			push @now, $above if $above->[3] >= $first - 1
			    && $above->[1] !~ /---/;
			undef $above;
		}
		if ($kind eq 'directive') {
			push @all, [@now, $token];
			@now = ();
			next;
		}
		push @now, $token;
		$depth++ if $text eq '{' || $text eq '(';
		$depth-- if $text eq '}' || $text eq ')';
		if ($depth == 0 && ($text eq ';'
		    || ($text eq '}' && is_function(@now)))) {
			push @all, [@now];
			@now = ();
		}
	}
	return @all;
}

# Whether the tokens up to a closing brace are a function with its body.
sub is_function
{
	my $code = join ' ', map { $_->[0] eq 'comment' ? () : $_->[1] } @_;
	return $code =~ /^[^{]*\)\s*\{/;
}

# What is left when the wrapping of `extern "C"` is taken away.
sub unwrapped
{
	my ($text) = @_;
	$text =~ s{^\#ifdef __cplusplus\n(?:extern "C" \{|\})\n\#endif$}{\n\n}mg;
	return $text;
}

sub check_struct
{
	my ($path, $tag, @tokens) = @_;
	my ($depth, $opened) = (0, 0);
	my @body;

	for my $token (@tokens) {
		$depth-- if $token->[1] eq '}';
		$opened = $token->[2] if $token->[1] eq '{' && $depth == 0;
		push @body, $token if $depth > 0
		    && !($token->[0] eq 'comment' && $token->[2] == $opened);
		$depth++ if $token->[1] eq '{';
	}
	check($path, $tag, @body);
}

sub check_directive
{
	my ($path, $has, $token) = @_;
	my ($kind, $text, $line) = @$token;

	return if $text !~ /^\#\s*define\s+(\w+)/;
	return if $has || $1 =~ /^BUSKIN_\w+_H$/;
	push @violations, "$path:$line: $1 has no comment";
}

# Looks at the declarations of a header, or at the fields of struct `inside`.
sub check
{
	my ($path, $inside, @tokens) = @_;

	for my $declaration (declarations(@tokens)) {
		my $has = grep { $_->[0] eq 'comment' } @$declaration;
		my @code = grep { $_->[0] ne 'comment' } @$declaration;
		my $text = join ' ', map { $_->[1] } @code;
		my $line = $code[0][2];

		if ($code[0][0] eq 'directive') {
			check_directive($path, $has, $code[0]);
			next;
		}
		if ($text =~ /^BSK_DECLARE \( (\w+) \)/) {
			push @forward, ["$path:$line", $1] if !$has;
			next;
		}
		if ($text =~ /^(?:struct|union) (\w+) ;$/) {
			$documented{$1} = 1 if $has;
			push @forward, ["$path:$line", $1] if !$has;
			next;
		}
		if ($text =~ /^(?:typedef )?(struct|union|enum)(?: (\w+))? \{/) {
			my $own = has_own_comment(@$declaration);
			my $tag = defined $2 ? $2 : $inside;
			push @violations, "$path:$line: $1 $tag has no comment"
			    if !$own;
			$documented{$tag} = 1 if $own;
			check_struct($path, "$1 $tag", @$declaration)
			    if $1 ne 'enum';
			next;
		}
		$documented{$1} = 1
		    if $has && $text =~ /^typedef (?:struct|union) (\w+)/;
		push @violations, "$path:$line: "
		    . ($inside ? "$inside: " : '') . name_of($text)
		    . ' has no comment' if !$has;
	}
}

# Whether a struct has a comment that is not one of its fields'.
sub has_own_comment
{
	my $depth = 0;
	my $opened = 0;

	for my $token (@_) {
		return 1 if $token->[0] eq 'comment'
		    && ($depth == 0 || $token->[2] == $opened);
		$depth-- if $token->[1] eq '}';
		$opened = $token->[2] if $token->[1] eq '{' && $depth == 0;
		$depth++ if $token->[1] eq '{';
	}
	return 0;
}

# The name that a declaration declares.
sub name_of
{
	my ($text) = @_;
	$text =~ s/__attribute__.*//;
	return $1 if $text =~ /\( \* (\w+) (?:\[ \w* \] )?\)/;
	return $1 if $text =~ /(\w+) \(/;
	return $1 if $text =~ /(\w+)(?: \[ [^\]]* \])?(?: : \w+)? ;$/;
	return $text;
}

for my $path (@ARGV) {
	check($path, '', tokens(unwrapped(slurp($path))));
}
for my $pair (@forward) {
	my ($place, $tag) = @$pair;
	push @violations, "$place: $tag has no comment in any header"
	    if $tag =~ /^bsk_/ && !$documented{$tag};
}
print "$_\n" for @violations;
