/* actors/inspector_desk.c - where requests to the inspector are answered.
 *
 *   hears   bsk_nng_request        a document that asks
 *           bsk_inspector_traffic  from the inspector, whenever it changed
 *           statuses               from actors that were asked how they stand
 *   says    bsk_nng_answer         to who passed the request on; or as the
 *                                  reply, to who asks from outside the system
 *           bsk_status_ask         to actors that are to be shown
 *
 * Each request gets exactly one answer, whatever is wrong with it. Operations
 * are rows of a table; what they tell comes from <buskin/view.h>. Some wait for
 * a survey: the request is held until everybody has answered, or has not in
 * time.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/actor.h>
#include <buskin/inquiry.h>
#include <buskin/inspector.h>
#include <buskin/nng.h>
#include <buskin/survey.h>
#include <buskin/view.h>

struct inspector_desk {
	uint64_t answers; /* so far */
	struct bsk_inspector_traffic traffic; /* as last told */
	struct errand *errands; /* requests that wait for a survey */
	bool draining;          /* end with the last of them */
};

/* A request that is being answered. */
struct errand {
	struct errand *next;
	struct inspector_desk *self;
	bsk_ctx *ctx;           /* of the handler that runs */
	struct bsk_inquiry inquiry;
	const struct operation *operation; /* NULL: none yet */
	bsk_message *held;      /* the request; NULL: in hand */
	bsk_ref which;          /* the actor that is asked about */
	struct bsk_survey survey;
};

/* An operation. `find` makes ready, and says whom to survey in `which`; `run`
 * makes the result. Both return 0, -EINVAL when they have refused, or -ENOMEM.
 */
struct operation {
	const char *name;
	enum bsk_right right; /* that it takes */
	int (*find)(struct errand *errand); /* NULL: nothing to make ready */
	int (*run)(struct errand *errand, bsk_json **ret_result);
	bool takes_args;
	bool surveys;
};

static int run_hello(struct errand *errand, bsk_json **ret_result);
static int run_actors(struct errand *errand, bsk_json **ret_result);
static int find_actor(struct errand *errand);
static int run_actor(struct errand *errand, bsk_json **ret_result);
static int run_graph(struct errand *errand, bsk_json **ret_result);
static int run_stats(struct errand *errand, bsk_json **ret_result);

static const struct operation operations[] = {
	{ "hello", BSK_RIGHT_READ, NULL, run_hello, false, false },
	{ "ps", BSK_RIGHT_READ, NULL, run_actors, false, false },
	{ "actor", BSK_RIGHT_READ, find_actor, run_actor, true, true },
	{ "graph", BSK_RIGHT_READ, NULL, run_graph, false, true },
	{ "stats", BSK_RIGHT_READ, NULL, run_stats, false, false },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static const char *const rights[] = {
	[BSK_RIGHT_READ] = "read",
	[BSK_RIGHT_TAP] = "tap",
	[BSK_RIGHT_CONTROL] = "control",
	[BSK_RIGHT_SEND] = "send",
};

BSK_HANDLER(on_request, inspector_desk, bsk_nng_request);
BSK_HANDLER(on_traffic, inspector_desk, bsk_inspector_traffic);
BSK_HANDLER(on_failed, inspector_desk, bsk_ask_failed);
BSK_HANDLER(on_drain, inspector_desk, bsk_drain);
BSK_HANDLER(on_close, inspector_desk, bsk_close);
static int on_status(void *self, bsk_ctx *ctx, const bsk_message *message);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_nng_request, on_request),
	BSK_ON(bsk_inspector_traffic, on_traffic),
	BSK_ON(bsk_ask_failed, on_failed),
	BSK_ON(bsk_drain, on_drain),
	BSK_ON(bsk_close, on_close),
};

static const struct bsk_port ports[] = {
	BSK_PORT_IN("requests", bsk_nng_request, "documents that ask"),
};

const struct bsk_class bsk_inspector_desk_class = BSK_CLASS(inspector_desk,
    "inspector-desk", "answers requests to the inspector", handlers,
    BSK_PORTS(ports), .config = &bsk_inspector_desk_config_type,
    .other = on_status);

/* --- making ready --- */

