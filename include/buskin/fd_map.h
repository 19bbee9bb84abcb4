/* buskin/fd_map.h - what belongs to each descriptor, by its number.
 *
 * An array: the kernel gives the lowest numbers that are free, so it stays as
 * small as the process has descriptors. All zeros is an empty one. For one
 * thread at a time.
 */
#ifndef BUSKIN_FD_MAP_H
#define BUSKIN_FD_MAP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The map. */
struct bsk_fd_map {
	void **rows;  /* `room` of them, by descriptor; NULL: nothing */
	size_t room;  /* rows there are */
	size_t count; /* rows that are something */
};

/* What belongs to a descriptor; NULL: nothing. */
void *bsk_fd_map_find(const struct bsk_fd_map *map, int fd);

/* Makes something belong to an open descriptor; NULL: nothing. -ENOMEM, never
 * where something has been before. */
int bsk_fd_map_set(struct bsk_fd_map *map, int fd, void *what);

/* The first from `fd` on that something belongs to; NULL: none. */
void *bsk_fd_map_next(const struct bsk_fd_map *map, int fd, int *ret_fd);

/* Frees the array and leaves an empty map. */
void bsk_fd_map_release(struct bsk_fd_map *map);

#ifdef __cplusplus
}
#endif

#endif
