/* actors/process_environment.c - the variables that a child gets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/spawner.h>

/* Where to look when the child's environment has no PATH. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

static const char *
text_at(const bsk_list *texts, uint32_t index)
{
	return bsk_text_chars(((const bsk_text *)texts->items)[index]);
}

/* Whether two variables "NAME=value" have the same name. */
static bool
same_name(const char *one, const char *other)
{
	size_t length = strcspn(one, "=");

	return strncmp(one, other, length) == 0 && other[length] == '=';
}

static bool
is_set(const bsk_list *env, const char *variable)
{
	for (uint32_t i = 0; i < env->count; i++)
		if (same_name(text_at(env, i), variable))
			return true;
	return false;
}

int
bsk_process_environment(const struct bsk_process_config *how,
    char ***ret_variables)
{
	size_t inherited = 0;
	size_t count = 0;
	char **variables;

	while (!how->clear_env && environ[inherited] != NULL)
		inherited++;
	variables = calloc(inherited + how->env.count + 1,
	    sizeof(variables[0]));
	if (variables == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < inherited; i++)
		if (!is_set(&how->env, environ[i]))
			variables[count++] = environ[i];
	for (uint32_t i = 0; i < how->env.count; i++) {
		if (strchr(text_at(&how->env, i), '=') == NULL) {
			free(variables);
			return -EINVAL;
		}
		variables[count++] = (char *)text_at(&how->env, i);
	}
	*ret_variables = variables;
	return 0;
}

const char *
bsk_process_path(char *const *variables)
{
	const char *directories = DEFAULT_PATH;

	for (size_t i = 0; variables[i] != NULL; i++)
		if (same_name("PATH=", variables[i]))
			directories = variables[i] + strlen("PATH=");
	return directories;
}
