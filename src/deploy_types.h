/* src/deploy_types.h - the sections of a deployment that field tables read. */
#ifndef BUSKIN_SRC_DEPLOY_TYPES_H
#define BUSKIN_SRC_DEPLOY_TYPES_H

#include "deploy.h"

/* The document itself; its sections stand apart. */
struct deploy_top {
	int32_t buskin; /* the format's version: 1 */
	bsk_text name;
};
BSK_DECLARE(deploy_top);

BSK_DECLARE(deploy_mailbox);

BSK_DECLARE(deploy_system);

/* How the delay between restarts grows. */
struct deploy_backoff {
	int64_t first_ns;
	int64_t max_ns;
	double jitter;
};
BSK_DECLARE(deploy_backoff);

/* One of "supervisors". */
struct deploy_judge {
	int32_t strategy;
	uint32_t restarts;
	int64_t within_ns;
	struct deploy_backoff backoff;
	int32_t on_exhausted;  /* enum bsk_on_exhausted */
	int32_t auto_shutdown; /* enum bsk_auto_shutdown */
};
BSK_DECLARE(deploy_judge);

/* A budget of restarts. */
struct deploy_budget {
	uint32_t restarts;
	int64_t within_ns;
};
BSK_DECLARE(deploy_budget);

/* One of "actors"; its class, supervisor, config and wires stand apart. */
struct deploy_role {
	int32_t restart;   /* enum bsk_restart_kind */
	int32_t placement; /* enum bsk_placement */
	struct deploy_mailbox mailbox;
	int64_t grace_ns;
	bool significant;
	bool redeliver;
	uint32_t poison;
	struct deploy_budget budget;
};
BSK_DECLARE(deploy_role);

/* The long form of a wire. */
struct deploy_end {
	bsk_text to;
	int32_t on_full; /* enum bsk_on_full */
};
BSK_DECLARE(deploy_end);

/* The words for enum bsk_on_full, ended by NULL. */
extern const char *const deploy_on_full_words[];

/* The words for enum bsk_placement, ended by NULL. */
extern const char *const deploy_placement_words[];

/* The words for enum bsk_on_signal_action, ended by NULL. */
extern const char *const deploy_action_words[];

#endif
