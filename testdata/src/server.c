// A server that listens on the port that a file names, on the address that is its
// second argument. Without the file it says so and waits for ever, as servers do that
// wait for their configuration.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
	setvbuf(stdout, NULL, _IOLBF, 0);
	FILE *f = fopen(argv[1], "r");
	int port = 0;
	if (!f || fscanf(f, "%d", &port) != 1) {
		printf("waiting for %s\n", argv[1]);
		for (;;)
			pause();
	}
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	inet_pton(AF_INET, argc > 2 ? argv[2] : "0.0.0.0", &a.sin_addr);
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 8)) {
		perror("listen");
		return 1;
	}
	printf("ready on %d\n", port);
	for (;;) {
		int c = accept(s, NULL, NULL);
		if (c < 0)
			return 1;
		char buf[64];
		if (read(c, buf, sizeof buf) > 0)
			write(c, "hello\n", 6);
		close(c);
	}
}
