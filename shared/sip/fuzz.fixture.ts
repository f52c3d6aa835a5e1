/** Packets mutated from the torture messages by seed, and what must hold of the parser for each. */
import { authentication } from './digest/authentication.ts';
import { newResponse } from './build.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import type { HeaderKind, Headers } from './headers.ts';
import { inspect } from './inspection.ts';
import { parseMessage, serialize, type SipMessage, type SipRequest, type SipResponse } from './message.ts';
import { markSource, responseTarget } from './routing/response.ts';
import { tortures } from './torture.fixture.ts';
import { clientKey, mergeKey, serverKey } from './transaction/matching.ts';
import { sameUri } from './uri-equality.ts';

type Draw = (below: number) => number;

/** The same whole numbers for the same seed (mulberry32). */
export function draws(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const sources = [...tortures.values()];

/** What breaks lines, values, numbers and quotes. */
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

const within = (draw: Draw, bytes: Buffer): number => draw(bytes.length + 1);
const cut = (bytes: Buffer, from: number, to: number, put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(Math.max(from, to))]);
const some = (draw: Draw, bytes: Buffer, most: number): Buffer => {
  const from = within(draw, bytes);
  return bytes.subarray(from, from + draw(most));
};
const piece = (draw: Draw): Buffer => pieces[draw(pieces.length)] ?? Buffer.alloc(0);
const source = (draw: Draw): Buffer => sources[draw(sources.length)] ?? Buffer.alloc(0);

const mutations: readonly ((bytes: Buffer, draw: Draw) => Buffer)[] = [
  (bytes, draw) => {
    const changed = Buffer.from(bytes);
    if (bytes.length > 0) changed[draw(bytes.length)] = draw(256);
    return changed;
  },
  (bytes, draw) => {
    const at = within(draw, bytes);
    return cut(bytes, at, at + draw(40), Buffer.alloc(0));
  },
  (bytes, draw) => {
    const at = within(draw, bytes);
    return cut(bytes, at, at + draw(4), piece(draw));
  },
  (bytes, draw) => {
    const at = within(draw, bytes);
    return cut(bytes, at, at, some(draw, source(draw), 200));
  },
  (bytes, draw) => {
    const at = within(draw, bytes);
    return cut(bytes, at, at, some(draw, bytes, 400));
  },
  (bytes, draw) => bytes.subarray(0, within(draw, bytes)),
  (bytes, draw) => {
    const at = within(draw, bytes);
    return cut(bytes, at, at, Buffer.concat(Array<Buffer>(draw(300)).fill(piece(draw))));
  },
];

/** A torture message with one to three changes. */
export function mutated(draw: Draw): Buffer {
  let bytes = source(draw);
  for (let left = 1 + draw(3); left > 0; left -= draw(2) + 1)
    bytes = mutations[draw(mutations.length)]?.(bytes, draw) ?? bytes;
  return bytes;
}

const kinds = [
  ...Object.values(header),
  ...Object.values(authentication).flatMap(({ challenge, credentials }) => [challenge, credentials]),
] as readonly HeaderKind<unknown>[];

/** What we print may be a little longer than what we read. */
const roomy = { bytes: 200_000, headBytes: 200_000, fields: 512 };

const abilities = {
  methods: ['REGISTER', 'OPTIONS'],
  known: ['INVITE'],
  schemes: ['sip'],
  extensions: [],
  bodies: ['application/sdp'],
  answers: ['application/sdp'],
};

/** Everything that the stack does with a packet, whoever sent it. */
function take(bytes: Buffer): ReturnType<typeof parseMessage> {
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
  sameUri(message.uri, message.uri);
  serialize(answerTo(message));
  return message;
}

const answerTo = (request: SipRequest): SipResponse =>
  newResponse(markSource(request, { address: '192.0.2.99', port: 4_711 }), { status: 200, toTag: 't' });

/** Takes a packet, and looks at what was made of it. @throws where something does not hold */
export function survive(bytes: Buffer): 'message' | 'answered' | 'dropped' {
  const message = take(bytes);
  if (message.kind === 'malformed') return message.answerTo === null ? 'dropped' : 'answered';
  for (const kind of kinds) readAll(message.headers, kind);
  if (message.kind === 'request') {
    if (!sameUri(message.uri, message.uri)) throw new Error('a URI is not equal to itself');
    if (parseMessage(serialize(answerTo(message)), roomy).kind !== 'response')
      throw new Error('our answer is malformed');
  }
  const again = parseMessage(serialize(message), roomy);
  if (again.kind === 'malformed') throw new Error(`what was printed is malformed: ${again.reason}`);
  const [first, second] = [said(message), said(again)];
  if (first !== second) throw new Error(`parsed again it says another thing:\n${first}\n${second}`);
  return 'message';
}

/** Each value of a header that can be read is printed, read again, and printed to the same. */
function readAll<Value>(headers: Headers, kind: HeaderKind<Value>): void {
  const values = headers.all(kind);
  if (values instanceof Fault) return;
  for (const value of values) {
    const printed = kind.print(value);
    const again = kind.parse(printed);
    if (again instanceof Fault || kind.print(again) !== printed)
      throw new Error(`${kind.name}: ${printed} is not read as it was printed`);
  }
}

/** Everything that a message says; its length apart, which printing corrects. */
function said(message: SipMessage): string {
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
 * Microseconds that it takes to take a packet: the least of some tries, where the first was slow for another's sake.
 * (The thread's CPU is counted in steps of 4 ms here.)
 */
export function cost(bytes: Buffer, most: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 10 && least > most; tries += 1) {
    const began = performance.now();
    take(bytes);
    least = Math.min(least, (performance.now() - began) * 1_000);
  }
  return least;
}

const plain =
  '\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n';

/**
 * What stands in front of and behind a repetition, so that parsers get far before they see it, or look for the end of
 * what began.
 */
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

/** What is repeated: single characters, and whole small values. */
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

/** Beginnings of Request-URIs. */
const targets = ['', 'sip:', 'sip:a@', 'sip:a@[', 'sip:a@b:', 'sip:a@b;x=', 'sip:a@b?x=', 'tel:', 'urn:'];

/** One header of each form. */
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

/** Packets of the largest size that is read, each with a Request-URI or one header that repeats one thing. */
export function* monotonous(): Generator<Buffer> {
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
