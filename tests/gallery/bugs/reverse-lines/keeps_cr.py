"""Reverse echo on asyncio."""
import asyncio
import sys


async def handle(reader, writer):
    try:
        while line := await reader.readline():
            if not line.endswith(b"\n"):
                break
            text = line[:-1].decode()
            writer.write((text[::-1] + "\n").encode())
            await writer.drain()
    except (ValueError, ConnectionError):
        pass
    writer.close()


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7201
    server = await asyncio.start_server(handle, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main())
