/* mob.c - many clients, in a process of their own. */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/unix.h>

#include "harness.h"
#include "mob.h"

#define MOST 20000u
#define PATIENCE_MS (HARNESS_PATIENCE_S * 1000)

enum verb { CONNECT, ANSWERS, LEAVE, HANG_UPS };

struct order {
	enum verb verb;
	unsigned count;
	char path[BSK_UNIX_PATH_MAX + 1];
};

struct mob {
	pid_t pid;
	int orders;
	int answers;
};

/* --- the process ------------------------------------------------------- */

static int clients[MOST]; /* of the process */
static unsigned first;    /* those before have left */
static unsigned count;

static unsigned
come(const struct order *order)
{
	struct sockaddr_un address;
	socklen_t size;
	unsigned done;

	if (bsk_unix_address(order->path, &address, &size) < 0)
		return 0;
	for (done = 0; done < order->count && count < MOST; done++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&address,
		    size) < 0)
			break;
		/* One may have been hung up on by then. */
		(void)!send(fd, "x", 1, MSG_NOSIGNAL);
		clients[count++] = fd;
	}
	return done;
}

/* How many of the oldest get one byte each. */
static unsigned
listen_to(unsigned most)
{
	unsigned done;

	for (done = 0; done < most && first + done < count; done++) {
		struct pollfd it = { .fd = clients[first + done],
			.events = POLLIN };
		char byte;

		if (poll(&it, 1, PATIENCE_MS) != 1 ||
		    read(it.fd, &byte, 1) != 1)
			break;
	}
	return done;
}

static unsigned
leave(unsigned most)
{
	unsigned done;

	for (done = 0; done < most && first < count; done++)
		(void)close(clients[first++]);
	return done;
}

/* How many have been hung up on; waits for at least that many. */
static unsigned
await_hang_ups(unsigned least)
{
	static struct pollfd all[MOST];
	unsigned tries = PATIENCE_MS / 10;
	unsigned done = 0;
	unsigned index;

	while (done < least && tries-- > 0) {
		for (index = first; index < count; index++)
			all[index - first] = (struct pollfd){
				.fd = clients[index], .events = POLLRDHUP };
		(void)poll(all, count - first, 10);
		for (done = 0, index = first; index < count; index++)
			done += all[index - first].revents != 0;
	}
	return done;
}

static unsigned
obey(const struct order *order)
{
	switch (order->verb) {
	case CONNECT:
		return come(order);
	case ANSWERS:
		return listen_to(order->count);
	case LEAVE:
		return leave(order->count);
	default:
		return await_hang_ups(order->count);
	}
}

static void
live(int orders, int answers)
{
	struct rlimit limit;
	struct order order;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	while (read(orders, &order, sizeof(order)) == sizeof(order)) {
		unsigned done = obey(&order);

		if (write(answers, &done, sizeof(done)) != sizeof(done))
			break;
	}
}

/* --- the test's side --------------------------------------------------- */

struct mob *
mob_new(void)
{
	struct mob *mob = calloc(1, sizeof(*mob));
	int orders[2];
	int answers[2];

	ck_assert_ptr_nonnull(mob);
	ck_assert_int_eq(pipe(orders), 0);
	ck_assert_int_eq(pipe(answers), 0);
	mob->pid = fork();
	ck_assert_int_ge(mob->pid, 0);
	if (mob->pid == 0) {
		(void)close(orders[1]);
		live(orders[0], answers[1]);
		_exit(0);
	}
	(void)close(orders[0]);
	(void)close(answers[1]);
	mob->orders = orders[1];
	mob->answers = answers[0];
	return mob;
}

void
mob_free(struct mob *mob)
{
	(void)close(mob->orders);
	(void)close(mob->answers);
	ck_assert_int_eq(waitpid(mob->pid, NULL, 0), mob->pid);
	free(mob);
}

static void
have(struct mob *mob, enum verb verb, unsigned wanted, const char *path)
{
	struct order order = { .verb = verb, .count = wanted };
	unsigned done = 0;

	(void)snprintf(order.path, sizeof(order.path), "%s", path);
	ck_assert_int_eq(
	    write(mob->orders, &order, sizeof(order)), sizeof(order));
	ck_assert_int_eq(
	    read(mob->answers, &done, sizeof(done)), sizeof(done));
	ck_assert_uint_eq(done, wanted);
}

void
mob_connect(struct mob *mob, const char *path, unsigned more)
{
	have(mob, CONNECT, more, path);
}

void
mob_expect_answers(struct mob *mob, unsigned wanted)
{
	have(mob, ANSWERS, wanted, "");
}

void
mob_leave(struct mob *mob, unsigned leaving)
{
	have(mob, LEAVE, leaving, "");
}

void
mob_expect_hang_ups(struct mob *mob, unsigned wanted)
{
	have(mob, HANG_UPS, wanted, "");
}
