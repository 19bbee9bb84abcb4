/* buskin/class.h - a class: what actors of one kind are and do.
 *
 * A class is a const table at the foot of its file's declarations: the state's
 * size, the handlers by message type, the ports that a deployment can wire,
 * and the config's field table. The runtime calls through it and knows no
 * class by name.
 */
#ifndef BUSKIN_CLASS_H
#define BUSKIN_CLASS_H

#include <buskin/field.h>
#include <buskin/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where an actor stands while a handler runs: the first argument of most
 * verbs. It is the running actor's, valid until the handler returns, and must
 * not be kept or handed to another thread. */
typedef struct bsk_ctx bsk_ctx;

/* The untyped door to a handler. Returns 0, or a negative errno that ends the
 * actor and is its supervisor's to judge. */
typedef int bsk_door(void *self, bsk_ctx *ctx, const void *body);

/* One row of a handler table. */
struct bsk_handler {
	const struct bsk_type *type; /* what it hears */
	bsk_door *door;              /* what it does then */
};

/* Which way a port leads. */
enum bsk_direction {
	BSK_IN, /* messages that other actors may be wired to send here */
	BSK_OUT /* messages that bsk_emit sends to whoever is wired */
};

/* One port of a class. The index in the class's table is what bsk_emit
 * takes. */
struct bsk_port {
	const char *name;             /* lower case; unique in its class */
	enum bsk_direction direction; /* in or out */
	const struct bsk_type *type;  /* what travels through it */
	const char *doc;              /* a phrase for people */
};

/* On whose thread an actor runs. */
enum bsk_placement {
	/* as its class says; a class's own default is the pool */
	BSK_PLACE_DEFAULT,
	/* a worker of the pool: its parent's to begin with. Where that has too
	 * much to do and another one has less, an actor may go there, between
	 * two messages: which thread runs a handler says nothing */
	BSK_PLACE_POOL,
	BSK_PLACE_THREAD,  /* a thread of its own, for work that blocks */
	/* the thread that called bsk_system_run: short work that must not be
	 * done on the pool, such as vfork */
	BSK_PLACE_HOST
};

/* What a full mailbox does with a data message. */
enum bsk_on_full {
	/* as the mailbox says; a mailbox's own default: suspend */
	BSK_ON_FULL_DEFAULT,
	/* take it; its sender takes no further data until there is room */
	BSK_SUSPEND,
	BSK_REFUSE,  /* give it back to the sender: -EAGAIN */
	BSK_DROP_NEW, /* let this one go */
	BSK_DROP_OLD  /* let the oldest go */
};

/* What is wrong with a config whose fields are each in order. */
struct bsk_config_fault {
	const char *field; /* its name in C; lives for ever */
	char text[192];    /* why, for people; ended by a zero byte */
};

/* For the `check` of a class: names the field, which must live for ever, and
 * says why, as printf(3) does; what does not fit is cut off. Returns -EINVAL.
 * Any thread may call it. */
__attribute__((format(printf, 3, 4)))
int bsk_config_refuse(struct bsk_config_fault *ret_fault, const char *field,
    const char *format, ...);

/* A class of actors. */
struct bsk_class {
	const char *name;  /* as in JSON: "unix-listener" */
	const char *doc;   /* a phrase for people */
	/* sizeof its state, bytes; the state starts as zeros */
	size_t state_size;
	const struct bsk_handler *handlers; /* `handler_count` of them */
	size_t handler_count; /* how many */
	const struct bsk_port *ports;       /* `port_count` of them */
	size_t port_count; /* how many */
	const struct bsk_type *config;      /* its config; NULL: has none */
	/* where its actors run by default */
	enum bsk_placement placement;
	/* hears what the table has no row for, but never what the runtime says
	 * (buskin/life.h); as a handler. The message is the runtime's: see
	 * bsk_message_type and bsk_message_body. NULL: such messages are dead
	 */
	int (*other)(void *self, bsk_ctx *ctx, const bsk_message *message);
	/* what it answers to bsk_status_ask; NULL: it is not asked */
	const struct bsk_type *status;
	/* looks at a config (never NULL) as a whole, before anything is made:
	 * 0, or a negative errno and what is wrong. Only looks; any thread may
	 * call it. NULL: its fields are all there is to look at */
	int (*check)(const void *config, struct bsk_config_fault *ret_fault);
	uint32_t fds;      /* descriptors that one actor may hold at a time: a
	                    * deployment that may need more than the process
	                    * may have is refused; 0: too few to matter */
};

/* Declares a handler: a typed function to write and the untyped door to it. */
#define BSK_HANDLER(name, state, tag) \
	static int name(struct state *self, bsk_ctx *ctx, \
	    const struct tag *body); \
	static int name##_door(void *self, bsk_ctx *ctx, const void *body) \
	{ \
		return name(self, ctx, body); \
	} \
	static int name(struct state *self, bsk_ctx *ctx, \
	    const struct tag *body)

/* A row of a handler table. */
#define BSK_ON(tag, name) { .type = &tag##_type, .door = name##_door }

/* A row of a port table. */
#define BSK_PORT_IN(name_, tag, doc_) \
	{ .name = name_, .direction = BSK_IN, .type = &tag##_type, .doc = doc_ }
/* A row of a port table. */
#define BSK_PORT_OUT(name_, tag, doc_) \
	{ .name = name_, .direction = BSK_OUT, .type = &tag##_type, \
	    .doc = doc_ }

/* The members of a class that has a state struct and a handler table; further
 * members may follow, as designated initialisers. */
#define BSK_CLASS(state, name_, doc_, table, ...) \
	{ .name = name_, .doc = doc_, .state_size = sizeof(struct state), \
	    .handlers = table, \
	    .handler_count = sizeof(table) / sizeof((table)[0]), __VA_ARGS__ }

/* The members .ports and .port_count, from a table. */
#define BSK_PORTS(table) \
	.ports = table, .port_count = sizeof(table) / sizeof((table)[0])

#ifdef __cplusplus
}
#endif

#endif
