/* Sum of two numbers over TCP, one poll loop: four clients at most, each with ten seconds to say something. */
#include <arpa/inet.h>
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 4
#define IDLE_MS 10000
#define TEXT 8192

struct client {
    int fd; /* -1: a free place */
    int has_first;
    char first[TEXT];
    size_t first_length;
    long long deadline;
};

static struct client clients[CLIENTS];

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Finds the digits of an integer: spaces around it and a sign are allowed. Returns their number, 0 for none. */
static size_t digits_of(const char *s, size_t n, const char **digits, int *negative)
{
    size_t count = 0;
    while (n > 0 && isspace((unsigned char)*s))
        s++, n--;
    while (n > 0 && isspace((unsigned char)s[n - 1]))
        n--;
    *negative = n > 0 && *s == '-';
    if (n > 0 && (*s == '-' || *s == '+'))
        s++, n--;
    while (count < n && isdigit((unsigned char)s[count]))
        count++;
    if (count != n)
        return 0;
    while (count > 1 && *s == '0')
        s++, count--;
    *digits = s;
    return count;
}

static int digit_at(const char *digits, size_t count, size_t place)
{
    return place < count ? digits[count - 1 - place] - '0' : 0;
}

static int compare(const char *a, size_t na, const char *b, size_t nb)
{
    return na != nb ? (na > nb ? 1 : -1) : memcmp(a, b, na);
}

/* Adds as on paper, so that numbers may be of any size. */
static size_t add(const char *a, size_t na, int minus_a, const char *b, size_t nb, int minus_b, char *out)
{
    char reversed[TEXT + 2];
    size_t length = 0, used = 0;
    int carry = 0, subtract = minus_a != minus_b, negative = minus_a;

    if (subtract && compare(a, na, b, nb) < 0) {
        const char *t = a;
        size_t n = na;
        a = b, na = nb, b = t, nb = n;
        negative = minus_b;
    }
    for (size_t i = 0; i < na || i < nb || carry; i++) {
        int d = digit_at(a, na, i) + (subtract ? -digit_at(b, nb, i) : digit_at(b, nb, i)) + carry;
        carry = subtract ? (d < 0 ? -1 : 0) : d / 10;
        reversed[length++] = '0' + (d + 10) % 10;
    }
    while (length > 1 && reversed[length - 1] == '0')
        length--;
    if (negative && !(length == 1 && reversed[0] == '0'))
        out[used++] = '-';
    while (length > 0)
        out[used++] = reversed[--length];
    return used;
}

static int say(int fd, const char *text, size_t length)
{
    /* Who does not read its answers is dropped, so that nobody waits for it. */
    return send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length ? 0 : -1;
}

static int answer(struct client *c, const char *second, size_t length)
{
    const char *a, *b;
    int minus_a, minus_b;
    char sum[TEXT + 2];
    size_t na = digits_of(c->first, c->first_length, &a, &minus_a);
    size_t nb = digits_of(second, length, &b, &minus_b);

    c->has_first = 0;
    if (na == 0 || nb == 0)
        return say(c->fd, "Invalid inputs", 14);
    return say(c->fd, sum, add(a, na, minus_a, b, nb, minus_b, sum));
}

static int hear(struct client *c)
{
    char text[TEXT];
    ssize_t n = recv(c->fd, text, sizeof text, 0);

    if (n <= 0)
        return -1;
    c->deadline = now_ms() + IDLE_MS;
    if (c->has_first)
        return answer(c, text, n);
    memcpy(c->first, text, n);
    c->first_length = n;
    c->has_first = 1;
    return say(c->fd, "num1 received", 13);
}

static void leave(struct client *c)
{
    close(c->fd);
    c->fd = -1;
}

static void welcome(int fd)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd >= 0)
            continue;
        clients[i].fd = fd;
        clients[i].has_first = 0;
        clients[i].deadline = now_ms() + IDLE_MS;
        if (say(fd, "welcome", 7) < 0)
            leave(&clients[i]);
        return;
    }
    say(fd, "Server Is Busy", 14);
    close(fd);
}

/* Milliseconds until the first client's time is over; -1 for no client. */
static int patience(void)
{
    long long first = -1, now = now_ms();
    for (int i = 0; i < CLIENTS; i++)
        if (clients[i].fd >= 0 && (first < 0 || clients[i].deadline < first))
            first = clients[i].deadline;
    return first < 0 ? -1 : first > now ? (int)(first - now) : 0;
}

static void serve(int listener)
{
    struct pollfd polled[CLIENTS + 1];

    for (int i = 0; i < CLIENTS; i++)
        polled[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
    polled[CLIENTS] = (struct pollfd){.fd = listener, .events = POLLIN};
    poll(polled, CLIENTS + 1, patience());
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd < 0)
            continue;
        if ((polled[i].revents && hear(&clients[i]) < 0) || clients[i].deadline <= now_ms())
            leave(&clients[i]);
    }
    if (polled[CLIENTS].revents) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            welcome(fd);
    }
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 12345, yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0) {
        perror("bind");
        return 1;
    }
    for (int i = 0; i < CLIENTS; i++)
        clients[i].fd = -1;
    for (;;)
        serve(listener);
}
