/* Client of the reverse echo. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET};
    char text[1024], reply[1024] = "";
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    server.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7200);
    server.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    for (;;) {
        printf("Client enter message: ");
        fflush(stdout);
        if (fgets(text, sizeof text, stdin) == NULL)
            break;
        text[strcspn(text, "\n")] = '\0';
        send(fd, text, strlen(text), MSG_NOSIGNAL);
        if (recv(fd, reply, sizeof reply, 0) <= 0) {
            fprintf(stderr, "The server is gone.\n");
            return 1;
        }
        printf("Client received: %s\n", reply);
        if (strcasecmp(text, "end") == 0) {
            printf("Client termination called by message \"%s\" and response \"%s\"\n", text, reply);
            break;
        }
    }
    close(fd);
    return 0;
}
