/* src/field_signal.c - signals by name. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "field_unit.h"

struct name {
	int number;
	const char *name;
};

/* Those of signal(7) on Linux; where a number has two names, the first is the
 * one that is written. */
static const struct name names[] = {
	{SIGHUP, "HUP"}, {SIGINT, "INT"}, {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},
	{SIGTRAP, "TRAP"}, {SIGABRT, "ABRT"}, {SIGIOT, "IOT"},
	{SIGBUS, "BUS"}, {SIGFPE, "FPE"}, {SIGKILL, "KILL"},
	{SIGUSR1, "USR1"}, {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"},
	{SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
	{SIGSTKFLT, "STKFLT"}, {SIGCHLD, "CHLD"}, {SIGCHLD, "CLD"},
	{SIGCONT, "CONT"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},
	{SIGTTIN, "TTIN"}, {SIGTTOU, "TTOU"}, {SIGURG, "URG"},
	{SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"},
	{SIGPROF, "PROF"}, {SIGWINCH, "WINCH"}, {SIGIO, "IO"},
	{SIGPOLL, "POLL"}, {SIGPWR, "PWR"}, {SIGSYS, "SYS"},
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

const char *
field_unit_signal_name(size_t index)
{
	return index < NAME_COUNT ? names[index].name : NULL;
}

/* "+3" behind RTMIN, "-1" behind RTMAX, or nothing. */
static int
scan_real_time(const char *chars, int base, char sign, int64_t *ret_signal)
{
	uint64_t offset = 0;
	int64_t number;

	if (*chars != '\0' && (*chars != sign ||
	    field_unit_unsigned(chars + 1, &offset) < 0))
		return -EINVAL;
	if (offset > (uint64_t)(SIGRTMAX - SIGRTMIN))
		return -EINVAL;
	number = sign == '+' ? base + (int64_t)offset : base - (int64_t)offset;
	*ret_signal = number;
	return 0;
}

int
field_unit_signal(const char *chars, int64_t *ret_signal)
{
	size_t i;

	if (strncmp(chars, "SIG", 3) == 0)
		chars += 3;
	if (strncmp(chars, "RTMIN", 5) == 0)
		return scan_real_time(chars + 5, SIGRTMIN, '+', ret_signal);
	if (strncmp(chars, "RTMAX", 5) == 0)
		return scan_real_time(chars + 5, SIGRTMAX, '-', ret_signal);
	for (i = 0; i < NAME_COUNT; i++) {
		if (strcmp(chars, names[i].name) == 0) {
			*ret_signal = names[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

void
field_unit_signal_text(int64_t number, char *ret_chars)
{
	size_t i;

	for (i = 0; i < NAME_COUNT; i++) {
		if (names[i].number == number) {
			(void)snprintf(ret_chars, FIELD_UNIT_SIZE, "%s",
			    names[i].name);
			return;
		}
	}
	if (number > SIGRTMIN && number <= SIGRTMAX)
		(void)snprintf(ret_chars, FIELD_UNIT_SIZE,
		    "RTMIN+%" PRId64, number - SIGRTMIN);
	else if (number == SIGRTMIN)
		(void)snprintf(ret_chars, FIELD_UNIT_SIZE, "RTMIN");
	else
		(void)snprintf(ret_chars, FIELD_UNIT_SIZE, "%" PRId64,
		    number);
}
