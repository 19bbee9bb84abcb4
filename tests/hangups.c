/* hangups.c - clients that hang up on a server of nng's, in every way.
 *
 *	hangups PATH COUNT SEED
 *
 * Connects COUNT times to the Unix socket PATH and each time says nothing, half
 * a greeting, garbage, a greeting, half a frame, a frame too large for anybody,
 * or a whole request whose answer it does not wait for; then it hangs up, at
 * once or some connections later. Prints the seed first; ends with status 0
 * when it could connect each time.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OPEN_MOST 16

static const unsigned char greeting[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };

/* A frame: 1, the size in eight bytes, the request's number in four, text. */
static const char request[] = "\1\0\0\0\0\0\0\0\41\200\0\0\1"
    "{\"v\":1,\"id\":\"1\",\"op\":\"hello\"}";

enum manners {
	SILENT,
	HALF_GREETING,
	GARBAGE,
	GREETING,
	TORN_FRAME,
	HUGE_FRAME,
	NO_PATIENCE,
	MANNERS
};

/* xorshift64*: the same seed, the same clients. */
static uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 33) %
	    below;
}

static int
open_client(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
	    sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* That the server has hung up already is its right. */
static void
say(int fd, const void *bytes, size_t size)
{
	(void)!send(fd, bytes, size, MSG_NOSIGNAL);
}

static void
say_garbage(int fd, uint64_t *state)
{
	unsigned char bytes[64];
	uint32_t size = 1 + draw(state, sizeof(bytes));

	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)draw(state, 256);
	say(fd, bytes, size);
}

static void
misbehave(int fd, uint64_t *state)
{
	static const unsigned char huge[9] = { 1, 0x7f, 0xff, 0xff };
	enum manners manners = (enum manners)draw(state, MANNERS);

	if (manners >= GREETING)
		say(fd, greeting, sizeof(greeting));
	if (manners == HALF_GREETING)
		say(fd, greeting, 1 + draw(state, sizeof(greeting) - 1));
	else if (manners == GARBAGE)
		say_garbage(fd, state);
	else if (manners == TORN_FRAME)
		say(fd, request, 1 + draw(state, sizeof(request) - 2));
	else if (manners == HUGE_FRAME)
		say(fd, huge, sizeof(huge));
	else if (manners == NO_PATIENCE)
		say(fd, request, sizeof(request) - 1);
}

int
main(int argc, char **argv)
{
	int fds[OPEN_MOST];
	uint64_t state;
	long count;

	if (argc != 4) {
		fprintf(stderr, "usage: hangups PATH COUNT SEED\n");
		return 2;
	}
	count = strtol(argv[2], NULL, 10);
	state = strtoull(argv[3], NULL, 10) | 1;
	printf("seed %s\n", argv[3]);
	for (int i = 0; i < OPEN_MOST; i++)
		fds[i] = -1;
	for (long i = 0; i < count; i++) {
		int *fd = &fds[draw(&state, OPEN_MOST)];

		if (*fd >= 0)
			(void)close(*fd);
		*fd = open_client(argv[1]);
		if (*fd < 0) {
			fprintf(stderr, "connection %ld: %s\n", i,
			    strerror(errno));
			return 1;
		}
		misbehave(*fd, &state);
	}
	return 0;
}
