/* Writes 40 MiB and says so. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[1 << 20];

int main(void)
{
	FILE *f = fopen("out.bin", "w");
	memset(block, 7, sizeof block);
	for (int i = 0; f && i < 40; i++)
		if (fwrite(block, sizeof block, 1, f) != 1) {
			perror("out.bin");
			return 1;
		}
	if (!f || fclose(f) ) {
		perror("out.bin");
		return 1;
	}
	printf("wrote 40 blocks\n");
	return 0;
}
