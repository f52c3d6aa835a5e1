import { once } from 'node:events';
import { connect } from 'node:net';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { DigestClient } from '#sip/digest/client.ts';
import { Fault } from '#sip/fault.ts';
import { mutatePacket, type seededDraw } from '#sip/fuzz.fixture.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { serialize, type SipRequest } from '#sip/message.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri } from '#sip/uri.ts';
import { newVia } from '#sip/via.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import type { AgeingSidecar } from './ageing-sidecar.fixture.ts';
import { addMailboxUser, addPhoneLine, setCounts } from './mailboxes.fixture.ts';
import { sipDomain, type Account, type Running } from './sidecar.fixture.ts';

/** Mutated WebSocket frames and SUBSCRIBEs, sent to a running task. */

type Draw = ReturnType<typeof seededDraw>;

const handshake = [
  'GET /ws HTTP/1.1',
  'Host: here',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: sip',
  '',
  '',
].join('\r\n');

/** The length of a payload in a frame of a client, whose mask bit is set (RFC 6455 §5.2). */
function lengthOf({ length }: Buffer): Buffer {
  if (length < 126) return Buffer.from([0x80 | length]);
  const extended = Buffer.alloc(length < 65_536 ? 3 : 9);
  extended[0] = 0x80 | (length < 65_536 ? 126 : 127);
  if (length < 65_536) extended.writeUInt16BE(length, 1);
  else extended.writeBigUInt64BE(BigInt(length), 1);
  return extended;
}

/** A frame with a mask of zeros. @param first FIN, reserved bits and opcode */
const frame = (payload: Buffer, first = 0x82): Buffer =>
  Buffer.concat([Buffer.from([first]), lengthOf(payload), Buffer.alloc(4), payload]);

/** Bytes of the header of a long frame. */
const headerBytes = 14;

function changeHeader(draw: Draw, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[draw(Math.min(headerBytes, bytes.length))] = draw(256);
  return changed;
}

/** How a frame is mutated: its message, its header, its kind and its parts, or any of its bytes. */
const mutations: readonly ((draw: Draw, payload: Buffer) => Buffer)[] = [
  (draw, payload) => frame(mutatePacket(draw, payload)),
  (draw, payload) => changeHeader(draw, frame(payload)),
  (draw, payload) => frame(payload.subarray(0, draw(200)), draw(256)),
  (draw, payload) => {
    const at = draw(payload.length + 1);
    return Buffer.concat([frame(payload.subarray(0, at), draw(4)), frame(payload.subarray(at), 0x80 | draw(4))]);
  },
  (draw, payload) => mutatePacket(draw, frame(payload)),
];

const options = (call: string): Buffer =>
  Buffer.from(
    [
      `OPTIONS sip:${sipDomain} SIP/2.0`,
      `Via: SIP/2.0/WS here.invalid;branch=z9hG4bK${call}`,
      `From: <sip:probe@${sipDomain}>;tag=${call}`,
      `To: <sip:${sipDomain}>`,
      `Call-ID: ${call}`,
      'CSeq: 1 OPTIONS',
      'Max-Forwards: 70',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );

/** What became of a connection with mutated frames. */
type Outcome = 'answered' | 'closed';

/** Milliseconds without a byte after which a connection is given up, whose last frame is incomplete. */
const incompleteTimeout = 8_000;
/** Frames of a connection. */
const framesPerConnection = 20;

/** Sends mutated frames and a valid OPTIONS. @param count of the connection, which names its address */
async function sendFrames({ bound }: Running, draw: Draw, count: number): Promise<Outcome> {
  const call = `probe-${count}-`;
  const frames = Array.from(
    { length: framesPerConnection },
    () =>
      // Most frames are whole: a connection ends with the first broken one.
      (draw(12) > 0 ? mutations[0] : mutations[draw(mutations.length)])?.(draw, mutatePacket(draw)) ?? Buffer.alloc(0),
  );
  const from = `127.${64 + ((count >> 14) & 63)}.${(count >> 7) & 127}.${1 + (count & 127)}`;
  const socket = connect({ host: bound.ws.address, port: bound.ws.port, localAddress: from });
  const heard: string[] = [];
  const closed = once(socket, 'close').catch(() => undefined);
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (bytes) => {
      heard.push(bytes.toString('latin1'));
      if (heard.join('').includes(`Call-ID: ${call}\r\n`)) resolve();
    });
  });
  socket.on('error', () => undefined);
  socket.write(Buffer.concat([Buffer.from(handshake), ...frames, frame(options(call))]));
  // A frame that claims to be longer than it is takes the last message in.
  socket.setTimeout(incompleteTimeout, () => socket.destroy());
  const ended = await Promise.race([answered.then(() => 'answered' as const), closed.then(() => 'closed' as const)]);
  socket.destroy();
  await closed;
  return ended;
}

