/* Message board over UDP. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char END[] = "<<--bye-->>";

struct note {
    struct note *next;
    size_t length;
    char text[];
};

static struct note *first, **last = &first;

static void keep(const char *text, size_t length)
{
    struct note *note;

    if (length == strlen(END) && memcmp(text, END, length) == 0)
        return;
    note = malloc(sizeof *note + length);
    if (note == NULL)
        return;
    note->next = NULL;
    note->length = length;
    memcpy(note->text, text, length);
    *last = note;
    last = &note->next;
}

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

int main(int argc, char **argv)
{
    static char request[65536];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 1234)};

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("bind");
        return 1;
    }
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(fd, request, sizeof request, 0, (struct sockaddr *)&from, &size);

        if (n >= 5 && memcmp(request, "POST ", 5) == 0 && is_text((unsigned char *)request, n))
            keep(request + 5, n - 5);
        if (n != 3 || memcmp(request, "GET", 3) != 0)
            continue;
        for (struct note *note = first; note != NULL; note = note->next)
            sendto(fd, note->text, note->length, 0, (struct sockaddr *)&from, size);
        sendto(fd, END, strlen(END), 0, (struct sockaddr *)&from, size);
    }
}
