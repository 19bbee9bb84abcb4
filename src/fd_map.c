/* fd_map.c - what belongs to each descriptor, by its number. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/fd_map.h>

#define ROOM_LEAST 64

void *
bsk_fd_map_find(const struct bsk_fd_map *map, int fd)
{
	return fd >= 0 && (size_t)fd < map->room ? map->rows[fd] : NULL;
}

static int
make_room(struct bsk_fd_map *map, int fd)
{
	size_t room = map->room > 0 ? map->room : ROOM_LEAST;
	void **rows;

	while (room <= (size_t)fd)
		room *= 2;
	rows = realloc(map->rows, room * sizeof(*rows));
	if (rows == NULL)
		return -ENOMEM;
	memset(&rows[map->room], 0, (room - map->room) * sizeof(*rows));
	map->rows = rows;
	map->room = room;
	return 0;
}

int
bsk_fd_map_set(struct bsk_fd_map *map, int fd, void *what)
{
	if (fd < 0)
		return -EBADF;
	if ((size_t)fd >= map->room) {
		if (what == NULL)
			return 0;
		if (make_room(map, fd) < 0)
			return -ENOMEM;
	}
	map->count += (what != NULL);
	map->count -= (map->rows[fd] != NULL);
	map->rows[fd] = what;
	return 0;
}

void *
bsk_fd_map_next(const struct bsk_fd_map *map, int fd, int *ret_fd)
{
	for (; (size_t)fd < map->room; fd++) {
		if (map->rows[fd] == NULL)
			continue;
		*ret_fd = fd;
		return map->rows[fd];
	}
	return NULL;
}

void
bsk_fd_map_release(struct bsk_fd_map *map)
{
	free(map->rows);
	memset(map, 0, sizeof(*map));
}
