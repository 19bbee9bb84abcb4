/* actors/unix_crowd.c - the connections that a listener serves. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/unix_channel.h>
#include <buskin/unix_crowd.h>

#define ROOM_LEAST 16
#define CONNECTIONS_DEFAULT 1024

struct bsk_unix_waiter {
	struct bsk_unix_waiter *next;
	bsk_message *ask; /* held */
};

bsk_ref
bsk_unix_crowd_host(const struct bsk_unix_listener_config *config,
    bsk_ctx *ctx)
{
	if (bsk_ref_is_nobody(config->to) && config->accept == BSK_UNIX_FD)
		return bsk_parent(ctx);
	return config->to;
}

/* --- coming ----------------------------------------------------------- */

/* Whether somebody is told of each connection. */
static bool
is_told(const struct bsk_unix_listener_config *config)
{
	return config->announce || config->accept == BSK_UNIX_FD;
}

/* Looks at who it is while the connection is ours. */
static struct bsk_unix_accepted
look(bsk_ctx *ctx, const struct bsk_unix_listener_config *config, int fd)
{
	const struct bsk_os *os = bsk_os(ctx);
	struct ucred peer = bsk_unix_peer(os, fd);
	struct bsk_unix_accepted it = {
		.pid = peer.pid, .uid = peer.uid, .gid = peer.gid,
	};

	if (is_told(config))
		it.peer = bsk_unix_peer_name(os, fd);
	if (is_told(config) && config->pidfd)
		it.pidfd = bsk_fd_own(bsk_unix_peer_pidfd(os, fd));
	return it;
}

int
bsk_unix_crowd_make_room(struct bsk_unix_crowd *crowd)
{
	uint32_t room = crowd->room > 0 ? 2 * crowd->room : ROOM_LEAST;
	struct bsk_unix_client *clients;

	if (crowd->count < crowd->room)
		return 0;
	clients = realloc(crowd->clients, room * sizeof(*clients));
	if (clients == NULL)
		return -ENOMEM;
	crowd->clients = clients;
	crowd->room = room;
	return 0;
}

void
bsk_unix_crowd_came(struct bsk_unix_crowd *crowd,
    const struct bsk_unix_client *client)
{
	crowd->clients[crowd->count++] = *client;
}

int
bsk_unix_connection_spawn(bsk_ctx *ctx, unsigned port,
    struct bsk_framer_config *how, bsk_ref *ret_child)
{
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};

	options.wire_count = bsk_wires(ctx, port, &options.wires);
	if (how->frame == BSK_FRAME_NONE)
		return bsk_tls_spawn_over(ctx, (enum bsk_tls_role)how->tls_role,
		    how->tls, &how->stream, &options, ret_child);
	how->tls = bsk_parcel_copy(how->tls);
	return bsk_spawn(ctx, &bsk_framer_class,
	    bsk_parcel_new(&bsk_framer_config_type, how), &options,
	    ret_child);
}

static int
spawn_channel(bsk_ctx *ctx, int fd, bsk_ref *ret_child)
{
	struct bsk_spawn_options options = {
		.capacity = BSK_CONNECTION_CAPACITY,
		.capacity_bytes = BSK_CONNECTION_CAPACITY_BYTES,
	};

	options.wire_count =
	    bsk_wires(ctx, BSK_UNIX_LISTENER_PACKETS, &options.wires);
	return bsk_spawn(ctx, &bsk_unix_channel_class,
	    BSK_PARCEL(bsk_unix_channel_config, .fd = bsk_fd_own(fd)),
	    &options, ret_child);
}

static int
spawn(bsk_ctx *ctx, const struct bsk_unix_listener_config *config, int fd,
    bsk_ref *ret_child)
{
	struct bsk_framer_config how = {
		.frame = config->frame, .max_frame = config->max_frame,
		.stream = { .fd = bsk_fd_own(fd),
			.half_close = config->half_close,
			.linger_ns = config->linger_ns },
		.tls_role = BSK_TLS_SERVER, .tls = config->tls,
	};

	if (config->accept == BSK_UNIX_CHANNEL)
		return spawn_channel(ctx, fd, ret_child);
	return bsk_unix_connection_spawn(
	    ctx, BSK_UNIX_LISTENER_DATA, &how, ret_child);
}

/* Makes a child of the connection. */
static int
serve(struct bsk_unix_crowd *crowd, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config, int fd,
    struct bsk_unix_accepted *it)
{
	const struct bsk_os *os = bsk_os(ctx);
	int error = bsk_unix_crowd_make_room(crowd);

	if (error < 0) {
		(void)os->close(os, fd);
		return error;
	}
	error = spawn(ctx, config, fd, &it->connection);
	if (error == 0)
		bsk_unix_crowd_came(crowd, &(struct bsk_unix_client){
		    .connection = it->connection, .pid = it->pid,
		    .uid = it->uid, .gid = it->gid });
	return error;
}

