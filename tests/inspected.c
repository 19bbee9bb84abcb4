/* inspected.c - a system with an inspector, for tests. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>

#include "harness.h"
#include "inspected.h"
#include "sp_client.h"

struct inspected inspected; /* each test has a process of its own */

void
inspected_begin(void)
{
	strcpy(inspected.directory, "/tmp/buskin-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(inspected.directory));
	ck_assert_int_eq(setenv("RUNTIME_DIRECTORY", inspected.directory, 1),
	    0);
	snprintf(inspected.path, sizeof(inspected.path), "%s/check.ipc",
	    inspected.directory);
	probe_log_init(&inspected.heard);
	inspected.system = harness_system(2, NULL);
	inspected.owner = probe_spawn(inspected.system, &inspected.heard,
	    &(struct bsk_spawn_options){ .name = "owner" });
}

static unsigned
count_files(void)
{
	DIR *dir = opendir(inspected.directory);
	struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

void
inspected_end_without_nng(void)
{
	harness_system_end(inspected.system);
	probe_log_release(&inspected.heard);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(rmdir(inspected.directory), 0);
}

/* nng's threads and descriptors are the process's, not the inspector's: what
 * is left once nng itself has been told to end was leaked. */
void
inspected_end(void)
{
	inspected_end_without_nng();
	nng_fini();
}

struct bsk_parcel *
inspected_config(const char *url, uint32_t mode,
    struct bsk_inspector_config more)
{
	bsk_list list = bsk_list_new(sizeof(struct bsk_inspector_listen), 1);
	struct bsk_inspector_listen *listen = list.items;

	listen->url = bsk_text_copy(url);
	listen->mode = mode;
	more.listen = list;
	return bsk_parcel_new(&bsk_inspector_config_type, &more);
}

void
inspected_at(const char *url, uint32_t mode, struct bsk_inspector_config more)
{
	probe_spawn_child(inspected.system, inspected.owner,
	    &bsk_inspector_class, inspected_config(url, mode, more), false);
}

void
inspected_by(struct bsk_inspector_config more)
{
	char url[80];

	snprintf(url, sizeof(url), "ipc://%s", inspected.path);
	inspected_at(url, 0, more);
}

bsk_json *
inspected_ask(const char *text)
{
	int fd = sp_open(inspected.path);
	bsk_json *answer = sp_call(fd, text);

	close(fd);
	return answer;
}

unsigned long
inspected_traffic(const char *what)
{
	bsk_json *answer = inspected_ask(INSPECTED_STATS);
	const bsk_json *value;
	char at[64];
	unsigned long count;

	snprintf(at, sizeof(at), "result.inspector.%s", what);
	value = sp_at(answer, at);
	count = bsk_json_kind(value) == BSK_JSON_NUMBER ?
	    (unsigned long)bsk_json_number(value) :
	    strtoul(sp_string_at(answer, at), NULL, 10);
	bsk_json_free(answer);
	return count;
}

bool
inspected_answers(void)
{
	unsigned char bytes[9];
	int fd = sp_connect(inspected.path);
	bool is;

	ck_assert(sp_send(fd, sp_greeting, sizeof(sp_greeting)));
	is = sp_receive(fd, bytes, 8);
	if (is) {
		sp_ask(fd, INSPECTED_STATS, strlen(INSPECTED_STATS));
		is = sp_receive(fd, bytes, 9);
	}
	close(fd);
	return is;
}
