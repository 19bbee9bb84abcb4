/* actors/log_say.c - a line to the log, from any actor.
 *
 * Apart from the log itself, so that whoever says something is not tied to how
 * it is written.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <buskin/log.h>

#define SHORT_SIZE 512

/* The text of a line that is longer than most. */
static bsk_text
text_of(const char *format, va_list list, int length)
{
	size_t size = (size_t)length + 1;
	unsigned char *bytes;
	bsk_text text;
	bsk_buf room;

	if (bsk_buf_new(size, &room, &bytes) < 0)
		return bsk_text_copy("(no memory for this line)");
	(void)vsnprintf((char *)bytes, size, format, list);
	text = bsk_text_copy_n((const char *)bytes, size);
	bsk_buf_drop(&room);
	return text;
}

int
bsk_log(bsk_ctx *ctx, enum bsk_log_level level, const char *format, ...)
{
	char chars[SHORT_SIZE];
	bsk_ref log;
	bsk_text text;
	va_list list;
	int length;
	int result = bsk_service(ctx, &bsk_log_class, &log);

	if (result < 0)
		return result;
	va_start(list, format);
	length = vsnprintf(chars, sizeof(chars), format, list);
	va_end(list);
	if (length < 0)
		return -EINVAL;
	if ((size_t)length < sizeof(chars)) {
		text = bsk_text_copy(chars);
	} else {
		va_start(list, format);
		text = text_of(format, list, length);
		va_end(list);
	}
	return bsk_send(ctx, log,
	    BSK_NEW(bsk_log_line, .level = (int32_t)level, .text = text));
}
