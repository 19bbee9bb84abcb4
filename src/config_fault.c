/* config_fault.c - what is wrong with a config, said. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <buskin/class.h>

int
bsk_config_refuse(struct bsk_config_fault *ret_fault, const char *field,
    const char *format, ...)
{
	va_list list;

	ret_fault->field = field;
	va_start(list, format);
	(void)vsnprintf(ret_fault->text, sizeof(ret_fault->text), format,
	    list);
	va_end(list);
	return -EINVAL;
}