static int
check_right(struct errand *errand)
{
	const struct bsk_inspector_desk_config *config =
	    bsk_config(errand->ctx);
	const struct operation *operation = errand->operation;

	if (operation->right <= config->right)
		return 0;
	return bsk_inquiry_refuse(&errand->inquiry, "not-permitted",
	    bsk_json_member(errand->inquiry.root, "op"),
	    "\"%s\" takes the right \"%s\" at this endpoint", operation->name,
	    rights[operation->right]);
}

/* Everything up to the result. */
static int
prepare(struct errand *errand, const bsk_buf *body)
{
	const struct bsk_inspector_desk_config *config =
	    bsk_config(errand->ctx);
	int result = bsk_inquiry_read(&errand->inquiry, body,
	    config->request_max, &bsk_inspector_request_type);
	size_t number = 0;

	if (result == 0)
		result = bsk_inquiry_find(&errand->inquiry, operations,
		    sizeof(operations[0]), OPERATIONS, &number);
	if (result < 0)
		return result;
	errand->operation = &operations[number];
	result = check_right(errand);
	if (result == 0 && !errand->operation->takes_args)
		result = bsk_inquiry_no_args(&errand->inquiry);
	if (result == 0 && errand->operation->find != NULL)
		result = errand->operation->find(errand);
	if (result == 0 && errand->operation->surveys)
		result = bsk_survey_begin(&errand->survey, errand->ctx,
		    errand->which);
	return result;
}

/* --- the operations --- */

static int
run_hello(struct errand *errand, bsk_json **ret_result)
{
	const struct bsk_inspector_desk_config *config =
	    bsk_config(errand->ctx);
	const struct bsk_os *os = bsk_os(errand->ctx);
	struct bsk_system_info info;
	bsk_json *hello;

	bsk_inspect_system(bsk_system_of(errand->ctx), &info);
	hello = BSK_VIEW_OBJECT(
		{ "name", bsk_json_new_string(info.name) },
		{ "pid", bsk_json_new_number(os->getpid(os)) },
		{ "rights", bsk_view_words(rights, sizeof(rights[0]),
		    config->right + (size_t)1) },
		{ "ops", bsk_view_words(operations, sizeof(operations[0]),
		    OPERATIONS) });
	if (hello == NULL)
		return -ENOMEM;
	*ret_result = hello;
	return 0;
}

static int
run_actors(struct errand *errand, bsk_json **ret_result)
{
	return bsk_view_actors(bsk_system_of(errand->ctx), ret_result);
}

static int
run_graph(struct errand *errand, bsk_json **ret_result)
{
	return bsk_view_graph(bsk_system_of(errand->ctx), &errand->survey,
	    ret_result);
}

static int
find_actor(struct errand *errand)
{
	struct bsk_inquiry *inquiry = &errand->inquiry;
	struct bsk_inspector_which args;
	int result = bsk_inquiry_args(inquiry, &bsk_inspector_which_type,
	    &args);

	if (result < 0)
		return result;
	if (args.name.chars == NULL && bsk_ref_is_nobody(args.id))
		result = bsk_inquiry_refuse(inquiry, "missing-key",
		    inquiry->args,
		    "\"name\" or \"id\" of the actor is missing");
	else if (args.name.chars == NULL)
		errand->which = args.id;
	else if (bsk_find(errand->ctx, args.name.chars, &errand->which) < 0)
		result = bsk_inquiry_refuse(inquiry, "no-such-actor",
		    bsk_json_member(inquiry->args, "name"),
		    "no actor is named \"%s\"", args.name.chars);
	bsk_type_drop(&bsk_inspector_which_type, &args);
	return result;
}

static int
run_actor(struct errand *errand, bsk_json **ret_result)
{
	int result = bsk_view_actor(bsk_system_of(errand->ctx), errand->which,
	    &errand->survey, ret_result);

	if (result == -ESRCH)
		return bsk_inquiry_refuse(&errand->inquiry, "no-such-actor",
		    errand->inquiry.args, "that actor has ended");
	return result;
}

static int
run_stats(struct errand *errand, bsk_json **ret_result)
{
	bsk_json *traffic = NULL;
	bsk_json *stats;
	int result = bsk_view_stats(bsk_system_of(errand->ctx), &stats);

	if (result < 0)
		return result;
	(void)bsk_type_to_json(&bsk_inspector_traffic_type,
	    &errand->self->traffic, BSK_SECRETS_MASKED, &traffic);
	result = bsk_json_put(stats, "inspector", traffic);
	if (result == 0)
		*ret_result = stats;
	else
		bsk_json_free(stats);
	return result;
}

