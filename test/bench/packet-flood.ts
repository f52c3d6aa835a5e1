/**
 * Sends requests of strangers at a fixed rate, from a process of its own: `node packet-flood.ts <port> <rate per
 * second> <seconds> <first source> [<method> <sources>]`. Prints how many were sent.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const [port = 5_060, rate = 1, seconds = 1] = process.argv.slice(2, 5).map(Number);
const [source = '127.0.0.1', method = 'REGISTER', sources = '1'] = process.argv.slice(5);
/** Bytes that the kernel may hold for us. */
const room = 8 * 1024 * 1024;
/** Requests with a branch and a Call-ID of their own, which are sent in turn. */
const requestsOfSource = method === 'REGISTER' ? 1 : 50;

const requestOf = (address: string, own: number, at: number): Buffer =>
  Buffer.from(
    [
      `${method} sip:100@pbx.example.com SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${own};branch=z9hG4bKflood${at};rport`,
      'Max-Forwards: 70',
      'From: <sip:100@pbx.example.com>;tag=flood',
      'To: <sip:100@pbx.example.com>',
      `Call-ID: flood${at}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:100@${address}>`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );

async function openSource(at: number): Promise<readonly (readonly [Socket, Buffer])[]> {
  const [net = '127', , , last = '1'] = source.split('.');
  const address = at === 0 ? source : `${net}.8.${at % 250}.${last}`;
  const socket = createSocket({ type: 'udp4', sendBufferSize: room }).bind(0, address);
  await once(socket, 'listening');
  const { port: own } = socket.address();
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return Array.from({ length: requestsOfSource }, (_, nth) => [socket, requestOf(address, own, nth)] as const);
}

const requests = (await Promise.all(Array.from({ length: Number(sources) }, (_, at) => openSource(at)))).flat();

const begun = performance.now();
let sent = 0;
const timer = setInterval(() => {
  const elapsed = Math.min(performance.now() - begun, seconds * 1_000);
  for (const due = Math.floor((elapsed * rate) / 1_000); sent < due; sent += 1) {
    const [socket, packet] = requests[sent % requests.length] ?? [];
    if (packet !== undefined) socket?.send(packet);
  }
  if (elapsed < seconds * 1_000) return;
  clearInterval(timer);
  process.stdout.write(String(sent / seconds), () => process.exit(0));
}, 1);
