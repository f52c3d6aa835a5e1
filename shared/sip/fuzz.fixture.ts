/** Packets that are mutated from the torture messages by a seed, and the invariants of the parser for each. */
import { authentication } from './digest/authentication.ts';
import { newResponse } from './build.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import type { HeaderKind, Headers } from './headers.ts';
import { inspect } from './inspection.ts';
import { parseMessage, serialize, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { markSource, responseTarget } from './routing/response.ts';
import { tortureMessages } from './torture.fixture.ts';
import { clientKey, mergeKey, serverKey } from './transaction/matching.ts';
import { isSameUri } from './uri-equality.ts';

/** Draws an integer from 0 (inclusive) to `below` (exclusive). */
type Draw = (below: number) => number;

/** A pseudo-random generator: the same seed yields the same integers (mulberry32). */
export function seededDraw(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const sources = [...tortureMessages.values()];

/** Text that breaks lines, values, numbers and quotes. */
const pieces = [
  '\r\n',
  '\r',
  '\n',
  '\r\n ',
  '\r\n\r\n',
  ':',
  ';',
  ',',
  '"',
  '\\',
  '<',
  '>',
  '@',
  '%',
  '%00',
  '%zz',
  '[',
  ']',
  '=',
  '?',
  '*',
  ' ',
  '\t',
  '\0',
  '\x7f',
  '\xff\xfe',
  '\xc3\xa9',
  '4294967296',
  '-1',
  'SIP/2.0',
  'Via: ',
  'v:x',
  'Contact: *',
  'tag=',
  '<sip:',
  '<<<<',
  '""""',
  ';;;;',
  ',,,,',
].map((text) => Buffer.from(text, 'latin1'));

const position = (draw: Draw, bytes: Buffer): number => draw(bytes.length + 1);
const replaceRange = (bytes: Buffer, from: number, to: number, put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(Math.max(from, to))]);
const randomSlice = (draw: Draw, bytes: Buffer, max: number): Buffer => {
  const from = position(draw, bytes);
  return bytes.subarray(from, from + draw(max));
};
const randomPiece = (draw: Draw): Buffer => pieces[draw(pieces.length)] ?? Buffer.alloc(0);
const randomMessage = (draw: Draw): Buffer => sources[draw(sources.length)] ?? Buffer.alloc(0);

const mutations: readonly ((bytes: Buffer, draw: Draw) => Buffer)[] = [
  (bytes, draw) => {
    const changed = Buffer.from(bytes);
    if (bytes.length > 0) changed[draw(bytes.length)] = draw(256);
    return changed;
  },
  (bytes, draw) => {
    const at = position(draw, bytes);
    return replaceRange(bytes, at, at + draw(40), Buffer.alloc(0));
  },
  (bytes, draw) => {
    const at = position(draw, bytes);
    return replaceRange(bytes, at, at + draw(4), randomPiece(draw));
  },
  (bytes, draw) => {
    const at = position(draw, bytes);
    return replaceRange(bytes, at, at, randomSlice(draw, randomMessage(draw), 200));
  },
  (bytes, draw) => {
    const at = position(draw, bytes);
    return replaceRange(bytes, at, at, randomSlice(draw, bytes, 400));
  },
  (bytes, draw) => bytes.subarray(0, position(draw, bytes)),
  (bytes, draw) => {
    const at = position(draw, bytes);
    return replaceRange(bytes, at, at, Buffer.concat(Array<Buffer>(draw(300)).fill(randomPiece(draw))));
  },
];

/** A message with one to three changes; default: a torture message. */
export function mutatePacket(draw: Draw, original: Buffer = randomMessage(draw)): Buffer {
  let bytes = original;
  for (let remaining = 1 + draw(3); remaining > 0; remaining -= draw(2) + 1)
    bytes = mutations[draw(mutations.length)]?.(bytes, draw) ?? bytes;
  return bytes;
}

const kinds = [
  ...Object.values(header),
  ...Object.values(authentication).flatMap(({ challenge, credentials }) => [challenge, credentials]),
] as readonly HeaderKind<unknown>[];

/** Limits for printed messages, which may be slightly longer than the parsed ones. */
const roomy = { bytes: 200_000, headBytes: 200_000, fields: 512 };

const abilities = {
  methods: ['REGISTER', 'OPTIONS'],
  known: ['INVITE'],
  schemes: ['sip'],
  extensions: [],
  bodies: ['application/sdp'],
  answers: ['application/sdp'],
};

/** Does everything that the stack does with a packet of an unknown sender. */
function handle(bytes: Buffer): ReturnType<typeof parseMessage> {
  const message = parseMessage(bytes);
  if (message.kind === 'malformed') {
    if (message.answerTo !== null)
      serialize(newResponse(message.answerTo, { status: message.code, reason: message.reason, toTag: 't' }));
    return message;
  }
  for (const kind of kinds) message.headers.all(kind);
  clientKey(message);
  responseTarget(message.via);
  if (message.kind === 'response') return message;
  inspect(message, abilities);
  serverKey(message);
  mergeKey(message);
  isSameUri(message.uri, message.uri);
  serialize(answerTo(message));
  return message;
}

const answerTo = (request: SipRequest): SipResponse =>
  newResponse(markSource(request, { address: '192.0.2.99', port: 4_711 }), { status: 200, toTag: 't' });

/** Handles a packet and checks the invariants. @returns how it was handled @throws Error if an invariant is violated */
export function assertHandled(bytes: Buffer): 'message' | 'answered' | 'dropped' {
  const message = handle(bytes);
  if (message.kind === 'malformed') return message.answerTo === null ? 'dropped' : 'answered';
  for (const kind of kinds) assertRoundTrip(message.headers, kind);
  if (message.kind === 'request') {
    if (!isSameUri(message.uri, message.uri)) throw new Error('a URI does not equal itself');
    if (parseMessage(serialize(answerTo(message)), roomy).kind !== 'response')
      throw new Error('our response is malformed');
  }
  const again = parseMessage(serialize(message), roomy);
  if (again.kind === 'malformed') throw new Error(`the printed message is malformed: ${again.reason}`);
  const [first, second] = [contentOf(message), contentOf(again)];
  if (first !== second) throw new Error(`the printed message differs:\n${first}\n${second}`);
  return 'message';
}

/** Each readable value of a header is printed, parsed again, and printed equally. @throws Error if it is not */
function assertRoundTrip<Value>(headers: Headers, kind: HeaderKind<Value>): void {
  const values = headers.all(kind);
  if (values instanceof Fault) return;
  for (const value of values) {
    const printed = kind.print(value);
    const again = kind.parse(printed);
    if (again instanceof Fault || kind.print(again) !== printed)
      throw new Error(`${kind.name}: ${printed} is not parsed as it was printed`);
  }
}

/** The content of a message without Content-Length, which printing corrects. */
function contentOf(message: SipMessage): string {
  const start =
    message.kind === 'request'
      ? [
          message.method,
          header.referTo.print({ display: undefined, uri: message.uri, parameters: message.via.parameters }),
        ]
      : [message.status, message.reason];
  const fields = [...message.headers]
    .filter(({ key }) => key !== header.contentLength.key)
    .map(({ key, value }) => [key, value]);
  return JSON.stringify([start, fields, message.body.toString('latin1')]);
}

/**
 * Microseconds to handle a packet: the minimum of ten runs, or the first run that is fast enough, as other processes
 * may delay a run. (The CPU time of the thread has steps of 4 ms here.)
 */
export function measureCost(bytes: Buffer, max: number): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 10 && fastest > max; tries += 1) {
    const began = performance.now();
    handle(bytes);
    fastest = Math.min(fastest, (performance.now() - began) * 1_000);
  }
  return fastest;
}

