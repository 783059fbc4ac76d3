/* Reverse echo server: "go handle(conn)", with a thread for each connection. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LINE (64 * 1024)

/* The length of the well-formed UTF-8 character at s, or 0 where there is none. */
static size_t char_length(const unsigned char *s, size_t left)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

/* Writes the characters of line backwards into out; -1 if it is not UTF-8. */
static int reverse(const unsigned char *line, size_t length, unsigned char *out)
{
    for (size_t at = 0; at < length;) {
        size_t n = char_length(line + at, length - at);
        if (n == 0)
            return -1;
        memcpy(out + length - at - n, line + at, n);
        at += n;
    }
    return 0;
}

static int send_all(int fd, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
        if (n <= 0)
            return -1;
        data += n;
        length -= n;
    }
    return 0;
}

static int answer(int fd, unsigned char *line, size_t length, unsigned char *out)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    if (reverse(line, length, out) < 0)
        return -1;
    out[length] = '\n';
    return send_all(fd, out, length + 1);
}

static void *handle(void *argument)
{
    int fd = (int)(intptr_t)argument;
    unsigned char *line = malloc(MAX_LINE + 2), *out = malloc(MAX_LINE + 2);
    size_t held = 0;
    ssize_t n;

    while ((n = recv(fd, line + held, MAX_LINE + 2 - held, 0)) > 0) {
        unsigned char *end;
        held += n;
        while ((end = memchr(line, '\n', held)) != NULL) {
            size_t length = end - line;
            if (answer(fd, line, length, out) < 0)
                goto leave;
            held -= length + 1;
            memmove(line, end + 1, held);
        }
        if (held == MAX_LINE + 2)
            break;
    }
leave:
    free(line);
    free(out);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 7201, yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
        perror("bind");
        return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, handle, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
