/**
 * Sends one packet again and again at a fixed rate, from one address and a process of its own: `node packet-flood.ts
 * <port> <rate per second> <seconds> <source>`. Prints how many were sent.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const [port = 5_060, rate = 1, seconds = 1] = process.argv.slice(2, 5).map(Number);
const [source = '127.0.0.1'] = process.argv.slice(5);
/** Bytes that the kernel may hold for us. */
const room = 8 * 1024 * 1024;

const socket = createSocket({ type: 'udp4', sendBufferSize: room }).bind(0, source);
await once(socket, 'listening');
const packet = Buffer.from(
  [
    'REGISTER sip:pbx.example.com SIP/2.0',
    `Via: SIP/2.0/UDP ${source}:${socket.address().port};branch=z9hG4bKflood;rport`,
    'Max-Forwards: 70',
    'From: <sip:100@pbx.example.com>;tag=flood',
    'To: <sip:100@pbx.example.com>',
    'Call-ID: flood',
    'CSeq: 1 REGISTER',
    `Contact: <sip:100@${source}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n'),
);
socket.connect(port, '127.0.0.1');
await once(socket, 'connect');

const begun = performance.now();
let sent = 0;
const timer = setInterval(() => {
  const elapsed = Math.min(performance.now() - begun, seconds * 1_000);
  for (const due = Math.floor((elapsed * rate) / 1_000); sent < due; sent += 1) socket.send(packet);
  if (elapsed < seconds * 1_000) return;
  clearInterval(timer);
  process.stdout.write(String(sent / seconds), () => process.exit(0));
}, 1);
