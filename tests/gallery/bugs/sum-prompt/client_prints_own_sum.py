"""Client of the sum of two numbers, in asyncio."""

import asyncio
import sys


async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    loop = asyncio.get_running_loop()

    async def hear():
        data = await reader.read(4096)
        if not data:
            sys.exit("The server closed the connection.")
        if data == b"Server Is Busy":
            sys.exit(data.decode())
        return data.decode("utf-8", "replace")

    async def say(prompt):
        text = await loop.run_in_executor(None, input, prompt)
        if text == "Exit":
            raise EOFError
        writer.write(text.encode())
        await writer.drain()
        return text

    try:
        print(await hear())
        while True:
            first = await say("First number: ")
            await hear()
            second = await say("Second number: ")
            heard = await hear()
            try:
                print(int(first) + int(second))
            except ValueError:
                print(heard)
    except EOFError:
        writer.close()


try:
    asyncio.run(main())
except OSError as error:
    sys.exit(f"Error: {error}")
