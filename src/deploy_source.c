/* src/deploy_source.c - the files of a deployment, read. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/os.h>

#include "deploy_say.h"
#include "deploy_source.h"

/* What is read at once, bytes. */
#define PIECE 65536

/* Reads to the end. `ret_text` is the caller's, from malloc(3). */
static int
read_all(const struct bsk_os *os, int fd, char **ret_text, size_t *ret_size)
{
	char *text = NULL;
	char *larger;
	size_t size = 0;
	ssize_t got;

	do {
		larger = realloc(text, size + PIECE);
		if (larger == NULL) {
			got = -ENOMEM;
			break;
		}
		text = larger;
		got = os->read(os, fd, text + size, PIECE);
		if (got > 0)
			size += (size_t)got;
		if (size > BSK_DEPLOYMENT_SIZE_MAX)
			got = -EFBIG;
	} while (got > 0);
	if (got < 0) {
		free(text);
		return (int)got;
	}
	*ret_text = text;
	*ret_size = size;
	return 0;
}

static int
read_file(const struct bsk_os *os, struct deploy_source *source)
{
	bool is_input = strcmp(source->name, "-") == 0;
	int fd = is_input ? 0 : os->open(os, source->name, O_RDONLY, 0);
	int result;

	if (fd < 0)
		return fd;
	result = read_all(os, fd, &source->owned, &source->size);
	if (!is_input)
		(void)os->close(os, fd);
	source->text = source->owned;
	return result;
}

static bool
read_source(struct deploy_load *load, struct deploy_source *source)
{
	const struct bsk_os *os = load->options->os;
	struct bsk_json_error error;
	int result = 0;

	if (source->text == NULL)
		result = read_file(os == NULL ? &bsk_os_libc : os, source);
	if (result < 0) {
		deploy_error_input(load, source, result);
		return false;
	}
	result = bsk_json_read(source->text, source->size, &source->document,
	    &error);
	if (result == -EINVAL)
		deploy_error_syntax(load, source, &error);
	else if (result < 0)
		deploy_fail(load, result);
	return result == 0;
}

bool
deploy_source_read(struct deploy_load *load)
{
	const struct bsk_deployment_source *given = load->options->sources;
	size_t count = load->options->source_count;
	bool are_read = true;
	size_t i;

	load->sources = calloc(count, sizeof(*load->sources));
	if (load->sources == NULL) {
		deploy_fail(load, -ENOMEM);
		return false;
	}
	for (i = 0; i < count; i++) {
		load->sources[i].name = given[i].name;
		load->sources[i].text = given[i].text;
		load->sources[i].size = given[i].size;
		are_read = read_source(load, &load->sources[i]) && are_read;
	}
	return are_read;
}

void
deploy_source_release(struct deploy_load *load)
{
	size_t i;

	if (load->sources == NULL)
		return;
	for (i = 0; i < load->options->source_count; i++) {
		bsk_json_free(load->sources[i].document);
		free(load->sources[i].owned);
	}
	free(load->sources);
}
