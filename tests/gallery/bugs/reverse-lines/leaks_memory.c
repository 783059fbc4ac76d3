/* Reverse server, one thread per client. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX (256 * 1024)

struct session {
    int fd;
    size_t used;
    char in[MAX];
    char out[MAX];
};

static void reverse(const char *line, size_t n, char *out)
{
    while (n > 0) {
        size_t start = n - 1;
        while (start > 0 && (line[start] & 0xC0) == 0x80)
            start--;
        memcpy(out, line + start, n - start);
        out += n - start;
        n = start;
    }
}

static int answer(struct session *s)
{
    char *end;
    while ((end = memchr(s->in, '\n', s->used)) != NULL) {
        size_t line = end - s->in, n = line;
        if (n > 0 && s->in[n - 1] == '\r')
            n--;
        reverse(s->in, n, s->out);
        s->out[n] = '\n';
        if (send(s->fd, s->out, n + 1, MSG_NOSIGNAL) < 0)
            return -1;
        s->used -= line + 1;
        memmove(s->in, end + 1, s->used);
    }
    return s->used < MAX ? 0 : -1;
}

static void *client(void *arg)
{
    struct session *s = arg;
    ssize_t n;

    while ((n = recv(s->fd, s->in + s->used, MAX - s->used, 0)) > 0) {
        s->used += n;
        if (answer(s) < 0)
            break;
    }
    close(s->fd);
    return NULL;
}

static struct session *new_session(int fd)
{
    struct session *s = malloc(sizeof *s);
    memset(s, 0, sizeof *s);
    s->fd = fd;
    return s;
}

int main(int argc, char *argv[])
{
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in a = {0};

    a.sin_family = AF_INET;
    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    a.sin_addr.s_addr = inet_addr("127.0.0.1");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 100)) {
        perror("server");
        return 1;
    }
    while (1) {
        int fd = accept(listener, NULL, NULL);
        pthread_t t;
        if (fd < 0)
            continue;
        pthread_create(&t, NULL, client, new_session(fd));
        pthread_detach(t);
    }
}
