"""Reverse echo with a task for each line: the longer the line, the longer it takes."""

import asyncio
import sys

LINE_BYTES_MAX = 100_000


async def answer(writer, line):
    text = line[:-1].removesuffix(b"\r").decode()
    await asyncio.sleep(min(len(text), 50) / 1000)
    writer.write(text[::-1].encode() + b"\n")


async def serve(reader, writer):
    tasks = []
    try:
        while (line := await reader.readline()).endswith(b"\n"):
            tasks.append(asyncio.create_task(answer(writer, line)))
        await asyncio.gather(*tasks)
    except (OSError, ValueError) as error:
        print("client dropped:", error)
    writer.close()


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=LINE_BYTES_MAX)
    await server.serve_forever()


asyncio.run(main())
