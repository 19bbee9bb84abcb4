/* buskin/child_spec.h - whether what a supervisor is asked for can work.
 *
 * Each returns 0, or a negative errno with the field at fault and a phrase.
 * They only look; any thread may call them.
 */
#ifndef BUSKIN_CHILD_SPEC_H
#define BUSKIN_CHILD_SPEC_H

#include <buskin/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How often something may be restarted, and within what time: the fields
 * "restarts" and "within_ns", as in bsk_supervisor_config. -EINVAL. */
int bsk_budget_check(uint32_t restarts, int64_t within_ns,
    struct bsk_config_fault *ret_fault);

/* After what delays: "backoff_first_ns" and "backoff_max_ns". -EINVAL. */
int bsk_backoff_check(int64_t first_ns, int64_t max_ns,
    struct bsk_config_fault *ret_fault);

/* A child, under a supervisor with that enum bsk_auto_shutdown. -EINVAL. */
int bsk_child_spec_check(const struct bsk_child_start *start,
    int32_t auto_shutdown, struct bsk_config_fault *ret_fault);

/* The same child's class, config and wires; `class_` NULL: there is none of
 * that name. -ENOENT, -EINVAL, or what the class says of the config. */
int bsk_child_class_check(const struct bsk_child_start *start,
    const struct bsk_class *class_, struct bsk_config_fault *ret_fault);

/* A struct bsk_supervisor_config, as a class's `check`: with its children, but
 * not their classes. -EINVAL; -EEXIST: two of them have one name. */
int bsk_supervisor_check(const void *config,
    struct bsk_config_fault *ret_fault);

#ifdef __cplusplus
}
#endif

#endif
