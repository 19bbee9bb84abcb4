/* activation.c - the sockets that the process was started with. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/activation.h>

#include "activation.h"
#include "ctx.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define MOST 4096  /* no service manager hands over more */

/* A number of the environment; 0: there is none. */
static long
number(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	long value;

	if (text == NULL || text[0] == '\0')
		return 0;
	value = strtol(text, &end, 10);
	return *end == '\0' ? value : 0;
}

/* How many are meant for us. */
static uint32_t
count_ours(const struct bsk_os *os)
{
	long count = number("LISTEN_FDS");

	if (number("LISTEN_PID") != (long)os->getpid(os) || count < 0 ||
	    count > MOST)
		return 0;
	return (uint32_t)count;
}

/* The next of the names between colons; NULL for want of memory. */
static char *
next_name(const char **names)
{
	size_t length;
	char *name;

	if (*names == NULL)
		return strdup("unknown");
	length = strcspn(*names, ":");
	name = strndup(*names, length);
	*names += length;
	if (**names == ':')
		++*names;
	return name;
}

static int
copy_one(struct activation *activation, const struct bsk_os *os,
    const char **names)
{
	struct activated *it = &activation->fds[activation->count];

	it->fd = os->dup(os, FIRST_FD + (int)activation->count);
	if (it->fd < 0)
		return it->fd;
	it->name = next_name(names);
	activation->count++;
	return it->name == NULL ? -ENOMEM : 0;
}

static void
forget(void)
{
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

int
activation_copy(struct activation *activation, const struct bsk_os *os)
{
	const char *names = getenv("LISTEN_FDNAMES");
	uint32_t count = count_ours(os);
	int error = 0;

	if (count > 0) {
		activation->fds = calloc(count, sizeof(*activation->fds));
		error = activation->fds == NULL ? -ENOMEM : 0;
	}
	while (error == 0 && activation->count < count)
		error = copy_one(activation, os, &names);
	if (error < 0)
		activation_release(activation, os);
	return error;
}

void
activation_take(const struct activation *activation, const struct bsk_os *os)
{
	uint32_t index;

	for (index = 0; index < activation->count; index++)
		(void)os->close(os, FIRST_FD + (int)index);
	forget();
}

void
activation_release(struct activation *activation, const struct bsk_os *os)
{
	while (activation->count > 0) {
		struct activated *it = &activation->fds[--activation->count];

		(void)os->close(os, it->fd);
		free(it->name);
	}
	free(activation->fds);
	activation->fds = NULL;
}

int
bsk_listen_fd(bsk_ctx *ctx, const char *name, int *ret_fd)
{
	const struct bsk_system *system = ctx->worker->system;
	const struct activation *activation = &system->activation;
	uint32_t index;
	int fd;

	for (index = 0; index < activation->count; index++)
		if (strcmp(activation->fds[index].name, name) == 0)
			break;
	if (index == activation->count)
		return -ENOENT;
	fd = system->os->dup(system->os, activation->fds[index].fd);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}
