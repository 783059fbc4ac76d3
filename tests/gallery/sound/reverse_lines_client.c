/* Client of the reverse echo: sends each line typed and shows the answer. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether answer is text with its characters backwards, both UTF-8. */
static int is_reverse(const char *text, size_t length, const char *answer, size_t answer_length)
{
    size_t at = 0;
    if (length != answer_length)
        return 0;
    while (at < length) {
        size_t n = 1;
        while (at + n < length && (text[at + n] & 0xC0) == 0x80)
            n++;
        if (memcmp(answer + length - at - n, text + at, n) != 0)
            return 0;
        at += n;
    }
    return 1;
}

static size_t without_end(char *line, ssize_t length)
{
    if (length > 0 && line[length - 1] == '\n')
        length--;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return length;
}

static int fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    return 1;
}

static int talk(FILE *out, FILE *in)
{
    char *text = NULL, *answer = NULL;
    size_t text_size = 0, answer_size = 0;
    ssize_t typed, heard;

    for (;;) {
        printf("Client enter message: ");
        fflush(stdout);
        if ((typed = getline(&text, &text_size, stdin)) < 0)
            return 0;
        typed = without_end(text, typed);
        fwrite(text, 1, typed, out);
        fputc('\n', out);
        if (fflush(out) != 0)
            return fail("The server is gone.");
        heard = getline(&answer, &answer_size, in);
        if (heard <= 0 || answer[heard - 1] != '\n')
            return fail("The server closed the connection.");
        heard = without_end(answer, heard);
        if (!is_reverse(text, typed, answer, heard))
            return fail("The server's answer is wrong.");
        printf("Client received: %s\n", answer);
    }
}

int main(int argc, char **argv)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201)};

    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    return talk(fdopen(fd, "w"), fdopen(dup(fd), "r"));
}
