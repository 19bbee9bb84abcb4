/* unix_passing.c - descriptors that travel with bytes. */
#include <errno.h>
#include <string.h>

#include <buskin/unix_channel.h>

/* Room for the descriptors of one message, aligned as the kernel wants it. */
union control {
	struct cmsghdr align;
	unsigned char bytes[CMSG_SPACE(sizeof(int) * BSK_UNIX_FDS_MAX)];
};

ssize_t
bsk_unix_send(const struct bsk_os *os, int fd, const void *bytes, size_t size,
    const int *fds, unsigned count)
{
	/* The kernel only reads what is sent. */
	struct iovec vector = { .iov_base = (void *)(uintptr_t)bytes,
		.iov_len = size };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	union control control;
	struct cmsghdr *head;

	if (count > BSK_UNIX_FDS_MAX)
		return -EMSGSIZE;
	if (count > 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * count);
	}
	return os->sendmsg(os, fd, &message, 0);
}

static void
collect(struct msghdr *message, struct bsk_unix_received *received)
{
	struct cmsghdr *head;

	for (head = CMSG_FIRSTHDR(message); head != NULL;
	    head = CMSG_NXTHDR(message, head)) {
		size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(received->fds + received->count, CMSG_DATA(head),
		    count * sizeof(int));
		received->count += (unsigned)count;
	}
}

ssize_t
bsk_unix_receive(const struct bsk_os *os, int fd, void *bytes, size_t size,
    unsigned most, struct bsk_unix_received *ret_received)
{
	struct iovec vector = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	union control control;
	ssize_t got;

	if (most > BSK_UNIX_FDS_MAX)
		most = BSK_UNIX_FDS_MAX;
	/* The exact length: with the padding of CMSG_SPACE there might be room
	 * for one more. */
	message.msg_control = control.bytes;
	message.msg_controllen = CMSG_LEN(sizeof(int) * most);
	ret_received->count = 0;
	ret_received->cut = false;
	ret_received->truncated = false;
	got = os->recvmsg(os, fd, &message, 0);
	if (got < 0)
		return got;
	collect(&message, ret_received);
	ret_received->cut = (message.msg_flags & MSG_CTRUNC) != 0;
	ret_received->truncated = (message.msg_flags & MSG_TRUNC) != 0;
	return got;
}

static void
close_all(const struct bsk_os *os, const struct bsk_unix_received *received)
{
	unsigned index;

	for (index = 0; index < received->count; index++)
		(void)os->close(os, received->fds[index]);
}

/* Why what came is no packet: one without some of its bytes or descriptors is
 * none. 0: it is one. */
static int
fault(const struct bsk_unix_received *received, unsigned most)
{
	if (received->truncated)
		return -EMSGSIZE;
	if (!received->cut)
		return 0;
	return received->count < most ? -EMFILE : -EMSGSIZE;
}

static int
wrap(bsk_buf bytes, size_t size, const struct bsk_unix_received *received,
    struct bsk_unix_packet *ret_packet)
{
	bsk_list list = bsk_list_new(sizeof(bsk_fd), received->count);
	bsk_fd *items = list.items;
	unsigned index;

	if (bsk_list_is_lost(list))
		return -ENOMEM;
	for (index = 0; index < received->count; index++)
		items[index] = bsk_fd_own(received->fds[index]);
	ret_packet->bytes = bsk_buf_copy(bytes.bytes, size);
	ret_packet->fds = list;
	return 0;
}

ssize_t
bsk_unix_packet_receive(const struct bsk_os *os, int fd, size_t size,
    unsigned most, struct bsk_unix_packet *ret_packet)
{
	struct bsk_unix_received received = { .count = 0 };
	unsigned char *bytes;
	bsk_buf whole;
	ssize_t got;
	int error = bsk_buf_new(size, &whole, &bytes);

	if (error < 0)
		return error;
	got = bsk_unix_receive(os, fd, bytes, size, most, &received);
	if (got > 0)
		error = fault(&received, most);
	if (got > 0 && error == 0)
		error = wrap(whole, (size_t)got, &received, ret_packet);
	if (got == 0 || error < 0) /* an empty packet may carry some */
		close_all(os, &received);
	bsk_buf_drop(&whole);
	return error < 0 ? error : got;
}
