/* src/deploy.h - a deployment, and the steps of loading one.
 *
 * A load goes in steps, each in a file of its own. The sources are read
 * (deploy_source.c) and laid over each other, with variables expanded, into
 * one tree (deploy_merge.c). Its sections become a struct bsk_deployment
 * (deploy_top.c, deploy_actor.c, deploy_wire.c), which is then looked at as a
 * whole (deploy_check.c, deploy_order.c). A step goes on after a mistake; what
 * it could not make sense of is left out of the deployment.
 *
 * A mistake is told at the value of the tree that is wrong; deploy_say.c finds
 * out which source that came from and where it stands there.
 */
#ifndef BUSKIN_SRC_DEPLOY_H
#define BUSKIN_SRC_DEPLOY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <buskin/deployer.h>
#include <buskin/deployment.h>
#include <buskin/notifier.h>
#include <buskin/on_signal.h>
#include <buskin/supervisor.h>

/* The longest name of an actor, a supervisor or a deployment. */
#define DEPLOY_NAME_MAX 63

/* The longest path of a Unix socket. */
#define DEPLOY_PATH_MAX 107

/* The supervisor of whoever names none, and the class of all. */
#define DEPLOY_SUPERVISOR "supervisor"

/* The actor that serves the section "inspector", and its class. */
#define DEPLOY_INSPECTOR "inspector"

/* The actor that does what "on_signal" says, and its class. */
#define DEPLOY_ON_SIGNAL "on-signal"

/* The actor that tells the service manager, and its class. */
#define DEPLOY_NOTIFIER "notifier"

/* How many actors a deployment may add of its own: these three. */
#define DEPLOY_OWN 3

/* The actor that brings it all up, and its class. */
#define DEPLOY_DEPLOYER "deployer"

/* The bound of a mailbox when nobody says one. */
#define DEPLOY_CAPACITY 1024

/* Signals have numbers below this. */
#define DEPLOY_SIGNALS 65

/* What bounds a mailbox, as JSON says it. */
struct deploy_mailbox {
	uint32_t capacity;       /* 0: default */
	uint64_t capacity_bytes; /* 0: default */
	uint32_t alarm;          /* percent; 0: default */
	int32_t on_full;         /* enum bsk_on_full */
	/* 0: default; else one more than enum bsk_mailbox_fate */
	int32_t on_restart;
};

/* "system"; "workers" and "on_signal" stand apart. */
struct deploy_system {
	int64_t shutdown_ns;
	int64_t handover_ns; /* 0: never */
	int64_t overrun_ns;  /* 0: never */
	int32_t overrun_signal; /* 0: none */
	int32_t on_deadlock; /* enum bsk_on_deadlock */
	struct deploy_mailbox mailbox;
};

/* One supervisor. Names point into the tree. */
struct deploy_supervisor {
	const char *name;
	const bsk_json *at;    /* its object in the tree; NULL: in none */
	const char *parent;    /* the name of another; NULL: under none */
	struct bsk_supervisor_config config;
};

/* One wire between actors of the deployment. */
struct deploy_wire {
	const bsk_json *at; /* where the tree says so */
	size_t port;        /* index of the out port in its class's table */
	size_t in_port;     /* of the in port, in the target's class's */
	size_t to;          /* index of the target among the actors */
	int32_t on_full;    /* enum bsk_on_full */
};

/* One actor. Names point into the tree. */
struct deploy_actor {
	const bsk_json *at;    /* its object in the tree */
	const char *name;
	const char *supervisor; /* the name of one of the deployment's */
	const struct bsk_class *class_; /* NULL: not known */
	struct bsk_parcel *config;
	/* What its supervisor is asked for; names, config and wires are
	 * above and below. */
	struct bsk_child_start spec;
	struct deploy_wire *wires; /* `wire_count` of them */
	size_t wire_count;
	size_t position;       /* in the order of starting */
	bool is_wired_to;      /* somebody's wire leads here */
};

struct bsk_deployment {
	bsk_json *tree;        /* all sources in one, variables expanded */
	const struct bsk_class *const *classes;
	const char *name;
	uint32_t workers;      /* 0: as many as there are CPUs */
	struct deploy_system system;
	int8_t on_signal[DEPLOY_SIGNALS]; /* enum bsk_on_signal_action; -1 */
	struct deploy_supervisor *supervisors;
	size_t supervisor_count;
	struct deploy_actor *actors;
	size_t actor_count;
	size_t *order;         /* indices of actors, first to start first */
};

/* A source, read. */
struct deploy_source {
	const char *name;
	const char *text;
	size_t size;
	char *owned;           /* the text when it was read from a file */
	bsk_json *document;    /* with places; NULL: it is no document */
};

/* A load under way. */
struct deploy_load {
	const struct bsk_deployment_options *options;
	bsk_diagnoses *diagnoses;
	struct deploy_source *sources; /* `options->source_count` of them */
	struct bsk_deployment *deployment;
	int result;            /* 0, or the first failure that was no mistake
	                        * of the configuration: no memory, no file */
};

/* Remembers the first failure that is no mistake of the configuration. */
static inline void
deploy_fail(struct deploy_load *load, int result)
{
	if (load->result == 0)
		load->result = result;
}

/* The class of that name; NULL. */
const struct bsk_class *deploy_class(const struct bsk_deployment *deployment,
    const char *name);

/* The actor of that name; NULL. */
struct deploy_actor *deploy_actor_find(
    const struct bsk_deployment *deployment, const char *name);

/* The supervisor of that name; NULL. */
struct deploy_supervisor *deploy_supervisor_find(
    const struct bsk_deployment *deployment, const char *name);

/* What happens when the mailbox at the end of a wire is full. */
enum bsk_on_full deploy_on_full(const struct bsk_deployment *deployment,
    const struct deploy_wire *wire);

#endif