/** Connections at once. */
const atOnce = 32;

/** Sends mutated frames in connections of 20. @returns how many connections ended in which way */
export async function mutateFrames(
  sidecar: Running,
  connections: number,
  draw: Draw,
): Promise<Readonly<Record<Outcome, number>>> {
  const outcomes = { answered: 0, closed: 0 };
  const wanted = Array.from({ length: connections }, (_, at) => at).values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const at of wanted) outcomes[await sendFrames(sidecar, draw, at)] += 1;
    }),
  );
  return outcomes;
}

/** A SUBSCRIBE with lines that are changed, but for the request line and the credentials. */
function mutateLines(draw: Draw, request: SipRequest): Buffer {
  const lines = serialize(request).toString('latin1').split('\r\n');
  const open = lines.flatMap((line, at) => (at === 0 || line.startsWith('Authorization:') ? [] : [at]));
  for (let remaining = 1 + draw(2); remaining > 0; remaining -= 1) {
    const at = open[draw(open.length)] ?? 1;
    lines[at] = mutatePacket(draw, Buffer.from(lines[at] ?? '', 'latin1')).toString('latin1');
  }
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

type Subscriber = { readonly phone: Phone; readonly account: Account; readonly extension: string };

/** A registered phone whose mailbox has a message. */
export async function newSubscriber({ store, sidecar, everything }: AgeingSidecar, extension: string) {
  const user = await addMailboxUser(store, extension);
  const account = await addPhoneLine(store, { device: `dev_${extension}`, user, extension });
  await setCounts(store, extension, { new: 1 });
  const phone = await sidecar.phone(account);
  everything.defer(() => phone.close());
  await eventually(async () => (await phone.register()).status === 200);
  return { phone, account, extension } satisfies Subscriber;
}

/** What a task has when nothing is left of what it was sent. */
export const nothingLeft = { transactions: 0, dialogs: 0, calls: 0, subscriptions: 0, connections: 0, faults: 0 };

/** Requests between two pauses: fewer than may be in progress. */
const burst = 100;

/**
 * Sends mutated SUBSCRIBEs with valid credentials, half of them within a subscription that the phone has.
 * @param phone registered over UDP
 */
export async function mutateSubscribes(
  { phone, account, extension }: Subscriber,
  subscribes: number,
  draw: Draw,
): Promise<void> {
  const digest = new DigestClient({ ...account, realm: null, host: sipDomain }, () => String(draw(1e9)));
  const existing = await phone.subscribe({ target: extension });
  const newSubscribe = (count: number): SipRequest => {
    const isInside = draw(2) === 0;
    return newRequest({
      method: 'SUBSCRIBE',
      uri: sipUri({ user: extension, host: sipDomain }),
      via: newVia('UDP', '127.0.0.1', phone.port, `z9hG4bKmutated${count}`),
      from: isInside
        ? existing.from
        : address(sipUri({ user: account.username, host: sipDomain }), new Parameters([['tag', `t${count}`]])),
      to: isInside ? existing.to : address(sipUri({ user: extension, host: sipDomain })),
      callId: isInside ? existing.callId : `mutated-${count}`,
      sequence: 1_000 + 2 * count,
      headers: new Headers([
        Field.of(header.contact, address(sipUri({ user: 'phone', host: '127.0.0.1', port: phone.port }))),
        Field.of(textHeader('Event'), draw(4) === 0 ? 'dialog' : 'message-summary'),
        Field.of(header.expires, [0, 60, 600][draw(3)] ?? 60),
      ]),
    });
  };
  const challenge = await phone.ask('SUBSCRIBE', { uri: `sip:${extension}@${sipDomain}` });
  const proven = digest.answer(newSubscribe(0), challenge);
  if (proven instanceof Fault) throw new Error(proven.reason);
  for (let count = 1; count <= subscribes; count += 1) {
    phone.sendRaw(mutateLines(draw, digest.authorize(newSubscribe(count))));
    if (count % burst === 0) await phone.settle();
  }
}
