/* Packed binary: name and number from the client, our number and the sum back. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct answer {
    int32_t mine;
    int32_t sum;
};

static void talk(int fd)
{
    static const int32_t mine = 42;
    uint16_t length;
    int32_t number;
    char name[65536];
    struct answer answer;

    if (recv(fd, &length, sizeof length, MSG_WAITALL) != sizeof length)
        return;
    length = ntohs(length);
    if (length > 0 && recv(fd, name, length, MSG_WAITALL) != length)
        return;
    if (recv(fd, &number, sizeof number, MSG_WAITALL) != sizeof number)
        return;
    number = ntohl(number);
    if (number > INT32_MAX - mine)
        return;
    answer.mine = mine;
    answer.sum = mine + number;
    send(fd, &answer, sizeof answer, MSG_NOSIGNAL);
}

static void *serve(void *p)
{
    int fd = (int)(intptr_t)p;
    talk(fd);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET};

    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7512);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 50)) {
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
