/* Sum of two numbers over UDP. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define LIMIT 4
#define TIMEOUT 10

struct client {
    struct sockaddr_in address;
    time_t heard;
    int has_first;
    long first;
};

static struct client clients[LIMIT];

/* The client at this address, or a free place for it (heard is 0 there), or NULL. */
static struct client *find(const struct sockaddr_in *address, time_t now)
{
    struct client *place = NULL;
    for (int i = 0; i < LIMIT; i++) {
        struct client *c = &clients[i];
        if (c->heard != 0 && now - c->heard > TIMEOUT)
            c->heard = 0;
        if (c->heard == 0)
            place = c;
        else if (c->address.sin_port == address->sin_port &&
                 c->address.sin_addr.s_addr == address->sin_addr.s_addr)
            return c;
    }
    return place;
}

static void say(int s, const char *text, const struct sockaddr_in *to)
{
    sendto(s, text, strlen(text), 0, (const struct sockaddr *)to, sizeof *to);
}

static void hear(int s, struct client *c, const char *text)
{
    char sum[64];
    if (!c->has_first) {
        c->first = atol(text);
        c->has_first = 1;
        say(s, "num1 received", &c->address);
        return;
    }
    snprintf(sum, sizeof sum, "%ld", c->first + atol(text));
    c->has_first = 0;
    say(s, sum, &c->address);
}

int main(int argc, char **argv)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};

    a.sin_port = htons(argc > 1 ? atoi(argv[1]) : 12345);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr *)&a, sizeof a)) {
        perror("bind");
        return 1;
    }
    for (;;) {
        char text[65536];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(s, text, sizeof text - 1, 0, (struct sockaddr *)&from, &size);
        struct client *c = n < 0 ? NULL : find(&from, time(NULL));
        if (c == NULL) {
            say(s, "Server Is Busy", &from);
            continue;
        }
        text[n] = '\0';
        if (c->heard == 0) {
            c->address = from;
            c->has_first = 0;
            say(s, "welcome", &from);
        }
        c->heard = time(NULL);
        if (n > 0)
            hear(s, c, text);
    }
}
