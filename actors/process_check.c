/* actors/process_check.c - whether the config of a process makes sense as a
 * whole: what can be seen before there is anything of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/process.h>

static const char *
text_at(const bsk_list *texts, uint32_t index)
{
	return bsk_text_chars(((const bsk_text *)texts->items)[index]);
}

static int
check_words(const struct bsk_process_config *config,
    struct bsk_config_fault *ret_fault)
{
	if (config->command.count == 0 || text_at(&config->command, 0)[0] == 0)
		return bsk_config_refuse(ret_fault, "command",
		    "it names no program");
	for (uint32_t i = 0; i < config->env.count; i++)
		if (strcspn(text_at(&config->env, i), "=") == 0 ||
		    strchr(text_at(&config->env, i), '=') == NULL)
			return bsk_config_refuse(ret_fault, "env",
			    "a variable is written NAME=value");
	return 0;
}

static int
check_umask(const struct bsk_process_config *config,
    struct bsk_config_fault *ret_fault)
{
	const char *digits = bsk_text_chars(config->umask);

	if (strspn(digits, "01234567") != strlen(digits) ||
	    strtol(digits, NULL, 8) > 0777)
		return bsk_config_refuse(ret_fault, "umask",
		    "octal digits, as in \"0027\"");
	return 0;
}

static bool
is_twice(const struct bsk_process_fd *more, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (more[i].to == more[index].to)
			return true;
	return false;
}

/* Each number gets one thing. */
static int
check_fds(const struct bsk_process_config *config,
    struct bsk_config_fault *ret_fault)
{
	static const char *const fields[] = { "in", "out", "err" };
	const int32_t kinds[] = { config->in, config->out, config->err };
	const struct bsk_process_fd *more = config->fds.items;

	for (uint32_t i = 0; i < config->fds.count; i++) {
		int32_t to = more[i].to;

		if (to < 0 || is_twice(more, i))
			return bsk_config_refuse(ret_fault, "fds",
			    "each number of the child's once, from 0");
		if (to < 3 && kinds[to] != BSK_STDIO_DEFAULT)
			return bsk_config_refuse(ret_fault, fields[to],
			    "one of `fds` has that number");
	}
	return 0;
}

static int
check_stdio(const struct bsk_process_config *config,
    struct bsk_config_fault *ret_fault)
{
	if ((unsigned)config->in > BSK_STDIO_INHERIT)
		return bsk_config_refuse(ret_fault, "in", "no kind of input");
	if ((unsigned)config->out > BSK_STDIO_INHERIT)
		return bsk_config_refuse(ret_fault, "out", "no kind of output");
	if ((unsigned)config->err > BSK_STDIO_STDOUT)
		return bsk_config_refuse(ret_fault, "err", "no kind of output");
	return check_fds(config, ret_fault);
}

/* A session's leader leads a group too, and cannot be in another's. */
static int
check_group(const struct bsk_process_config *config,
    struct bsk_config_fault *ret_fault)
{
	bool leads = config->new_session || config->own_group ||
	    config->kill_group;

	if (config->join_group < 0 || (config->join_group > 0 && leads))
		return bsk_config_refuse(ret_fault, "join_group",
		    "not with a session or a group of its own");
	return 0;
}

int
bsk_process_check(const void *config, struct bsk_config_fault *ret_fault)
{
	int error = check_words(config, ret_fault);

	if (error == 0)
		error = check_umask(config, ret_fault);
	if (error == 0)
		error = check_stdio(config, ret_fault);
	return error < 0 ? error : check_group(config, ret_fault);
}
