# tests/arch/measure.pl ROOT <FILES - how large files and functions may be.
#
# Prints a line for each violation; with --figures, the medians and maxima, and
# the exceptions that the files ask for. An exception is a comment
# `size-exception: REASON`: before the first function it stands for the length
# of the file, in a function or right above it for that function. A function's
# limit counts every line; the median, which is told and not judged, leaves blank
# lines and comments out.
use strict;
use warnings;

my $here = $0 =~ s{[^/]*$}{}r =~ s{^(?!/)}{./}r;
require "${here}source.pl";
my $figures = @ARGV && $ARGV[0] eq '--figures' && shift @ARGV;
my $root = shift @ARGV;
my %limit = (file => 500, actor => 400, function => 60, complexity => 10,
    columns => 80, file_median => 200);
my @files = named_files(qr{^(?:include|src|actors|tests|examples|bench)/.*\.[ch]$});
my $left_behind = join '|', 'TO' . 'DO', 'FIX' . 'ME', 'X' . 'XX', 'HA' . 'CK';
my (@violations, @exceptions, @file_lines, @function_lines, @complexities);
my ($conditions, $product_lines) = (0, 0);

sub violation
{
	my ($place, $text) = @_;
	push @violations, "$place: $text";
}

# Whether it belongs to what is shipped; the medians are taken over this.
sub is_product
{
	return $_[0] =~ m{^(?:src|actors)/.*\.c$};
}

# How wide a line is on the screen, with tabs of eight.
sub width
{
	my ($line) = @_;
	my $width = 0;

	for my $piece (split /(\t)/, $line) {
		$width += $piece eq "\t" ? 8 - $width % 8 : length $piece;
	}
	return $width;
}

# One more than the decisions. Labels that share a statement are one decision.
sub complexity
{
	my ($body) = @_;
	my $count = 1;

	$body =~ s{((?:\bcase\b[^:?;\{\}]*:\s*|\bdefault\s*:\s*)+)}
	    {index($1, 'default') < 0 ? ' case ' : ' '}ge;
	$count++ while $body =~ /\b(?:if|for|while|case)\b|&&|\|\||\?/g;
	return $count;
}

