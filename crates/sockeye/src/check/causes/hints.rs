//! What to do about each cause, in each language.

use super::super::language::Language;
use super::Cause;

/// What to do, without a full stop.
#[expect(clippy::too_many_lines, reason = "a table, a line a cause")]
pub(super) fn hint(cause: Cause, language: Language) -> &'static str {
    use Language::{C, Go, Java, JavaScript, Python, Rust};
    match (cause, language) {
        (Cause::OneRead, Python) => {
            "recv(n) delivers 1 to n bytes of the stream: read in a loop until the message is whole, or read lines with sock.makefile()"
        }
        (Cause::OneRead, C) => {
            "recv() delivers what is there: append to a buffer until the message is whole, and only then look at it"
        }
        (Cause::OneRead, Java) => {
            "InputStream.read delivers what is there: use DataInputStream.readFully or BufferedReader.readLine, or loop"
        }
        (Cause::OneRead, Go) => {
            "conn.Read delivers what is there: use bufio.Reader.ReadString('\\n') or io.ReadFull"
        }
        (Cause::OneRead, JavaScript) => {
            "a 'data' event is a piece, not a message: append to a buffer and cut whole messages out of it"
        }
        (Cause::OneRead, Rust) => "read() delivers what is there: use BufReader::read_line or read_exact",
        (Cause::OneRead, _) => "a stream has no borders: read until the message is whole, then look at it",
        (Cause::DecodesPieces, Python) => {
            "collect bytes until the message is whole and decode it then, or use codecs.getincrementaldecoder"
        }
        (Cause::DecodesPieces, JavaScript) => {
            "use socket.setEncoding('utf8') or StringDecoder, which keep half letters for the next piece"
        }
        (Cause::DecodesPieces, _) => "collect bytes until the message is whole, and make text of it then",
        (Cause::TakesAllForOne | Cause::LosesTheRest, Python) => {
            "keep a buffer for each connection: take one message off its front at a time and leave the rest there (sock.makefile().readline() does)"
        }
        (Cause::TakesAllForOne | Cause::LosesTheRest, C) => {
            "keep a buffer for each connection: after a message move the rest to the front (memmove) and look for the next before you read again"
        }
        (Cause::TakesAllForOne | Cause::LosesTheRest, Java) => {
            "use one BufferedReader or Scanner for the whole life of the connection"
        }
        (Cause::TakesAllForOne | Cause::LosesTheRest, Go) => {
            "use one bufio.Reader for the whole life of the connection"
        }
        (Cause::TakesAllForOne | Cause::LosesTheRest, JavaScript) => {
            "append each piece to a buffer and take out every whole message in a loop"
        }
        (Cause::TakesAllForOne | Cause::LosesTheRest, Rust) => {
            "use one BufReader for the whole life of the connection"
        }
        (Cause::TakesAllForOne | Cause::LosesTheRest, _) => {
            "keep what is left after a message in a buffer, and look there first"
        }
        (Cause::OtherMembers, _) => {
            "keep a list of names for each room, answer from that of the client's own, and take a name out when its client goes elsewhere or is lost"
        }
        (Cause::ToldOtherwise, _) => {
            "keep a list of who is in each room, go through it under a lock, leave out the one who tells, and keep what is a client's own (its name) with its connection"
        }
        (Cause::OtherOrder, _) => {
            "take up a message when the one before it is answered: one loop a connection, and no thread or task for each message"
        }
        (Cause::KeepsCarriageReturn, Python) => "strip both: line.rstrip('\\r\\n')",
        (Cause::KeepsCarriageReturn, _) => "a line may end with \\r\\n: take both off",
        (Cause::NoMessageEnd, Python) => "send the newline too: sock.sendall((text + '\\n').encode())",
        (Cause::NoMessageEnd, C) => {
            "send what ends the message too (\"...\\n\"), and look at what send() returns: it may have sent a part"
        }
        (Cause::NoMessageEnd, Java) => "use println and flush, or a PrintWriter that flushes by itself",
        (Cause::NoMessageEnd, _) => "send what ends the message too, and all of it; flush where you buffer",
        (Cause::Unchecked, Python) => {
            "check before you convert, or catch what int(), json.loads() and unpacking raise (ValueError, KeyError, UnicodeDecodeError), for this one connection"
        }
        (Cause::Unchecked, C) => {
            "check lengths and what strtol or sscanf return; leave room for the closing zero byte; never trust a length that was sent"
        }
        (Cause::Unchecked, Java) => {
            "catch NumberFormatException and the like inside the loop over connections"
        }
        (Cause::Unchecked, Go) => {
            "look at err of every conversion; use defer/recover in the connection's goroutine"
        }
        (Cause::Unchecked, JavaScript) => "catch what JSON.parse throws, and add socket.on('error', …)",
        (Cause::Unchecked, Rust) => {
            "do not unwrap what a peer sends: match on the Result and close that connection"
        }
        (Cause::Unchecked, _) => {
            "look at everything that comes before you use it, and close only the connection it came from"
        }
        (Cause::OneEndsAll, Python) => "put try/except around the conversation, inside the accept loop",
        (Cause::OneEndsAll, JavaScript) => {
            "add socket.on('error', …) to each connection: without it an error ends the process"
        }
        (Cause::OneEndsAll, C) => "return from the connection's function instead of exit(); ignore SIGPIPE",
        (Cause::OneEndsAll, _) => "let a failing conversation close its own connection and nothing else",
        (Cause::OneConversation, Python) => {
            "while True: conn, address = listener.accept() … with the conversation inside"
        }
        (Cause::OneConversation, _) => "put accept into a loop, with the conversation inside",
        (Cause::OneAtATime, Python) => {
            "start a thread for each connection (threading.Thread or socketserver.ThreadingTCPServer), or use asyncio"
        }
        (Cause::OneAtATime, C) => {
            "fork or start a thread for each connection, or wait for all sockets with poll()"
        }
        (Cause::OneAtATime, Java) => "give each socket that accept() returns to a thread or an executor",
        (Cause::OneAtATime, Go) => "go handle(conn)",
        (Cause::OneAtATime, JavaScript) => {
            "do not block: everything that waits belongs into a callback or behind await"
        }
        (Cause::OneAtATime, Rust) => "std::thread::spawn for each connection, or tokio::spawn",
        (Cause::OneAtATime, _) => "give each connection a thread of its own, or wait for all of them at once",
        (Cause::FewAtATime, _) => {
            "let the number of clients not hang on the number of workers: a thread for each, a larger pool, or one loop that waits for all"
        }
        (Cause::SlowHoldsAll, Python) => {
            "setblocking(False), keep what send() did not take for each client, and send it when select says that there is room; or a thread for each client"
        }
        (Cause::SlowHoldsAll, C) => {
            "set O_NONBLOCK, keep what send() did not take for each client, and send it at POLLOUT; or a thread for each client"
        }
        (Cause::SlowHoldsAll, _) => {
            "write without blocking and keep for each client what was not taken, or give each client a thread"
        }
        (Cause::ResetUnhandled, Python) => {
            "catch ConnectionResetError and BrokenPipeError (both are OSError) around recv and send"
        }
        (Cause::ResetUnhandled, C) => {
            "recv and send may return -1 (ECONNRESET, EPIPE): close that connection; signal(SIGPIPE, SIG_IGN)"
        }
        (Cause::ResetUnhandled, Java) => "catch IOException around the conversation, inside the loop",
        (Cause::ResetUnhandled, JavaScript) => {
            "add socket.on('error', …): without it a reset ends the process"
        }
        (Cause::ResetUnhandled, _) => "a read or write may fail at any time: close that connection and go on",
        (Cause::EndUnnoticed, Python) => "if not data: break — recv returns b'' at the end",
        (Cause::EndUnnoticed, C) => "recv() == 0 is the end: leave the loop and close",
        (Cause::EndUnnoticed, Java) => "read() == -1 and readLine() == null are the end",
        (Cause::EndUnnoticed, Go) => "io.EOF is the end: return and close",
        (Cause::EndUnnoticed, Rust) => "Ok(0) is the end: leave the loop",
        (Cause::EndUnnoticed, _) => "a read that brings nothing is the end: leave the loop and close",
        (Cause::EndBeforeAnswer, JavaScript) => {
            "net.createServer({ allowHalfOpen: true }, …) and call socket.end() when all is said"
        }
        (Cause::EndBeforeAnswer, _) => "answer everything that came before the end, then close",
        (Cause::NoLimit, _) => {
            "count clients when they come and when they leave; tell one too many the busy message and close"
        }
        (Cause::NotFreed, Python) => {
            "count down in finally:, so that it happens however the conversation ends"
        }
        (Cause::NotFreed, Go) => "defer the counting down",
        (Cause::NotFreed, _) => "count down on every way out of a conversation: its end, a close, a reset",
        (Cause::NoListEnd, _) => "say what ends the list after its last part, also where the list is empty",
        (Cause::SaysMore, _) => "say nothing to this message: the next answer would be taken for it",
        (Cause::WordIsNumber, C) => {
            "atoi() returns 0 for what is no number: use strtol() and see that it read all of the text"
        }
        (Cause::WordIsNumber, _) => "see that the whole text is a number before you calculate with it",
        (Cause::LimitLow, _) => {
            "take as many clients as the limit says, and say the busy message to the next"
        }
        (Cause::CountsTwice, _) => {
            "count down once for each client, where its conversation ends, and leave the loop there"
        }
        (Cause::NoIdle, Python) => "conn.settimeout(seconds) and catch TimeoutError",
        (Cause::NoIdle, C) => "setsockopt SO_RCVTIMEO, or give poll() the time",
        (Cause::NoIdle, Java) => "socket.setSoTimeout(millis) and catch SocketTimeoutException",
        (Cause::NoIdle, Go) => "conn.SetReadDeadline before each read",
        (Cause::NoIdle, JavaScript) => "socket.setTimeout(millis, () => socket.end())",
        (Cause::NoIdle, Rust) => "set_read_timeout on the stream",
        (Cause::NoIdle, _) => "give each read a deadline, and close when it passes",
        (Cause::IdleEarly, _) => {
            "start the time anew with each message, and compare it with the convo's `idle`"
        }
        (Cause::LeaksFiles, Python) => "with conn: … closes the socket however the conversation ends",
        (Cause::LeaksFiles, Go) => "defer conn.Close()",
        (Cause::LeaksFiles, Java) => "try (Socket socket = …) { … } closes it however the conversation ends",
        (Cause::LeaksFiles, C) => {
            "close() on every way out of a conversation; after fork() the parent closes its copy too"
        }
        (Cause::LeaksFiles, _) => "close the socket on every way out of a conversation",
        (Cause::IdleFromBegin, _) => "begin to count anew whenever something comes",
        (Cause::NeverForgets, _) => {
            "keep with each address when it last spoke, and take out those that are over the idle time"
        }
        (Cause::TakesTooMuch, _) => {
            "look for what grows with each message or client: a list never emptied, a process or thread never ended"
        }
        (Cause::LeaksMemory, _) => "take clients out of your lists and maps when they leave",
        (Cause::Spins, Python) => "if not data: break — recv returns b'' again and again after the end",
        (Cause::Spins, _) => {
            "leave the loop at the end of a connection, and wait in poll, select or a read rather than ask"
        }
        (Cause::NoReuse, Python) => {
            "listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) before bind"
        }
        (Cause::NoReuse, C) => {
            "int on = 1; setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) before bind"
        }
        (Cause::NoReuse, Java) => "new ServerSocket(), setReuseAddress(true), then bind",
        (Cause::NoReuse, _) => "set SO_REUSEADDR before bind",
        (Cause::IgnoresTerm, _) => "end when SIGTERM comes, in good order or at once",
        (Cause::WrongBorder, Python) => "compare as the convo does: `1 <= n <= 100` includes both",
        (Cause::WrongBorder, _) => "compare as the convo does: `in 1..100` includes both ends",
        (Cause::WrongValue, _) => "compute it as the line of the convo says",
        (Cause::WrongMessage, _) => "compare what came with the line of the convo, letter by letter",
        (Cause::NeverAnswers, Python) => {
            "do not wait for more than the message: recv returns what is there, readline waits for a newline, read() for the end"
        }
        (Cause::NeverAnswers, Java) => "readLine waits for a newline; flush what you write",
        (Cause::NeverAnswers, _) => {
            "find out for what it waits: a read that wants more than the message has, an answer that was not flushed"
        }
        (Cause::ClosesEarly, _) => {
            "look for the branch in which the answer is left out, and for an error that closes"
        }
        (Cause::LeftOpen, _) => "close the socket when all is said",
        (Cause::StopsHard, C) => {
            "return from main, or exit(0), once the last answer is sent; do not kill the process"
        }
        (Cause::StopsHard, Python) => "let the main thread return: os.kill and os._exit(1) tell of a failure",
        (Cause::StopsHard, _) => "leave the accept loop and end with exit code 0",
        (Cause::DoesNotStop, _) => "leave the accept loop and end where the convo says `stop`",
        (Cause::SmallBuffer, Python) => {
            "recv(1024) delivers at most 1024 bytes: loop until the message is whole"
        }
        (Cause::SmallBuffer, _) => {
            "read until the message is whole, however long it is, up to a limit that you choose"
        }
        (Cause::BytesForLetters, Python) => "decode first, then count or turn: len(text), text[::-1]",
        (Cause::BytesForLetters, C) => {
            "step over UTF-8 letters: bytes with (b & 0xC0) == 0x80 belong to the letter before"
        }
        (Cause::BytesForLetters, Go) => "[]rune(text) has letters, text has bytes",
        (Cause::BytesForLetters, Rust) => "text.chars() has letters, text.len() counts bytes",
        (Cause::BytesForLetters, JavaScript) => "[...text] has letters; text.split('') cuts some in two",
        (Cause::BytesForLetters, _) => "make text of the bytes first; count and turn letters",
        (Cause::Forgets, _) => {
            "keep it in one place that all conversations share, under a lock where there are threads"
        }
        (Cause::AlwaysRefuses, _) => {
            "look why it cannot be done: a path, a right, a condition the wrong way round"
        }
        (Cause::OtherNumbers, _) => "count what is added, from 1 on, and keep the number with it",
        (Cause::OtherPort, _) => "answer with sendto on the socket on which the datagram came",
        (Cause::SharedState, _) => {
            "make what belongs to one conversation a local variable of the function that has it"
        }
        (Cause::DoesNotSurvive, _) => {
            "bound what you keep of a message that does not end, and close that connection"
        }
        (Cause::WideNumbers, C) => "use long long and strtoll, and check errno for ERANGE",
        (Cause::WideNumbers, Java) => "use long or BigInteger",
        (Cause::WideNumbers, Go) => "use int64 or math/big",
        (Cause::WideNumbers, JavaScript) => "use BigInt: a Number is exact up to 2^53",
        (Cause::WideNumbers, _) => "use a wider type, and refuse what does not fit it",
        (Cause::ClosesOnOdd, _) => {
            "allow what the type in the convo allows: sign, leading zeros, white space around an int"
        }
        (Cause::StripsSpace, Python) => "take off the newline only: line.removesuffix('\\n'), not strip()",
        (Cause::StripsSpace, _) => "take off what ends the message, and nothing else",
        (Cause::ResemblingWord, C) => {
            "compare all of it and its length: strncmp looks at a beginning, strcasecmp at no case, strstr anywhere"
        }
        (Cause::ResemblingWord, Python) => {
            "compare with ==: startswith, in and a regular expression without $ look at a part, lower() forgets the case"
        }
        (Cause::ResemblingWord, _) => "compare the whole text with the word, as the convo does",
        (Cause::NulEnds, C) => {
            "keep the length that was read and use memchr, memcpy and write: strlen and %s stop at a zero byte"
        }
        (Cause::NulEnds, _) => "a zero byte is a byte like any other: go by the length",
        (Cause::EmptyIsEnd, Python) => "recv returning b'' is the end; an empty line is b'\\n'",
        (Cause::EmptyIsEnd, _) => "only a read that brings nothing is the end; an empty message is a message",
        (Cause::Truncates, Python) => "a // b and a % b round down; int(a / b) and math.fmod() do not",
        (Cause::Truncates, Java) => "Math.floorDiv(a, b) and Math.floorMod(a, b) round down",
        (Cause::Truncates, _) => {
            "where a % b is not 0 and the signs of a and b differ, the quotient is one less"
        }
        (Cause::Negative, Python) => "int(text) takes signs; isdigit() does not",
        (Cause::Negative, _) => "read the sign too, into a signed type",
        (Cause::ByteOrder, C) => "htonl and ntohl, htons and ntohs",
        (Cause::ByteOrder, Python) => "struct.pack('>i', n), int.to_bytes(4, 'big', signed=True)",
        (Cause::ByteOrder, _) => "write numbers big-endian (network byte order)",
        (Cause::PartSent, Python) => "sendall instead of send; after a timeout it is not known how much went",
        (Cause::PartSent, C) => "look at what send() returns and send the rest in a loop",
        (Cause::PartSent, _) => "write in a loop until all of it has gone",
        (Cause::Sigpipe, C) => {
            "signal(SIGPIPE, SIG_IGN), or send with MSG_NOSIGNAL, and look at what it returns"
        }
        (Cause::Sigpipe, _) => "ignore SIGPIPE and handle the error that write then returns",
        (Cause::Zombies, C) => "signal(SIGCHLD, SIG_IGN), or waitpid(-1, NULL, WNOHANG) now and then",
        (Cause::Zombies, _) => "wait for each child, or ignore SIGCHLD",
        (Cause::OneDatagram, _) => "one sendto for each message",
        (Cause::LosesDatagrams, _) => {
            "read each datagram by a recvfrom of its own, and keep what it says before the next"
        }
        (Cause::LastAddress, _) => {
            "answer the address that recvfrom returned with this datagram, and keep state for each address"
        }
        (Cause::UnknownVerb, _) => "have a branch for everything else: ignore it, or close that connection",
        (Cause::MissingKey, Python) => "message.get(key), or catch KeyError, for this one connection",
        (Cause::MissingKey, _) => "look whether the key is there before you use it",
        (Cause::NotUtf8, Python) => "catch UnicodeDecodeError, or decode(errors='replace')",
        (Cause::NotUtf8, Rust) => "String::from_utf8_lossy, or close that connection on Err",
        (Cause::NotUtf8, _) => "check before you decode, and close only that connection",
        (Cause::EmptyDatagram, _) => "an empty datagram is not an end: ignore it and read on",
        (Cause::Endless, _) => "bound the length of a message, and close a connection that goes beyond it",
        (Cause::SaysLeaving, _) => {
            "look at what was typed before you send it, and close the connection at that word"
        }
        (Cause::HangsAtClose, Python) => "if not data: break — recv returns b'' when the server has closed",
        (Cause::HangsAtClose, C) => "recv() == 0 says that the server has closed",
        (Cause::HangsAtClose, _) => "a read that brings nothing says that the server has closed: end",
        (Cause::Believes, _) => "compute it yourself, compare, and say so when it differs",
        (Cause::NotBusy, _) => "compare the first message with the busy message of the convo",
        (Cause::HearsAnybody, Python) => {
            "sock.connect(address) on the UDP socket, or compare what recvfrom returns with the server's address"
        }
        (Cause::HearsAnybody, _) => {
            "connect() the UDP socket, or compare the sender with the server's address"
        }
        (Cause::WaitsForEver, Python) => "sock.settimeout(seconds), and ask again or give up",
        (Cause::WaitsForEver, _) => "give each read a deadline, and ask again or give up",
        (Cause::ReadsOnce, _) => "read until the message that ends the list",
        (Cause::ShowsOther, C) => "show as many bytes as were read, and end the text there with a zero byte",
        (Cause::ShowsOther, _) => "show what was read, all of it and nothing else",
        (Cause::OtherSender, _) => {
            "store the sender's address beside the text when it comes, and read it from there"
        }
        (Cause::KeepsApart, _) => {
            "keep it in one list that lives as long as the program, not in a variable of the conversation"
        }
        (Cause::OmitsText, _) => "print what each `C>` line says, where it stands in the conversation",
        (Cause::SaysTooLate, _) => {
            "follow the convo line by line: what is said before what is heard, and flush it"
        }
        (Cause::SaysOther, _) => "send what was typed, without its newline and as it is",
        (Cause::ClosesOnText, _) => {
            "read the text as bytes up to what ends it, and do not demand more of it than the convo says"
        }
        (Cause::Separator, Python) => {
            "look for the separator once, from the side where it cannot be part of the text: split(sep, 1) or rsplit(sep, 1)"
        }
        (Cause::Separator, _) => {
            "look for the separator from the side where it cannot be part of the text, and split there alone"
        }
        (Cause::NoSpaces, C) => "scanf's %s ends at a blank: use %[^…], or look for what ends the text",
        (Cause::NoSpaces, _) => "take all up to what ends the text: a pattern as (.*), not \\w+ or split()",
        (Cause::OtherLineEnds, Python) => {
            "split at b'\\n' before decoding; str.splitlines() splits at \\x0b, \\x0c, \\x85 and \\u2028 too"
        }
        (Cause::OtherLineEnds, Java) => {
            "BufferedReader.readLine() and Scanner end a line at a lone \\r too: collect the bytes up to '\\n', and drop one '\\r' before it"
        }
        (Cause::OtherLineEnds, _) => "end a line at the newline byte alone",
        (Cause::LetterCase, _) => "compare the words of a message after making them lower or upper case",
        (Cause::NeverConnects, _) => "connect to the port that is given, whatever was typed",
        (Cause::EndIsAnswer, Python) => "recv() == b'' is no answer: the server has closed; say so and end",
        (Cause::EndIsAnswer, _) => "look whether a read brought anything: where it did not, say so and end",
        (Cause::NotFlushed, Python) => {
            "wfile.flush() after each answer, or socket.sendall(), which has no buffer"
        }
        (Cause::NotFlushed, Java) => {
            "out.flush() after each answer, or new PrintWriter(stream, true) and println"
        }
        (Cause::NotFlushed, C) => "fflush() after each answer, or write() and send(), which have no buffer",
        (Cause::NotFlushed, Rust | Go) => "flush the buffered writer after each answer",
        (Cause::NotFlushed, _) => "write each answer out when it is complete: flush what buffers it",
        (Cause::LengthOrder, Python) => "struct.unpack('>H', …): > is big-endian, H has 16 bits, I has 32",
        (Cause::LengthOrder, C) => "ntohs() and ntohl() turn what came, htons() and htonl() what is sent",
        (Cause::LengthOrder, _) => "read the length big-endian, in the number of bytes that the convo names",
        (Cause::HoldsBack, _) => {
            "flush after each answer, not only when there is nothing more to read: the rest of the next message may come late"
        }
        (Cause::OtherPadding, Python) => {
            "PKCS1_OAEP.new(key), or padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)"
        }
        (Cause::OtherPadding, Java) => "Cipher.getInstance(\"RSA/ECB/OAEPWithSHA-1AndMGF1Padding\")",
        (Cause::OtherPadding, _) => "name the padding and both of its hashes explicitly",
        (Cause::NoKey, Python) => {
            "key.publickey().export_key(), or public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)"
        }
        (Cause::NoKey, _) => {
            "export the public key as PEM, as SubjectPublicKeyInfo (X.509), not as PKCS #1 or DER"
        }
        (Cause::GivesUpEarly, _) => "wait some seconds for an answer before you give up, and say so then",
        (Cause::RefusesTyped, Python) => {
            "send what input() gave as it is: whether it fits is for the server to say"
        }
        (Cause::RefusesTyped, _) => "send what was typed as it is: whether it fits is for the server to say",
        (Cause::EncodesOtherwise, Python) => "text.encode() is UTF-8; name no other encoding",
        (Cause::EncodesOtherwise, Java) => "text.getBytes(StandardCharsets.UTF_8)",
        (Cause::EncodesOtherwise, JavaScript) => "socket.write(text) is UTF-8; name no other encoding",
        (Cause::EncodesOtherwise, _) => "make bytes of the text by UTF-8",
        (Cause::Unknown, _) => "repeat the case alone with the command below and watch the program",
    }
}
