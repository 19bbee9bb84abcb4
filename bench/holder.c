/* holder.c - bench/holder CODE: waits for the end of what comes in, then exits
 * with that code.
 */
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	char bytes[64];

	while (read(STDIN_FILENO, bytes, sizeof(bytes)) > 0)
		continue;
	return argc > 1 ? atoi(argv[1]) : 0;
}
