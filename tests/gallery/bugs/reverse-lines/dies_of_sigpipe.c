/* reverse echo server: threads */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 65538

static void reverse(const char *line, size_t n, char *out)
{
    for (size_t at = 0; at < n;) {
        size_t length = 1;
        while (at + length < n && (line[at + length] & 0xC0) == 0x80)
            length++;
        memcpy(out + n - at - length, line + at, length);
        at += length;
    }
}

static void *handle_client(void *p)
{
    int sock = (int)(intptr_t)p;
    char *line = malloc(SIZE), *out = malloc(SIZE);
    size_t n = 0;

    while (n < SIZE && read(sock, line + n, 1) == 1) {
        if (line[n] != '\n') {
            n++;
            continue;
        }
        if (n > 0 && line[n - 1] == '\r')
            n--;
        reverse(line, n, out);
        out[n] = '\n';
        write(sock, out, n + 1);
        n = 0;
    }
    close(sock);
    free(line);
    free(out);
    return NULL;
}

int main(int argc, char **argv)
{
    int server = socket(AF_INET, SOCK_STREAM, 0), opt = 1;
    struct sockaddr_in addr;

    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind failed");
        return EXIT_FAILURE;
    }
    listen(server, 100);
    while (1) {
        int sock = accept(server, NULL, NULL);
        pthread_t thread;
        pthread_create(&thread, NULL, handle_client, (void *)(intptr_t)sock);
        pthread_detach(thread);
    }
}
