/* Reverse client. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 64

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET};
    char *text = NULL, answer[SIZE];
    size_t size = 0;
    ssize_t n;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    FILE *in;

    server.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7201);
    server.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    in = fdopen(dup(fd), "r");
    printf("Client enter message: ");
    fflush(stdout);
    while ((n = getline(&text, &size, stdin)) > 0) {
        if (text[n - 1] != '\n')
            text[n++] = '\n';
        send(fd, text, n, MSG_NOSIGNAL);
        if (fgets(answer, SIZE, in) == NULL) {
            fprintf(stderr, "The server closed the connection.\n");
            return 1;
        }
        answer[strcspn(answer, "\r\n")] = '\0';
        printf("Client received: %s\nClient enter message: ", answer);
        fflush(stdout);
    }
    return 0;
}
