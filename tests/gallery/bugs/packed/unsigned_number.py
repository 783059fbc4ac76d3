import asyncio
import struct
import sys


async def serve(reader, writer):
    try:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
        name = (await reader.readexactly(length)).decode()
        (number,) = struct.unpack(">I", await reader.readexactly(4))
        print(f"{name}: {number}")
        writer.write(struct.pack(">ii", 42, number + 42))
        await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, UnicodeDecodeError, struct.error):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 7512)
    await server.serve_forever()


asyncio.run(main())
