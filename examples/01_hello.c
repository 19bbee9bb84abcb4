/* 01_hello.c - one actor says hello: a struct for its state, a handler for each
 * message it hears, and a class that ties them together. */
#include <stdio.h>

#include <buskin/system.h>

struct hello {
	int greetings; /* the state begins as zeros */
};

BSK_HANDLER(on_open, hello, bsk_open); /* always the first message */

static const struct bsk_handler handlers[] = { BSK_ON(bsk_open, on_open) };

static const struct bsk_class hello_class =
    BSK_CLASS(hello, "hello", "says hello", handlers);

static int
on_open(struct hello *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	printf("hello, %d\n", ++self->greetings);
	bsk_stop_system(ctx, 0); /* 0 is what bsk_system_run will return */
	return 0;
}

int
main(void)
{
	bsk_system *system = NULL;
	bsk_ref hello;
	int status = 1;

	if (bsk_system_create(NULL, &system) == 0 &&
	    bsk_system_spawn(system, &hello_class, NULL, NULL, &hello) == 0)
		status = bsk_system_run(system);
	bsk_system_destroy(system);
	return status;
}
