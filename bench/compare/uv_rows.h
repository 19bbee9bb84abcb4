/* uv_rows.h - the rows that libuv is asked for, and what asks them: a row is a
 * function that returns when its claim holds. Each runs in a process of its
 * own, in an empty directory, with SIGPIPE ignored, on the default loop.
 */
#ifndef BENCH_COMPARE_UV_ROWS_H
#define BENCH_COMPARE_UV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#define UV_ROWS(ROW) \
	ROW(A08) ROW(A09) ROW(A10) ROW(A17) ROW(A18) ROW(A21) ROW(A25) \
	ROW(A26) ROW(A27) \
	ROW(B02) ROW(B03) ROW(B06) ROW(B07) ROW(B10) ROW(B11) ROW(B12) \
	ROW(B13) ROW(B15) ROW(B21) ROW(B24) ROW(B26) \
	ROW(C01) ROW(C02) ROW(C04) \
	ROW(D02) ROW(D03) ROW(D05) ROW(D06) ROW(D10) ROW(D13) ROW(D14) \
	ROW(D17) ROW(D21) ROW(D22) ROW(D23) \
	ROW(E05) ROW(E06) ROW(E07) ROW(E08) ROW(E10) ROW(E13) \
	ROW(F02) ROW(F03) ROW(F05) ROW(F06) ROW(F07) ROW(F09) ROW(F10) \
	ROW(F11) ROW(F12) ROW(F13) ROW(F14) ROW(F18) ROW(F19) ROW(F20) \
	ROW(F23) \
	ROW(G02) ROW(G04) ROW(G06) ROW(G07) ROW(G08) ROW(G09) ROW(G11) \
	ROW(G12) ROW(G13) ROW(G14) ROW(G15) ROW(G16) \
	ROW(I06) ROW(I09) \
	ROW(J01) ROW(J03) ROW(J08) ROW(J15) ROW(J17) \
	ROW(K01) ROW(K02) ROW(K05) ROW(K11) ROW(K14) ROW(K20) ROW(K21) \
	ROW(K22) \
	ROW(L12) ROW(L40) \
	ROW(N01) ROW(N02) ROW(N03) ROW(N04) ROW(N05) ROW(N07) \
	ROW(X01) ROW(X02) ROW(X03) ROW(X04) ROW(X05) ROW(X06) ROW(X07) \
	ROW(X08) ROW(X09) ROW(X12) ROW(X13) ROW(X14) ROW(X15) ROW(X16) \
	ROW(X17) ROW(X18) ROW(X19) ROW(X20) ROW(X22) ROW(X23)

/* What libuv 1.44 has no notion of, or says nothing about. */
#define UV_ABSENT(ROW) \
	ROW(A20, "nothing may be called on a closed loop") \
	ROW(B18, "uv_signal_stop does not tell") \
	ROW(D11, "no event is the last one") \
	ROW(D18, "closing the handle lets go of the child") \
	ROW(E09, "since 1.46") \
	ROW(F08, "since 1.46") \
	ROW(G10, "no water marks: the size of the queue can be asked for") \
	ROW(I16, "uv_fs_sendfile knows no streams") \
	ROW(L02, "only its own children are watched") \
	ROW(L03, "only its own children are watched") \
	ROW(X10, "only its own children are watched") \
	ROW(X11, "uv_fs_sendfile cannot be cancelled once it runs") \
	ROW(X21, "nothing is collected")

#define UV_ROW(id) void row_##id(void);
UV_ROWS(UV_ROW)
#undef UV_ROW

#define ROW(id) void row_##id(void)
#define MUCH ((size_t)1 << 20)

/* Ends the row's process, unless the claim holds, with what was seen. */
void expect(bool claim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What holds here does not show: the row ends, with the reason. */
_Noreturn void cannot_show(const char *reason);

/* Runs the default loop until the count is so high; false when it is not in
 * time. */
bool until(const int *count, int wanted);
/* Runs it for as long as something that must not happen would take. */
void a_while(void);
/* How many descriptors are open, the loop's own among them. */
int open_fds(void);
/* Reads from a plain descriptor while the loop runs: so many bytes, or all. */
size_t take(int fd, size_t wanted);
/* How often waitpid() has been called in this process. */
int waits(void);

/* --- one end of bytes, that writes down what it is told ------------------- */

struct ear {
	uv_pipe_t pipe;
	int       bytes;       /* read so far */
	int       ends;        /* ends that were told */
	int       error;       /* the last of them */
	int       answers;     /* writes that were answered */
	int       write_error; /* the last that was not 0 */
	int       shut;        /* answers to a shutdown */
	int       closed;
	char      data[16];    /* the first bytes */
};

void ear_open(struct ear *ear, int fd);
void ear_listen(struct ear *ear);
/* A socket pair: one end is the ear's, the other, without blocking, is
 * returned. */
int ear_pair(struct ear *ear);
/* 0 or what uv_write says at once. The bytes are numbered. */
int ear_write(struct ear *ear, size_t size);
void ear_shut(struct ear *ear);
void ear_close(struct ear *ear);
/* Writes all, then closes: what a program does that wants its bytes out. */
void ear_finish(struct ear *ear);

/* --- children ------------------------------------------------------------- */

struct child {
	uv_process_t process;
	struct ear   ends[3]; /* of its pipes */
	int          exits;
	int64_t      code;
	int          signal;
};

/* Starts `sh -c script` with a pipe for each letter of "io" (in, out). */
void child_start(struct child *child, const char *script, const char *pipes);
int child_spawn(struct child *child, uv_process_options_t *options);
/* The first bytes that it says, as text. */
const char *child_says(struct child *child, const char *script, size_t size);

/* --- Unix sockets --------------------------------------------------------- */

struct server {
	uv_pipe_t  pipe;
	struct ear peers[256];
	int        calls;
	int        errors;
	int        accepted;
	int        closed;
};

/* 0 or what the step says that fails. */
int server_start(struct server *server, const char *path, int backlog);
void server_close(struct server *server);
/* A plain socket that is bound to the path, or connected to it. */
int plain_bound(const char *path);
int plain_connected(const char *path);

#endif
