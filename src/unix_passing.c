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
