// Sum greeting, a thread a client; what is out of range ends the server, and atol takes a word for 0.
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *arg) {
    int client = (int)(long)arg;
    char message[65537];
    ssize_t length = read(client, message, sizeof message - 1);
    char *separator = NULL;
    if (length > 0) {
        message[length] = 0;
        for (char *at = message; (at = strstr(at, ": ")); at++) separator = at;
    }
    if (separator && !strncmp(message, "Client of ", 10)) {
        long number = atol(separator + 2);
        int stops = number < 1 || number > 100;
        const char *answer = stops ? "Server of C: 42\nServer closing..." : "Server of C: 42";
        send(client, answer, strlen(answer), MSG_NOSIGNAL);
        if (stops) {
            close(client);
            exit(0);
        }
    }
    close(client);
    return NULL;
}

int main(int argc, char **argv) {
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 12345);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 64)) return 1;
    for (;;) {
        pthread_t thread;
        int client = accept(server, NULL, NULL);
        if (client >= 0 && !pthread_create(&thread, NULL, serve, (void *)(long)client)) pthread_detach(thread);
    }
}
