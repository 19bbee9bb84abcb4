# scripts/coverage.awk - one line a file from what gcov prints.
# The sum comes last.
/^File / { file = $0; gsub(/^File '|'$/, "", file) }
/^Lines executed:/ && file != "" {
	split($0, part, /[:% ]+/)
	percent = part[3]
	lines = part[5]
	if (file !~ /^\/usr/ && !(file in seen)) {
		seen[file] = 1
		printf "%6.2f %% of %5d  %s\n", percent, lines, file
		hit += percent * lines / 100
		all += lines
	}
	file = ""
}
END {
	if (all)
		printf "%6.2f %% of %5d  in all\n", 100 * hit / all, all
	exit !all
}
