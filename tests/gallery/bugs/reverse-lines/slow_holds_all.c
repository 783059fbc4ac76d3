/* Reverse echo with select, and a send that waits for each client. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 200000

static char *in[FD_SETSIZE];
static size_t had[FD_SETSIZE];

static int answer(int fd, const char *line, size_t n) {
    if (n > 0 && line[n - 1] == '\r')
        n--;
    char *out = malloc(n + 1);
    size_t at = n, done = 0;
    for (size_t i = 0; i < n;) {
        size_t width = 1;
        while (i + width < n && ((unsigned char)line[i + width] & 0xc0) == 0x80)
            width++;
        at -= width;
        memcpy(out + at, line + i, width);
        i += width;
    }
    out[n++] = '\n';
    while (done < n) {
        ssize_t sent = send(fd, out + done, n - done, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        done += sent;
    }
    free(out);
    return done == n;
}

/* Whether the client is still there. */
static int hear(int fd) {
    ssize_t n = recv(fd, in[fd] + had[fd], ROOM - had[fd], 0);
    if (n <= 0)
        return 0;
    had[fd] += n;
    size_t at = 0;
    char *end;
    while ((end = memchr(in[fd] + at, '\n', had[fd] - at))) {
        if (!answer(fd, in[fd] + at, end - in[fd] - at))
            return 0;
        at = end - in[fd] + 1;
    }
    memmove(in[fd], in[fd] + at, had[fd] - at);
    had[fd] -= at;
    return had[fd] < ROOM / 2;
}

int main(int argc, char **argv) {
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 100)) {
        perror("cannot listen");
        return 1;
    }
    fd_set all;
    FD_ZERO(&all);
    FD_SET(server, &all);
    int top = server;
    for (;;) {
        fd_set ready = all;
        select(top + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= top; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == server) {
                int conn = accept(server, NULL, NULL);
                if (conn < 0)
                    continue;
                FD_SET(conn, &all);
                top = conn > top ? conn : top;
                in[conn] = malloc(ROOM);
                had[conn] = 0;
            } else if (!hear(fd)) {
                FD_CLR(fd, &all);
                close(fd);
                free(in[fd]);
            }
        }
    }
}
