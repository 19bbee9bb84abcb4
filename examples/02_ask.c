/* 02_ask.c - a question with a deadline.
 *
 * One actor divides, another asks it. A question that is asked with bsk_ask
 * ends in exactly one way: an answer comes to the handler of its type, or
 * bsk_ask_failed says why there will be none. A third question is asked of
 * nobody, and so fails.
 *
 * It also shows how to make messages of your own: a struct, a table of its
 * fields, and a type that ties the two together.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <buskin/system.h>

#define SECOND_NS 1000000000

/* --- the messages --- */

struct divide {
	int64_t dividend;
	int64_t divisor;
};

struct quotient {
	int64_t value;
	int64_t rest;
};

static const struct bsk_field divide_fields[] = {
	BSK_FIELD(divide, dividend, "what to divide"),
	BSK_FIELD(divide, divisor, "by how much"),
};
static const struct bsk_type divide_type =
    BSK_TYPE(divide, "divide two numbers", divide_fields);

static const struct bsk_field quotient_fields[] = {
	BSK_FIELD(quotient, value, "how often it goes in"),
	BSK_FIELD(quotient, rest, "what is left"),
};
static const struct bsk_type quotient_type =
    BSK_TYPE(quotient, "what came out", quotient_fields);

/* --- who divides --- */

struct divider {
	uint64_t asked; /* how often */
};

BSK_HANDLER(on_divide, divider, divide);

static const struct bsk_handler divider_handlers[] = {
	BSK_ON(divide, on_divide),
};

static const struct bsk_class divider_class =
    BSK_CLASS(divider, "divider", "divides", divider_handlers);

/* What the asker did wrong goes back in the answer. Returning an error instead
 * would end this actor: that is for what breaks the divider itself. */
static int
on_divide(struct divider *self, bsk_ctx *ctx, const struct divide *divide)
{
	self->asked++;
	if (divide->divisor == 0)
		return bsk_reply(ctx, BSK_NEW(bsk_result, .error = -EDOM,
		    .text = bsk_text_copy("zero goes into nothing"),
		    .field = bsk_text_copy("divisor")));
	return bsk_reply(ctx, BSK_NEW(quotient,
	    .value = divide->dividend / divide->divisor,
	    .rest = divide->dividend % divide->divisor));
}

/* --- who asks --- */

struct asker {
	bsk_ref divider;
};

BSK_HANDLER(on_open, asker, bsk_open);
BSK_HANDLER(on_quotient, asker, quotient);
BSK_HANDLER(on_result, asker, bsk_result);
BSK_HANDLER(on_failed, asker, bsk_ask_failed);

static const struct bsk_handler asker_handlers[] = {
	BSK_ON(bsk_open,       on_open),
	BSK_ON(quotient,       on_quotient),
	BSK_ON(bsk_result,     on_result),
	BSK_ON(bsk_ask_failed, on_failed),
};

static const struct bsk_class asker_class =
    BSK_CLASS(asker, "asker", "asks a divider", asker_handlers);

static int
ask(bsk_ctx *ctx, bsk_ref to, int64_t dividend, int64_t divisor)
{
	uint64_t number; /* bsk_asked(ctx) gives it again with the answer */

	printf("how often does %" PRId64 " go into %" PRId64 "?\n", divisor,
	    dividend);
	return bsk_ask(ctx, to,
	    BSK_NEW(divide, .dividend = dividend, .divisor = divisor),
	    SECOND_NS, &number);
}

static int
on_open(struct asker *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	int result;

	(void)open;
	result = bsk_spawn(ctx, &divider_class, NULL, NULL, &self->divider);
	if (result < 0)
		return result;
	return ask(ctx, self->divider, 23, 5);
}

static int
on_quotient(struct asker *self, bsk_ctx *ctx, const struct quotient *quotient)
{
	printf("%" PRId64 " times, and %" PRId64 " is left\n",
	    quotient->value, quotient->rest);
	return ask(ctx, self->divider, 23, 0);
}

static int
on_result(struct asker *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)self;
	printf("not at all: %s (%s)\n", bsk_text_chars(result->text),
	    bsk_text_chars(result->field));
	return ask(ctx, bsk_nobody(), 23, 7);
}

static int
on_failed(struct asker *self, bsk_ctx *ctx, const struct bsk_ask_failed *failed)
{
	(void)self;
	printf("no answer: %s\n", failed->reason == -ESRCH ?
	    "there is nobody" : "something else");
	bsk_stop_system(ctx, 0);
	return 0;
}

int
main(void)
{
	bsk_system *system = NULL;
	bsk_ref asker;
	int status = 1;

	if (bsk_system_create(NULL, &system) == 0 &&
	    bsk_system_spawn(system, &asker_class, NULL, NULL, &asker) == 0)
		status = bsk_system_run(system);
	bsk_system_destroy(system);
	return status;
}
