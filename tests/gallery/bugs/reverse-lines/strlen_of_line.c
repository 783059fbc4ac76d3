/* Reverse server. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *reversed(const char *line)
{
    size_t n = strlen(line);
    char *out = calloc(n + 2, 1), *to = out;

    while (n > 0) {
        size_t start = n - 1;
        while (start > 0 && (line[start] & 0xC0) == 0x80)
            start--;
        memcpy(to, line + start, n - start);
        to += n - start;
        n = start;
    }
    *to = '\n';
    return out;
}

static void *serve(void *p)
{
    int fd = (int)(intptr_t)p;
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    while ((n = getline(&line, &size, in)) > 0 && line[n - 1] == '\n' && n < 65538) {
        line[n - 1] = '\0';
        if (n > 1 && line[n - 2] == '\r')
            line[n - 2] = '\0';
        char *answer = reversed(line);
        fputs(answer, out);
        fflush(out);
        free(answer);
    }
    free(line);
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
