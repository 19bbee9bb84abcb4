/* 01_hello.c - one actor says hello.
 * An actor is a struct for its state, handlers for the messages it hears, and
 * a class that ties them together. The first message is always bsk_open.
 */
#include <stdio.h>

#include <buskin/system.h>

struct hello {
	int greetings; /* the state begins as zeros */
};

BSK_HANDLER(on_open, hello, bsk_open);

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
	bsk_system *system;
	bsk_ref hello;

	if (bsk_system_create(NULL, &system) < 0 ||
	    bsk_system_spawn(system, &hello_class, NULL, NULL, &hello) < 0)
		return 1;
	return bsk_system_run(system);
}
