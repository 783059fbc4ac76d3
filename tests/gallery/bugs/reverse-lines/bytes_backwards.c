/* Reverse server with fork(). */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void reverse(char *s, ssize_t n)
{
    for (ssize_t i = 0, j = n - 1; i < j; i++, j--) {
        char c = s[i];
        s[i] = s[j];
        s[j] = c;
    }
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
        reverse(line, n);
        line[n] = '\n';
        fwrite(line, 1, n + 1, out);
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
    signal(SIGCHLD, SIG_IGN);
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
