/* Reverse server with fgets. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE 256

static void put_reversed(const char *line, size_t n, FILE *out)
{
    while (n > 0) {
        size_t start = n - 1;
        while (start > 0 && (line[start] & 0xC0) == 0x80)
            start--;
        fwrite(line + start, 1, n - start, out);
        n = start;
    }
    putc('\n', out);
    fflush(out);
}

static void *serve(void *p)
{
    int fd = (int)(intptr_t)p;
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    char buffer[BUFFER_SIZE];

    while (fgets(buffer, BUFFER_SIZE, in) != NULL)
        put_reversed(buffer, strcspn(buffer, "\r\n"), out);
    fclose(in);
    fclose(out);
    return NULL;
}

int main(int argc, char **argv)
{
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET};

    signal(SIGPIPE, SIG_IGN);
    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 100)) {
        perror("bind");
        return 1;
    }
    for (;;) {
        intptr_t fd = accept(s, NULL, NULL);
        pthread_t t;
        pthread_create(&t, NULL, serve, (void *)fd);
        pthread_detach(t);
    }
}
