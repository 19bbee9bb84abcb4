# tests/arch/layers.pl ROOT <FILES - which floor may know what (R1, R2, R4).
#
# Prints a line for each violation.
use strict;
use warnings;

my $here = $0 =~ s{[^/]*$}{}r =~ s{^(?!/)}{./}r;
require "${here}source.pl";
my $root = shift @ARGV;
my @files = named_files(qr{^(?:include/buskin|src|src/cli|actors|examples)/[^/]+\.[ch]$});
my %known = map { $_ => 1 } @files;

# R4: one home for each foreign header.
my @homes = (
	[ qr{^(?:cjson/)?cJSON}i,  qr{^src/json\.c$}, 'cJSON' ],
	[ qr{^nng/},               qr{^(?:actors/nng_[^/]*|src/cli/client[^/]*)\.c$}, 'nng' ],
	[ qr{^sys/epoll\.h$},      qr{^(?:actors/reactor[^/]*|src/os[^/]*)\.c$}, 'epoll' ],
	[ qr{^openssl/},           qr{^actors/tls[^/]*\.c$}, 'OpenSSL' ],
);

# R2: what the runtime must not even speak of, and where it may.
my @unspoken = (
	[ qr{\b\w*epoll\w*\b}i, qr{^src/os[^/]*\.[ch]$} ],
	[ qr{\bnng_\w+\b},      qr{^$} ],
	[ qr{\bcJSON\w*\b},     qr{^src/json\.c$} ],
);

# The classes that the actors define.
my %class;
for my $file (grep { m{^actors/} } @files) {
	my $text = bare(slurp("$root/$file"));
	$class{$1} = $file while $text =~ /^const\s+struct\s+bsk_class\s+(\w+)/mg;
}

sub floor_of
{
	my ($file) = @_;
	return $file =~ m{^src/cli/} ? 'src/cli' : $file =~ s{/.*}{}r;
}

# Whether a floor may include "NAME".
sub own_header
{
	my ($floor, $name) = @_;
	return 0 if $name =~ m{/};
	return $known{"$floor/$name"} if $floor =~ m{^src};
	return 0;
}

sub check_include
{
	my ($file, $line, $open, $name) = @_;
	my $floor = floor_of($file);

	if ($open eq '"' && !own_header($floor, $name)) {
		print "$file:$line: $floor may not include \"$name\"\n";
	}
	if ($open eq '<' && $name =~ m{^buskin/} && !$known{"include/$name"}) {
		print "$file:$line: there is no public header <$name>\n";
	}
	for my $home (@homes) {
		my ($header, $where, $what) = @$home;
		next if $name !~ $header || $file =~ $where;
		next if $floor eq 'examples';
		print "$file:$line: $what does not live here\n";
	}
}

sub check_words
{
	my ($file, $text) = @_;
	my $line = 0;

	for my $row (split /\n/, $text) {
		$line++;
		next if $row =~ /^\s*#\s*include/;
		for my $rule (@unspoken) {
			my ($word, $where) = @$rule;
			print "$file:$line: the runtime speaks of $&\n"
			    if $file !~ $where && $row =~ $word;
		}
		while ($row =~ /\b(bsk_\w+_class)\b/g) {
			print "$file:$line: the runtime names the actor $1\n"
			    if $class{$1};
		}
	}
}

for my $file (@files) {
	my $text = slurp("$root/$file");
	my $line = 0;

	print "$file: an actor has no private header\n"
	    if $file =~ m{^actors/.*\.h$};
	for my $row (split /\n/, $text) {
		$line++;
		check_include($file, $line, $1, $2)
		    if $row =~ /^\s*#\s*include\s*(["<])([^">]+)/;
	}
	check_words($file, bare($text)) if floor_of($file) eq 'src';
}