# The functions of a text without comments: [name, first line, last line, body].
sub functions
{
	my ($path, @rows) = @_;
	my (@found, $name, $start, $opened);

	for my $i (0 .. $#rows) {
		my $row = $rows[$i];

		if (!defined $opened && $row =~ /^(\w+)\(/) {
			($name, $start) = ($1, $i);
		} elsif (!defined $opened && $row !~ /__attribute__/
		    && $row =~ /^\w[\w\s*]*?[\s*](\w+)\(/) {
			($name, $start) = ($1, $i);
			my $rest = join "\n", @rows[$i .. ($i + 8 < $#rows ? $i + 8 : $#rows)];
			violation("$path:" . ($i + 1),
			    "$name: its type stands on a line of its own")
			    if $rest =~ /^[^;{=]*\)\s*\{/ && $row !~ /^(?:struct|union|enum) \w+ \{/;
		}
		if (!defined $opened && defined $name
		    && ($row =~ /^\{/ || $row =~ /\)\s*\{\s*$/)
		    && join("\n", @rows[$start .. $i]) =~ /^[^;]*\)\s*\{/) {
			$opened = $i;
		} elsif (defined $opened && $row =~ /^\}/) {
			push @found, [$name, $start, $i,
			    join("\n", @rows[$start .. $i])];
			undef $opened;
			undef $name;
		} elsif (!defined $opened && $row =~ /;\s*$/) {
			undef $name;
		}
	}
	return @found;
}

# The reason that the rows give for an exception, if any.
sub reason
{
	my $text = join "\n", @_;
	return $text =~ m{size-exception:\s*([^\s*].*?)\s*(?:\*/|\n|$)} ? $1 : undef;
}

# The first row of the comment that ends right above row i.
sub comment_above
{
	my ($i, @rows) = @_;

	$i-- while $i > 0 && $rows[$i - 1] =~ /\S/;
	return $i;
}

sub check_function
{
	my ($path, $rows, $found) = @_;
	my ($name, $start, $end, $body) = @$found;
	my $lines = $end - $start + 1;
	my $complexity = complexity($body);
	my $place = "$path:" . ($start + 1);

	if (is_product($path)) {
		push @function_lines, scalar grep { /\S/ } split /\n/, $body;
		push @complexities, $complexity;
	}
	return if $lines <= $limit{function} && $complexity <= $limit{complexity};
	my $why = reason(@$rows[comment_above($start, @$rows) .. $end]);
	if (defined $why) {
		push @exceptions, "$place: $name: $why";
		return;
	}
	violation($place, "$name has $lines lines") if $lines > $limit{function};
	violation($place, "$name has complexity $complexity")
	    if $complexity > $limit{complexity};
}

sub check_file_length
{
	my ($path, $lines, @head) = @_;
	my $most = $path =~ m{^actors/} ? $limit{actor} : $limit{file};

	return if $lines <= $most;
	my $why = reason(@head);
	if (defined $why) {
		push @exceptions, "$path: $why";
	} else {
		violation($path, "$lines lines, the limit is $most");
	}
}

sub check_conditions
{
	my ($path, @bare) = @_;

	for my $i (0 .. $#bare) {
		next if $bare[$i] !~ /^\s*#\s*(?:if|ifdef|ifndef|elif)\b\s*(.*)/;
		my $what = $1;
		next if $path =~ /\.h$/ && $what =~ /^(?:\w+_H|__cplusplus)$/;
		$conditions++ if $path =~ m{^(?:include|src)/};
		violation("$path:" . ($i + 1), "an actor has no #if")
		    if $path =~ m{^actors/};
	}
}

for my $path (@files) {
	my $text = slurp("$root/$path");
	my @rows = split /\n/, $text;
	my $bare = bare($text);
	my @functions;

	$bare =~ s{^([ \t]*#[ \t]*define(?:[^\n]*\\\n)*[^\n]*)}{ $1 =~ s/[^\n]+//gr }mge;
	my @bare = split /\n/, $bare, -1;
	for my $i (0 .. $#rows) {
		my $width = width($rows[$i]);
		violation("$path:" . ($i + 1), "$width columns")
		    if $width > $limit{columns};
		violation("$path:" . ($i + 1), 'ends in blanks')
		    if $rows[$i] =~ /\s$/;
		violation("$path:" . ($i + 1), 'is indented with blanks')
		    if $rows[$i] =~ /^\t* {8,}[^\s*]/;
		violation("$path:" . ($i + 1), "$1 is left behind")
		    if $rows[$i] =~ /\b($left_behind)\b/;
	}
	@functions = functions($path, map { /^\s*#/ ? '' : $_ } @bare);
	check_function($path, \@rows, $_) for @functions;
	my $head = @functions ? comment_above($functions[0][1], @rows) : @rows;
	check_file_length($path, $text =~ tr/\n//, @rows[0 .. $head - 1]);
	check_conditions($path, @bare);
	push @file_lines, scalar @rows if is_product($path);
	$product_lines += @rows if $path =~ m{^(?:include|src|actors)/};
}

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return @sorted ? $sorted[@sorted / 2] : 0;
}

sub maximum
{
	my @sorted = sort { $a <=> $b } 0, @_;
	return $sorted[-1];
}

violation('src and actors', 'the median file has ' . median(@file_lines)
    . ' lines') if median(@file_lines) > $limit{file_median};
violation('src and include', "$conditions #if in $product_lines lines")
    if $conditions > 1 && $conditions * 1000 > $product_lines;

if ($figures) {
	printf "files %d, lines: median %d, most %d\n", scalar @file_lines,
	    median(@file_lines), maximum(@file_lines);
	printf "functions %d, lines: median %d, most %d\n",
	    scalar @function_lines, median(@function_lines),
	    maximum(@function_lines);
	printf "complexity: median %d, most %d; #if: %d in %d lines\n",
	    median(@complexities), maximum(@complexities), $conditions,
	    $product_lines;
	print "exception: $_\n" for @exceptions;
} else {
	print "$_\n" for @violations;
}
