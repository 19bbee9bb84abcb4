/* load.h - what the parts of bench/load share: the server that is measured, and
 * the stream of bytes that every connection carries.
 *
 * Whatever goes wrong ends the program with a word, and the server with it: no
 * figure is printed of a server that fails.
 */
#ifndef BUSKIN_BENCH_LOAD_H
#define BUSKIN_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "figures.h"

#define LOAD_NS INT64_C(1000000000)    /* a workload is driven that long */
#define LOAD_WARM_NS INT64_C(200000000) /* before that: nothing is counted */
#define LOAD_PERIOD 65521u              /* of the stream; a prime */
#define LOAD_CHUNK 262144u              /* that many lie in a row, from any */

#define LOAD_GIB 1073741824.0

struct load_usage {
	double cpu_s;
	double resident;   /* bytes */
	uint64_t switches; /* of all its threads */
};

struct load_work {
	const char *name;
	const char *parameters; /* as they are printed */
	void (*run)(const struct load_work *work);
	long connections; /* or whatever there are many of */
	long depth;       /* requests under way on each; or which signal */
	long size;        /* of a request, bytes */
};

/* --- the server ------------------------------------------------------- */

/* Says what the server's command line begins with; makes the folder. */
void load_open(char **command);

/* Starts it: the command line that load_open was told, with `words` (a list
 * that ends with NULL) behind. */
void load_start(const char *const *words);

/* A path in a folder of our own that is taken away in the end. */
const char *load_path(const char *name);

/* A connection to the socket at load_path("socket"): load_reach waits for the
 * server to come up, load_connect expects it to be there. */
int load_reach(void);
int load_connect(void);

/* A socket that listens at a path. */
int load_listen(const char *path);

pid_t load_pid(void);
void load_look(struct load_usage *ret_usage);

/* Ends the program with a word when the server has ended. */
void load_alive(void);

/* Prints one figure of a workload. */
void load_print(const struct load_work *work, const char *metric, double value,
    const char *unit);

/* Prints what the server used of a CPU between two looks, for each of
 * `count`. */
void load_print_cpu(const struct load_work *work,
    const struct load_usage *before, const struct load_usage *after,
    double count, double scale, const char *unit);

_Noreturn void load_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* --- the stream -------------------------------------------------------- */

/* The bytes of the stream at an offset, LOAD_CHUNK of them. */
const char *load_bytes(uint64_t offset);

/* Are these the bytes at that offset? */
void load_check(const char *bytes, uint64_t offset, size_t size);

/* All of it, or the program ends. */
void load_send(int fd, uint64_t offset, size_t size);
void load_receive(int fd, uint64_t offset, size_t size);

/* --- the workloads ----------------------------------------------------- */

void load_latency(const struct load_work *work);
void load_closed(const struct load_work *work);
void load_churn(const struct load_work *work);
void load_idle(const struct load_work *work);
void load_sink(const struct load_work *work);
void load_proxy(const struct load_work *work);
void load_file(const struct load_work *work);
void load_flood(const struct load_work *work);
void load_queued(const struct load_work *work);
void load_single(const struct load_work *work);

#endif
