/* employer.c - a system with a patron, and processes wired to it. */
#include "employer.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <buskin/status.h>

#include "harness.h"

static const struct bsk_class *const classes[] = { &bsk_process_class, NULL };

bsk_system *employer_system;
struct patron_log employer_heard;
bsk_ref employer_patron;

void
employer_begin(void)
{
	employer_system = harness_system(2, classes);
	patron_log_init(&employer_heard);
	employer_patron = patron_spawn(employer_system, &employer_heard);
}

void
employer_end(void)
{
	harness_system_end(employer_system);
	patron_log_release(&employer_heard);
}

const char *const employer_ports[PORTS] = {
	"stdout", "stderr", "started", "exited", "finished",
	"closed", "failed",
};

/* A process whose every port is wired to the patron. */
bsk_ref
employer_run(struct bsk_process_config how)
{
	struct bsk_wire wires[PORTS];
	const struct bsk_spawn_options options = {
		.wires = wires, .wire_count = PORTS,
	};
	bsk_ref process;

	for (int i = 0; i < PORTS; i++)
		wires[i] = (struct bsk_wire){ .port = { employer_ports[i] },
		    .to = employer_patron };
	ck_assert_int_eq(bsk_system_spawn(employer_system, &bsk_process_class,
	    bsk_parcel_new(&bsk_process_config_type, &how), &options,
	    &process), 0);
	return process;
}

void
employer_feed(bsk_ref process, const char *bytes)
{
	ck_assert_int_eq(bsk_system_send(employer_system, process,
			     BSK_NEW(bsk_bytes,
				 .bytes = bsk_buf_copy(bytes, strlen(bytes)))),
	    0);
}

void
employer_ask(bsk_ref to, struct bsk_parcel *message)
{
	patron_ask_actor(employer_system, employer_patron, to, message);
}

void
employer_stop(bsk_ref actor)
{
	patron_stop(employer_system, employer_patron, actor);
}

/* Feeds it, and asks it to stop: in that order, for it is one actor that
 * does both. */
void
employer_feed_and_stop(bsk_ref process, const char *bytes)
{
	employer_ask(process, BSK_PARCEL(bsk_bytes,
	    .bytes = bsk_buf_copy(bytes, strlen(bytes))));
	employer_stop(process);
}

void
employer_close_input(bsk_ref process)
{
	ck_assert_int_eq(bsk_system_send(employer_system, process,
	    BSK_NEW(bsk_stream_finish, .reserved = 0)), 0);
}

pid_t
employer_started(unsigned n)
{
	return ((const struct bsk_process_started *)patron_hears(
		    &employer_heard, &bsk_process_started_type, n))
	    ->pid;
}

const struct bsk_process_exited *
employer_exited(unsigned n)
{
	return patron_hears(&employer_heard, &bsk_process_exited_type, n);
}

const struct bsk_process_finished *
employer_finished(unsigned n)
{
	return patron_hears(&employer_heard, &bsk_process_finished_type, n);
}

int
employer_down(void)
{
	return ((const struct bsk_down *)patron_hears(
		    &employer_heard, &bsk_down_type, 1))
	    ->reason;
}

const void *
employer_hears(const struct bsk_type *type, unsigned n)
{
	return patron_hears(&employer_heard, type, n);
}

unsigned
employer_count(const struct bsk_type *type)
{
	return patron_count(&employer_heard, type);
}

const struct bsk_process_status *
employer_status(bsk_ref process)
{
	unsigned before = employer_count(&bsk_process_status_type);

	employer_ask(process, BSK_PARCEL(bsk_status_ask, .reserved = 0));
	return employer_hears(&bsk_process_status_type, before + 1);
}

int
employer_give(int to, int side, bsk_list *ret_fds)
{
	bsk_list fds = bsk_list_new(sizeof(struct bsk_process_fd), 1);
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*(struct bsk_process_fd *)fds.items = (struct bsk_process_fd){
		bsk_fd_own(ends[side]), to };
	*ret_fds = fds;
	return ends[1 - side];
}