/** The rest of a valid request after `SIP/2.0`. */
const plain =
  '\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c\r\n' +
  'CSeq: 1 OPTIONS\r\n';

/** Text around a repetition, so that parsers get far before they reach it, or search for a closing character. */
const frames: readonly (readonly [before: string, after: string])[] = [
  ['', ''],
  ['<sip:a@b>', ''],
  ['<sip:a@b>;x', '=1'],
  ['a\r\n ', 'b'],
  ['"', ''],
  ['<sip:a@b', '>'],
  ['a/b;c="', ''],
  ['SIP/2.0/UDP h', ';x'],
  ['Digest a="b"', ','],
];

/** The repeated texts: single characters, and short values. */
const repeated = [
  ...pieces.map((each) => each.toString('latin1')),
  'a',
  '1',
  'a,',
  'sip:a,',
  '<sip:a>,',
  ';a',
  ';a=b',
  'a=b,',
  'a.',
  '1.',
  'a/',
  '::',
  '%41',
  'SIP/2.0/UDP a,',
  '\\"',
  'a b ',
];

/** Prefixes of Request-URIs. */
const targets = ['', 'sip:', 'sip:a@', 'sip:a@[', 'sip:a@b:', 'sip:a@b;x=', 'sip:a@b?x=', 'tel:', 'urn:'];

/** One header of each form of value. */
const forms = [
  header.via,
  header.from,
  header.contact,
  header.callId,
  header.cseq,
  header.maxForwards,
  header.contentType,
  header.allow,
  header.date,
  header.subject,
];

/** Packets of the maximum size, each with a Request-URI or a header that repeats one text. */
export function* repetitivePackets(): Generator<Buffer> {
  for (const target of targets)
    for (const text of repeated)
      yield Buffer.from(`OPTIONS ${target}${text.repeat(32_000 / text.length)} SIP/2.0${plain}\r\n`, 'latin1');
  for (const { name } of [...forms, authentication.user.credentials]) {
    for (const [before, after] of frames) {
      for (const text of repeated)
        yield Buffer.from(
          `OPTIONS sip:a@b SIP/2.0${plain}${name}: ${before}${text.repeat(32_000 / text.length)}${after}\r\n\r\n`,
          'latin1',
        );
    }
  }
}
