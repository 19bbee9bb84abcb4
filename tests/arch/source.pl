# tests/arch/source.pl - reading C for the tests of the tree.
use strict;
use warnings;

# A check that broke must not look like one that found nothing.
$SIG{__WARN__} = $SIG{__DIE__} = sub { print "the check broke: @_"; exit 99 };

# The text of a file, decoded.
sub slurp
{
	my ($path) = @_;
	open my $in, '<:encoding(UTF-8)', $path or die "$path: $!\n";
	local $/;
	my $text = <$in>;
	close $in;
	return defined $text ? $text : '';
}

# The text with every comment made blank, and strings too; lines stay lines.
sub bare
{
	my ($text) = @_;
	$text =~ s{(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}
	    {blank($1)}gse;
	return $text;
}

sub blank
{
	my ($piece) = @_;
	my $first = substr($piece, 0, 1);
	return $first . $first if $first eq '"';
	return '0' if $first eq "'";
	$piece =~ s/[^\n]+/ /g;
	return $piece;
}

# The files that are to be looked at: the names on standard input.
sub named_files
{
	my ($pattern) = @_;
	my @names = <STDIN>;
	chomp @names;
	return grep { $_ =~ $pattern } @names;
}

1;
