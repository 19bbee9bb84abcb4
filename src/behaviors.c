/* behaviors.c - the behaviors of all classes that a system uses. */
#include <errno.h>

#include "behaviors.h"

int
behaviors_init(struct behaviors *behaviors)
{
	behaviors->first = NULL;
	return -pthread_mutex_init(&behaviors->lock, NULL);
}

void
behaviors_release(struct behaviors *behaviors)
{
	while (behaviors->first != NULL) {
		struct behavior *behavior = behaviors->first;

		behaviors->first = behavior->next;
		behavior_free(behavior);
	}
	pthread_mutex_destroy(&behaviors->lock);
}

static int
add(struct behaviors *behaviors, const struct bsk_class *class_,
    struct behavior **ret_behavior)
{
	struct behavior *behavior;

	if (behavior_check(class_) < 0)
		return -EINVAL;
	behavior = behavior_new(class_, class_->handlers,
	    class_->handler_count);
	if (behavior == NULL)
		return -ENOMEM;
	behavior->next = behaviors->first;
	behaviors->first = behavior;
	*ret_behavior = behavior;
	return 0;
}

int
behaviors_get(struct behaviors *behaviors, const struct bsk_class *class_,
    struct behavior **ret_behavior)
{
	struct behavior *behavior;
	int r = 0;

	pthread_mutex_lock(&behaviors->lock);
	behavior = behaviors->first;
	while (behavior != NULL && behavior->class_ != class_)
		behavior = behavior->next;
	if (behavior != NULL)
		*ret_behavior = behavior;
	else
		r = add(behaviors, class_, ret_behavior);
	pthread_mutex_unlock(&behaviors->lock);
	return r;
}