/* Tells of a connection: whom it is wired to, else whom the config names. */
static int
tell(bsk_ctx *ctx, const struct bsk_unix_listener_config *config,
    const struct bsk_unix_accepted *it)
{
	bsk_message *news = bsk_message_new(&bsk_unix_accepted_type, it);

	if (bsk_is_wired(ctx, BSK_UNIX_LISTENER_CLIENTS))
		return bsk_emit(ctx, BSK_UNIX_LISTENER_CLIENTS, news);
	return bsk_send(ctx, bsk_unix_crowd_host(config, ctx), news);
}

int
bsk_unix_crowd_admit(struct bsk_unix_crowd *crowd, bsk_ctx *ctx,
    const struct bsk_unix_listener_config *config, int fd)
{
	struct bsk_unix_accepted it = look(ctx, config, fd);
	bsk_ref child;
	int error = 0;

	if (config->accept == BSK_UNIX_FD)
		it.fd = bsk_fd_own(fd);
	else
		error = serve(crowd, ctx, config, fd, &it);
	child = it.connection;
	if (error == 0 && is_told(config))
		error = tell(ctx, config, &it);
	else
		bsk_type_drop(&bsk_unix_accepted_type, &it);
	if (error < 0)
		crowd->refused++;
	else if (config->credit > 0)
		crowd->lent++;
	/* Nobody knows of it: its end takes it off the list. */
	if (error < 0 && !bsk_ref_is_nobody(child))
		(void)bsk_kill(ctx, child);
	return error;
}

bool
bsk_unix_crowd_is_full(const struct bsk_unix_crowd *crowd,
    const struct bsk_unix_listener_config *config)
{
	uint32_t most = config->max_connections > 0 ?
	    config->max_connections : CONNECTIONS_DEFAULT;

	return crowd->count >= most ||
	    (config->credit > 0 && crowd->lent >= config->credit);
}

/* --- going ------------------------------------------------------------ */

void
bsk_unix_crowd_credit(struct bsk_unix_crowd *crowd, uint32_t count)
{
	crowd->lent -= count < crowd->lent ? count : crowd->lent;
}

bool
bsk_unix_crowd_left(struct bsk_unix_crowd *crowd, bsk_ref child)
{
	uint32_t index = 0;

	while (index < crowd->count && !bsk_ref_equal(
	    crowd->clients[index].connection, child))
		index++;
	if (index == crowd->count)
		return false;
	crowd->clients[index] = crowd->clients[--crowd->count];
	return true;
}

int
bsk_unix_crowd_stop(struct bsk_unix_crowd *crowd, bsk_ctx *ctx)
{
	uint32_t index;
	int error = 0;

	for (index = 0; index < crowd->count && error == 0; index++)
		error = bsk_stop(ctx, crowd->clients[index].connection);
	return error;
}

void
bsk_unix_crowd_kill(struct bsk_unix_crowd *crowd, bsk_ctx *ctx)
{
	uint32_t index;

	for (index = 0; index < crowd->count; index++)
		(void)bsk_kill(ctx, crowd->clients[index].connection);
}

int
bsk_unix_crowd_await(struct bsk_unix_crowd *crowd, bsk_ctx *ctx)
{
	struct bsk_unix_waiter *waiter = malloc(sizeof(*waiter));

	if (waiter == NULL)
		return -ENOMEM;
	waiter->ask = bsk_hold(ctx);
	waiter->next = crowd->waiters;
	crowd->waiters = waiter;
	return 0;
}

void
bsk_unix_crowd_tell(struct bsk_unix_crowd *crowd, bsk_ctx *ctx, int error)
{
	struct bsk_unix_waiter *waiter;

	while ((waiter = crowd->waiters) != NULL) {
		crowd->waiters = waiter->next;
		(void)bsk_answer(ctx, waiter->ask, BSK_NEW(bsk_result,
		    .error = error,
		    .text = bsk_text_copy(error == 0 ? NULL :
			"some connections had to be cut off")));
		free(waiter);
	}
}

/* --- looking ---------------------------------------------------------- */

bsk_list
bsk_unix_crowd_list(const struct bsk_unix_crowd *crowd)
{
	uint32_t shown = crowd->count < BSK_STATUS_LIST_MAX ? crowd->count :
	    BSK_STATUS_LIST_MAX;
	bsk_list list = bsk_list_new(sizeof(*crowd->clients), shown);
	struct bsk_unix_client *items = list.items;
	uint32_t index;

	for (index = 0; index < shown && items != NULL; index++)
		items[index] = crowd->clients[index];
	return list;
}

void
bsk_unix_crowd_release(struct bsk_unix_crowd *crowd)
{
	while (crowd->waiters != NULL) {
		struct bsk_unix_waiter *waiter = crowd->waiters;

		crowd->waiters = waiter->next;
		free(waiter);
	}
	free(crowd->clients);
	crowd->clients = NULL;
}
