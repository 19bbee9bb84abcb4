/* actors/program_find.c - finds a program as execvp(3) does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/spawner.h>

/* -ENOENT, -EACCES, or 0 for a file that may be executed. */
static int
try_program(const struct bsk_os *os, const char *path)
{
	struct stat about;
	int error = os->stat(os, path, &about);

	if (error < 0)
		return error == -EACCES ? error : -ENOENT;
	if (!S_ISREG(about.st_mode))
		return -EACCES;
	return os->access(os, path, X_OK) < 0 ? -EACCES : 0;
}

static int
join_path(const char *directory, size_t length, const char *name,
    char **ret_path)
{
	size_t size = length + strlen(name) + 3;
	char *path = malloc(size);

	if (path == NULL)
		return -ENOMEM;
	(void)snprintf(path, size, "%.*s/%s", length == 0 ? 1 : (int)length,
	    length == 0 ? "." : directory, name);
	*ret_path = path;
	return 0;
}

/* The first that can be executed; and if there is none, one that is there but
 * may not be is the better reason to give. */
static int
search(const struct bsk_os *os, const char *directories, const char *name,
    char **ret_path)
{
	int outcome = -ENOENT;
	size_t length;
	char *path;
	int error;

	for (;; directories += length + 1) {
		length = strcspn(directories, ":");
		error = join_path(directories, length, name, &path);
		if (error < 0)
			return error;
		error = try_program(os, path);
		if (error == 0) {
			*ret_path = path;
			return 0;
		}
		free(path);
		if (error == -EACCES)
			outcome = error;
		if (directories[length] == '\0')
			return outcome;
	}
}

int
bsk_program_find(const struct bsk_os *os, const char *name,
    const char *directories, char **ret_path)
{
	char *path;

	if (strchr(name, '/') == NULL)
		return search(os, directories, name, ret_path);
	path = strdup(name);
	if (path == NULL)
		return -ENOMEM;
	*ret_path = path;
	return 0;
}
