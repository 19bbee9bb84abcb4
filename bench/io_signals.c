/* io_signals.c - counts the signals that are told, where whoever sends them can
 * look: in a file that both have in memory. It serves until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <buskin/signal.h>

#include "io.h"

#define PATIENCE_NS INT64_C(5000000000)

/* The file, as whoever sends knows it. */
struct shared {
	volatile uint64_t told;
	volatile uint64_t last_ns;
	volatile uint64_t ready;
};

static struct shared *shared; /* fixed before the system runs */
static int number;

struct ear {
	bsk_ref service;
};

BSK_HANDLER(on_open, ear, bsk_open)
{
	uint64_t ask;
	int error = bsk_service(ctx, &bsk_signal_class, &self->service);

	(void)body;
	return error < 0 ? error : bsk_ask(ctx, self->service,
	    BSK_NEW(bsk_signal_watch, .number = number), PATIENCE_NS, &ask);
}

BSK_HANDLER(on_result, ear, bsk_result)
{
	(void)self;
	(void)ctx;
	shared->ready = body->error == 0;
	return body->error;
}

BSK_HANDLER(on_raised, ear, bsk_signal_raised)
{
	(void)self;
	(void)ctx;
	(void)body;
	shared->last_ns = (uint64_t)io_now_ns();
	shared->told++;
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_signal_raised, on_raised),
};
static const struct bsk_class ear_class =
    BSK_CLASS(ear, "ear", "counts signals", handlers);

static void
signals(bsk_system *system, char **arguments)
{
	int fd = open(arguments[0], O_RDWR | O_CLOEXEC);

	io_must(fd < 0 ? -errno : 0, arguments[0]);
	number = (int)io_count(arguments[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	io_must(shared == MAP_FAILED ? -errno : 0, "mmap");
	(void)close(fd);
	(void)io_spawn_actor(system, &ear_class, NULL, NULL);
}

const struct io_command io_signals = { "signals", "FILE NUMBER", 2, signals };
