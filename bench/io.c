/* io.c - bench/io COMMAND ARGUMENT...: Unix work, with the actors that come
 * with buskin as everybody gets them.
 *
 * WORKERS in the environment is how many workers the system has; without it,
 * what a system has by default.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"

static const struct io_command *const commands[] = {
	&io_echo, &io_sink, &io_proxy, &io_sendfile, &io_cat, &io_spawn,
	&io_reap, &io_signals, &io_timers_arm, &io_timers_fire,
};
#define COUNT (sizeof(commands) / sizeof(commands[0]))

static void
usage(void)
{
	(void)fputs("usage: bench/io COMMAND ARGUMENT...\n", stderr);
	for (size_t i = 0; i < COUNT; i++)
		(void)fprintf(stderr, "  %s %s\n", commands[i]->name,
		    commands[i]->arguments);
	exit(2);
}

bsk_ref
io_spawn_actor(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options)
{
	bsk_ref ref;

	io_must(bsk_system_spawn(system, class_, config, options, &ref),
	    class_->name);
	return ref;
}

static int
run(const struct io_command *command, char **arguments)
{
	const char *workers = getenv("WORKERS");
	struct bsk_system_options options = { .name = "bench", };
	bsk_system *system;
	int status;

	if (workers != NULL)
		options.workers = (uint32_t)io_count(workers);
	io_must(bsk_system_create(&options, &system), "system");
	command->begin(system, arguments);
	status = bsk_system_run(system);
	io_must(status, "run");
	bsk_system_destroy(system);
	return status;
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT; i++)
		if (strcmp(commands[i]->name, argv[1]) == 0 &&
		    argc - 2 >= commands[i]->least)
			return run(commands[i], argv + 2);
	usage();
	return 2;
}
