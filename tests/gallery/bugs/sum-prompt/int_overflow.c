/* Sum server, TCP: a thread for each of at most four clients. */
#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define LIMIT 4

static int clients;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int parse(const char *text, int *number)
{
    char *end;
    *number = strtol(text, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    return end != text && *end == '\0';
}

static int hear(int fd, char *text, size_t size)
{
    ssize_t n = recv(fd, text, size - 1, 0);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return 1;
}

static int say(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) > 0;
}

static void talk(int fd)
{
    char first[8192], second[8192], sum[64];
    int a, b;

    say(fd, "welcome");
    while (hear(fd, first, sizeof first) && say(fd, "num1 received") && hear(fd, second, sizeof second)) {
        if (parse(first, &a) && parse(second, &b)) {
            snprintf(sum, sizeof sum, "%d", a + b);
            say(fd, sum);
        } else {
            say(fd, "Invalid inputs");
        }
    }
}

static void *serve(void *p)
{
    int fd = (int)(intptr_t)p;
    struct timeval patience = {.tv_sec = 10};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    talk(fd);
    pthread_mutex_lock(&lock);
    clients--;
    pthread_mutex_unlock(&lock);
    close(fd);
    return NULL;
}

static void welcome(int fd)
{
    pthread_t thread;
    int full;

    pthread_mutex_lock(&lock);
    full = clients >= LIMIT;
    clients += !full;
    pthread_mutex_unlock(&lock);
    if (full) {
        say(fd, "Server Is Busy");
        close(fd);
        return;
    }
    pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET};

    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 12345);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 16)) {
        perror("bind");
        return 1;
    }
    for (;;) {
        int fd = accept(s, NULL, NULL);
        if (fd >= 0)
            welcome(fd);
    }
}
