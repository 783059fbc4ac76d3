/* Reverse echo, a process a client: the parent keeps its copy of each connection. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int conn) {
    FILE *in = fdopen(conn, "r"), *out = fdopen(dup(conn), "w");
    static char line[100000];
    while (fgets(line, sizeof line, in)) {
        long n = 0;
        while (n < (long)sizeof line && line[n] != '\n' && line[n] != '\0')
            n++;
        if (line[n] != '\n')
            return;
        if (n > 0 && line[n - 1] == '\r')
            n--;
        for (long end = n; end > 0;) {
            long begin = end - 1;
            while (begin > 0 && ((unsigned char)line[begin] & 0xc0) == 0x80)
                begin--;
            fwrite(line + begin, 1, end - begin, out);
            end = begin;
        }
        fputc('\n', out);
        if (fflush(out))
            return;
    }
}

int main(int argc, char **argv) {
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 100)) {
        perror("cannot listen");
        return 1;
    }
    for (;;) {
        int conn = accept(server, NULL, NULL);
        if (conn >= 0 && fork() == 0) {
            close(server);
            serve(conn);
            exit(0);
        }
    }
}