/* --- answering --- */

static void
hand_out(struct errand *errand, bsk_message *answer, bsk_ref asker)
{
	if (errand->held != NULL && bsk_ref_is_nobody(asker)) {
		(void)bsk_answer(errand->ctx, errand->held, answer);
		return;
	}
	if (bsk_ref_is_nobody(asker))
		(void)bsk_reply(errand->ctx, answer);
	else
		(void)bsk_send(errand->ctx, asker, answer);
	if (errand->held != NULL)
		bsk_let_go(errand->ctx, errand->held, BSK_END_HANDLED);
}

static void
release(struct errand *errand)
{
	bsk_survey_release(&errand->survey);
	bsk_inquiry_release(&errand->inquiry);
}

static void
finish(struct errand *errand, const struct bsk_nng_request *request,
    bsk_ref asker, int error)
{
	struct inspector_desk *self = errand->self;
	bsk_json *result = NULL;

	if (error == 0)
		(void)errand->operation->run(errand, &result);
	self->answers++;
	hand_out(errand, BSK_NEW(bsk_nng_answer, .request = request->request,
	    .body = bsk_inquiry_answer(&errand->inquiry, result,
	    self->answers)), asker);
	release(errand);
}

/* Finishes what waits no more. */
static void
go_on(struct inspector_desk *self, bsk_ctx *ctx)
{
	struct errand **place = &self->errands;
	struct errand *errand;

	while ((errand = *place) != NULL) {
		if (errand->survey.waiting > 0) {
			place = &errand->next;
			continue;
		}
		*place = errand->next;
		errand->ctx = ctx;
		finish(errand, bsk_message_body(errand->held),
		    bsk_message_sender(errand->held), 0);
		free(errand);
	}
	if (self->draining && self->errands == NULL)
		bsk_exit(ctx, 0);
}

/* Keeps an errand until its survey is done; without memory it goes on without.
 */
static bool
keep(const struct errand *errand)
{
	struct errand *kept = malloc(sizeof(*kept));
	bsk_message *held = kept == NULL ? NULL : bsk_hold(errand->ctx);

	if (held == NULL) {
		free(kept);
		return false;
	}
	*kept = *errand;
	kept->held = held;
	kept->next = kept->self->errands;
	kept->self->errands = kept;
	return true;
}

static int
on_request(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_nng_request *request)
{
	struct errand errand = { .self = self, .ctx = ctx };
	int error = prepare(&errand, &request->body);

	if (error < 0 || errand.survey.waiting == 0 || !keep(&errand))
		finish(&errand, request, bsk_sender(ctx), error);
	return 0;
}

/* --- hearing --- */

/* It ends before anything is shown: the books are to be those without it. */
static int
on_status(void *desk, bsk_ctx *ctx, const bsk_message *message)
{
	struct inspector_desk *self = desk;
	struct errand *errand = self->errands;
	bsk_message *held;

	while (errand != NULL && !bsk_survey_heard(&errand->survey,
	    bsk_asked(ctx), message))
		errand = errand->next;
	held = bsk_hold(ctx);
	if (held != NULL)
		bsk_let_go(ctx, held, BSK_END_HANDLED);
	go_on(self, ctx);
	return 0;
}

static int
on_failed(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	struct errand *errand = self->errands;

	while (errand != NULL &&
	    !bsk_survey_failed(&errand->survey, failed->ask))
		errand = errand->next;
	go_on(self, ctx);
	return 0;
}

static int
on_traffic(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_inspector_traffic *traffic)
{
	(void)ctx;
	self->traffic = *traffic;
	return 0;
}

static int
on_drain(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)drain;
	self->draining = true;
	go_on(self, ctx);
	return 0;
}

/* What is still held is let go by the runtime. */
static int
on_close(struct inspector_desk *self, bsk_ctx *ctx,
    const struct bsk_close *close)
{
	struct errand *errand;

	(void)ctx;
	(void)close;
	while ((errand = self->errands) != NULL) {
		self->errands = errand->next;
		release(errand);
		free(errand);
	}
	return 0;
}
