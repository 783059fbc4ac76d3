"""Reverse echo server on asyncio streams."""

import asyncio
import sys


async def chat(reader, writer):
    try:
        while True:
            line = await reader.readuntil(b"\n")
            text = line[:-1].removesuffix(b"\r").decode("utf-8")
            writer.write(text[::-1].encode("utf-8") + b"\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    except (ConnectionError, UnicodeDecodeError) as e:
        print("closing a client:", e)
    finally:
        writer.close()


async def main(port):
    server = await asyncio.start_server(chat, "127.0.0.1", port, limit=65536)
    async with server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7201))
