/* Reverse server: a process for each client. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Writes the characters of a line from the last to the first. */
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
}

static void serve(int fd)
{
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    while ((n = getline(&line, &size, in)) > 0 && line[n - 1] == '\n' && n < 65538) {
        n--;
        if (n > 0 && line[n - 1] == '\r')
            n--;
        put_reversed(line, n, out);
        fflush(out);
    }
}

int main(int argc, char *argv[])
{
    int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr("127.0.0.1")};

    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 100) < 0) {
        perror("bind");
        exit(1);
    }
    for (;;) {
        int fd = accept(s, NULL, NULL);
        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(s);
            serve(fd);
            exit(0);
        }
        close(fd);
    }
}
