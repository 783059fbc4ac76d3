"""JSON sum server"""
import json
import logging
import random
import socket
import sys
import threading

logging.basicConfig(level=logging.INFO, format="[%(levelname)s] [%(funcName)s]: %(message)s")


def handle_client(client_socket, server_socket):
    try:
        data = json.loads(client_socket.recv(65536).decode("utf-8"))
        name, number = data["client_name"], data["client_number"]
        if type(number) is not int or type(name) is not str:
            raise ValueError("wrong types")
        if not 1 <= number <= 100:
            server_socket.shutdown(socket.SHUT_RDWR)
            return
        mine = random.randint(1, 100)
        response = {"server_name": "Bob's server", "server_number": mine, "sum": number + mine}
        client_socket.sendall(json.dumps(response).encode("utf-8"))
        logging.info("Client Number: %d | Server Number: %d | Sum: %d", number, mine, number + mine)
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as e:
        logging.error("%r", e)
    finally:
        client_socket.close()


def start_server(port):
    server_socket = socket.create_server(("127.0.0.1", port), backlog=50)
    logging.info("listening on port %d", port)
    while True:
        try:
            client_socket, addr = server_socket.accept()
        except OSError:
            break
        threading.Thread(target=handle_client, args=(client_socket, server_socket)).start()


start_server(int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
