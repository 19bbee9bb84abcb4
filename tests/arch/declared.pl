# tests/arch/declared.pl HEADER... - the functions and objects that headers
# declare for others to link with: one name a line.
use strict;
use warnings;

my $here = $0 =~ s{[^/]*$}{}r =~ s{^(?!/)}{./}r;
require "${here}source.pl";

for my $path (@ARGV) {
	my $text = bare(slurp($path));

	$text =~ s/^[ \t]*#(?:[^\n]*\\\n)*[^\n]*//mg;
	$text =~ s/__attribute__\s*(\((?:[^()]|(?1))*\))//g;
	print "$1_type\n" while $text =~ /\bBSK_DECLARE\s*\(\s*(\w+)\s*\)/g;
	$text =~ s/\bextern\s+""\s*\{//g;
	1 while $text =~ s/\{[^{}]*\}/;/g;
	for my $statement (split /;/, $text) {
		next if $statement =~ /\b(?:typedef|static|struct\s+\w+\s*$)/;
		if ($statement =~ /\bextern\b.*?\b(bsk_\w+)\s*(?:\[[^\]]*\])?\s*$/s) {
			print "$1\n";
		} elsif ($statement =~ /\w[\s*]+(bsk_\w+)\s*\(/) {
			print "$1\n";
		}
	}
}
