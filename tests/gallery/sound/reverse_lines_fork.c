/* Reverse echo server: a process for each connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_LINE (64 * 1024)

static void bury(int signal)
{
    int saved = errno;
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

/* Whether the bytes of a line are UTF-8, as far as their leading and following bytes tell. */
static int is_text(const unsigned char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t more = s[i] < 0x80 ? 0 : s[i] < 0xC2 ? n : s[i] < 0xE0 ? 1 : s[i] < 0xF0 ? 2 : s[i] < 0xF5 ? 3 : n;
        for (i++; more > 0; more--, i++)
            if (i >= n || (s[i] & 0xC0) != 0x80)
                return 0;
    }
    return 1;
}

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

/* One byte at a time out of stdio's buffer: nothing longer than a line may be is ever held. */
static void serve(int fd)
{
    static char line[MAX_LINE + 1];
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    size_t n = 0;
    int c;

    while ((c = getc(in)) != EOF) {
        if (c != '\n') {
            if (n == sizeof line)
                return;
            line[n++] = c;
            continue;
        }
        if (n > 0 && line[n - 1] == '\r')
            n--;
        if (!is_text((unsigned char *)line, n))
            return;
        put_reversed(line, n, out);
        if (fflush(out) != 0)
            return;
        n = 0;
    }
}

int main(int argc, char **argv)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201)};
    struct sigaction children = {.sa_handler = bury, .sa_flags = SA_RESTART};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sigaction(SIGCHLD, &children, NULL);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
        perror("bind");
        return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
