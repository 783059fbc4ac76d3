/* Reverse server, one thread per client. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 65536

static size_t char_start(const char *s, size_t at)
{
    while (at > 0 && (s[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static void print_reversed(FILE *out, const char *line, size_t n)
{
    while (n > 0) {
        size_t start = char_start(line, n - 1);
        fwrite(line + start, 1, n - start, out);
        n = start;
    }
    fputc('\n', out);
    fflush(out);
}

static void *client(void *arg)
{
    int fd = *(int *)arg;
    FILE *in = fdopen(dup(fd), "r"), *out = fdopen(dup(fd), "w");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    free(arg);
    while ((n = getline(&line, &size, in)) > 0 && line[n - 1] == '\n' && n <= MAX + 2) {
        n--;
        if (n > 0 && line[n - 1] == '\r')
            n--;
        print_reversed(out, line, n);
    }
    free(line);
    fclose(in);
    fclose(out);
    shutdown(fd, SHUT_RDWR);
    return NULL;
}

int main(int argc, char *argv[])
{
    int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in a = {0};

    signal(SIGPIPE, SIG_IGN);
    a.sin_family = AF_INET;
    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    a.sin_addr.s_addr = inet_addr("127.0.0.1");
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 100)) {
        perror("server");
        return 1;
    }
    while (1) {
        int *fd = malloc(sizeof *fd);
        pthread_t t;
        *fd = accept(s, NULL, NULL);
        pthread_create(&t, NULL, client, fd);
        pthread_detach(t);
    }
}
