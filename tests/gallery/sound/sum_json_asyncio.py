"""Sum, JSON, on asyncio: a server that keeps the sum to itself and says more than it must."""

import asyncio
import codecs
import json
import random
import sys


def once(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        raise KeyError("a key stands there twice")
    return members


class Sum:
    def __init__(self):
        self.stopped = asyncio.Event()

    async def serve(self, reader, writer):
        try:
            await self.answer(await asyncio.wait_for(self.asked(reader), 20), writer)
        except (OSError, ValueError, LookupError, TypeError, RecursionError, asyncio.TimeoutError) as error:
            print(f"no answer: {error!r}")
        finally:
            writer.close()

    async def asked(self, reader):
        text = ""
        decode = codecs.getincrementaldecoder("utf-8")().decode
        while part := await reader.read(1024):
            text += decode(part)
            if len(text) > 65536 or text.strip()[:1] not in ("", "{"):
                break
            try:
                return json.loads(text, object_pairs_hook=once)
            except json.JSONDecodeError:
                continue
        raise ValueError("no object came")

    async def answer(self, asked, writer):
        name, number = asked["client_name"], asked["client_number"]
        if type(name) is not str or type(number) is not int:
            raise TypeError("a name and a number are wanted")
        if number not in range(1, 101):
            self.stopped.set()
            return
        mine = random.randint(1, 100)
        answer = {"version": 2, "server_number": mine, "server_name": "Ada ♥", "notes": ["bye", None]}
        writer.write(json.dumps(answer, indent=2, ensure_ascii=False).encode() + b"\n")
        await writer.drain()
        print(f"Client Name: {name} | Server Name: Ada ♥")
        print(f"Client Number: {number} | Server Number: {mine} | Sum: {number + mine}")


async def main(port):
    sum_server = Sum()
    server = await asyncio.start_server(sum_server.serve, "127.0.0.1", port)
    await sum_server.stopped.wait()
    server.close()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
