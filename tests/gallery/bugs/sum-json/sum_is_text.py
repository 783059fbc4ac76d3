import asyncio
import json
import random
import sys


async def serve(reader, writer):
    text = b""
    try:
        while len(text) < 65536 and (part := await reader.read(4096)):
            text += part
            try:
                request = json.loads(text)
            except ValueError:
                continue
            await answer(request, writer)
            break
    except (ConnectionError, RecursionError):
        pass
    writer.close()


async def answer(request, writer):
    if not isinstance(request, dict):
        return
    name, number = request.get("client_name"), request.get("client_number")
    if type(name) is not str or type(number) is not int:
        return
    if number < 1 or number > 100:
        stopped.set()
        return
    mine = random.randint(1, 100)
    reply = {"server_name": "Dave", "server_number": mine, "sum": f"{number + mine}"}
    writer.write(json.dumps(reply).encode())
    await writer.drain()


async def main(port):
    global stopped
    stopped = asyncio.Event()
    await asyncio.start_server(serve, "127.0.0.1", port)
    await stopped.wait()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
