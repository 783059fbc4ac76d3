/* The message board that keeps whatever bytes it is given, text or not. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NOTES_MAX 10000

static struct { char *bytes; size_t length; } notes[NOTES_MAX];
static char message[65536];

int main(int argc, char **argv)
{
    static const char bye[] = "<<--bye-->>";
    size_t count = 0;
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons(argc > 1 ? atoi(argv[1]) : 1234),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (bind(sock, (struct sockaddr *)&addr, sizeof addr) < 0)
        return 1;
    for (;;) {
        socklen_t size = sizeof addr;
        ssize_t length = recvfrom(sock, message, sizeof message, 0, (struct sockaddr *)&addr, &size);
        if (length == 3 && memcmp(message, "GET", 3) == 0) {
            for (size_t i = 0; i < count; i++)
                sendto(sock, notes[i].bytes, notes[i].length, 0, (struct sockaddr *)&addr, size);
            sendto(sock, bye, sizeof bye - 1, 0, (struct sockaddr *)&addr, size);
        } else if (length >= 5 && memcmp(message, "POST ", 5) == 0 && count < NOTES_MAX) {
            size_t kept = length - 5;
            if (kept == sizeof bye - 1 && memcmp(message + 5, bye, kept) == 0)
                continue;
            notes[count].bytes = malloc(kept + 1);
            memcpy(notes[count].bytes, message + 5, kept);
            notes[count++].length = kept;
        }
    }
}
