import { describe, expect, test } from 'vitest';
import { newResponse } from './build.ts';
import { credentialsOf } from './digest/server.ts';
import { Fault } from './fault.ts';
import { header } from './header-kinds.ts';
import { normalizeHost } from './host.ts';
import { inspect, registeredMethods } from './inspection.ts';
import { parseMessage, serialize, type SipMessage, type SipRequest } from './message.ts';
import { forward } from './routing/proxy.ts';
import { expectedReadings, readingOf, tortureMessage, tortureMessages } from './torture.fixture.ts';
import { isSipUri, userOf } from './uri.ts';
import { newVia } from './via.ts';

function message(name: string): SipMessage {
  const parsed = parseMessage(tortureMessage(name));
  if (parsed.kind === 'malformed') throw new Error(`${name}: ${parsed.reason}`);
  return parsed;
}

function request(name: string): SipRequest {
  const parsed = message(name);
  if (parsed.kind !== 'request') throw new Error(`${name} is not a request`);
  return parsed;
}

/** Malformed messages: the response, or null if none may be sent. */
const malformed: Readonly<Record<string, readonly [code: number, reason: string] | null>> = {
  badaspec: [400, 'To: URI without scheme'],
  baddn: [400, 'From: Display name needs quotes'],
  badinv01: [400, 'Via: Malformed parameters'],
  badvers: [505, 'Version Not Supported'],
  bigcode: null,
  clerr: [400, 'Content-Length: Longer than the message'],
  escruri: [400, 'Request-URI: Headers in it'],
  insuf: [400, 'Missing From'],
  'ipv6-bad': [400, 'Request-URI: Malformed host or port in URI'],
  ltgtruri: [400, 'Request-URI: URI without scheme'],
  lwsruri: [400, 'Malformed request line'],
  lwsstart: [400, 'Malformed request line'],
  mcl01: [400, 'Content-Length: More than one'],
  mismatch01: [400, 'CSeq: Another method'],
  mismatch02: [400, 'CSeq: Another method'],
  multi01: [400, 'From: More than one'],
  ncl: [400, 'Content-Length: Not a number'],
  quotbal: [400, 'To: Unbalanced quotes in display name'],
  scalar02: [400, 'CSeq: Number too large'],
  scalarlg: null,
  trws: [400, 'Malformed request line'],
};

/**
 * The status by which a server rejects a request if it registers phones, accepts calls with SDP and supports no
 * extension; undefined if it accepts the request.
 */
const rejected: Readonly<Record<string, number | undefined>> = {
  baddate: 400,
  regbadct: 400,
  sdp01: 406,
  invut: 415,
  novelsc: 416,
  unkscm: 416,
  bext01: 420,
  mpart01: 405,
  esc02: 501,
  intmeth: 501,
  badbranch: undefined,
  cparam01: undefined,
  cparam02: undefined,
  dblreq: undefined,
  esc01: undefined,
  escnull: undefined,
  inv2543: undefined,
  'ipv4-mapped-ipv6': undefined,
  'ipv6-bug-abnf-3-colons': undefined,
  'ipv6-correct-abnf-2-colons': undefined,
  'ipv6-good': undefined,
  'ipv6-in-sdp': undefined,
  longreq: undefined,
  lwsdisp: undefined,
  'mult-ip-in-header': undefined,
  'mult-ip-in-sdp': undefined,
  'port-ambiguous': undefined,
  'port-unambiguous': undefined,
  regaut01: undefined,
  regescrt: undefined,
  semiuri: undefined,
  transports: undefined,
  unksm2: undefined,
  'via-received-param-no-delim': undefined,
  'via-received-param-with-delim': undefined,
  wsinv: undefined,
  zeromf: undefined,
};

const abilities = {
  methods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REGISTER'],
  known: registeredMethods,
  schemes: ['sip', 'sips', 'tel'],
  extensions: [],
  bodies: ['application/sdp'],
  answers: ['application/sdp'],
};

test('every message of RFC 4475 and RFC 5118 is in the folder and in one of the tables', () => {
  const responses = ['bcast', 'noreason', 'unreason'];
  expect(tortureMessages.size).toBe(49 + 12);
  expect([...expectedReadings.keys()].concat(Object.keys(malformed), ['baddate', 'regbadct']).sort()).toEqual(
    [...tortureMessages.keys()].sort(),
  );
  expect(Object.keys(rejected).concat(Object.keys(malformed), responses).sort()).toEqual(
    [...tortureMessages.keys()].sort(),
  );
});

describe('a valid message is read correctly', () => {
  test.each([...expectedReadings])('%s', (name, reading) => expect(readingOf(message(name))).toBe(reading));
});

describe('a malformed message gets its response, or none', () => {
  test.each(Object.entries(malformed))('%s', (name, answer) => {
    const parsed = parseMessage(tortureMessage(name));
    if (parsed.kind !== 'malformed') throw new Error('the message was parsed');
    expect(parsed.answerTo === null ? null : [parsed.code, parsed.reason]).toEqual(answer);
    if (parsed.answerTo === null) return;
    const response = newResponse(parsed.answerTo, { status: parsed.code, reason: parsed.reason, toTag: 't' });
    expect(response.headers.fields(header.via).map(({ value }) => value)).toEqual(
      parsed.answerTo.headers.fields(header.via).map(({ value }) => value),
    );
    expect(serialize(response).toString()).toMatch(new RegExp(`^SIP/2.0 ${parsed.code} `));
  });
});

describe('a request that a server does not support is rejected', () => {
  test.each(Object.entries(rejected))('%s: %s', (name, status) =>
    expect(inspect(request(name), abilities)?.status).toBe(status),
  );

  test('and the response lists what the server supports', () => {
    const headersFor = (name: string): readonly string[] =>
      [...(inspect(request(name), abilities)?.headers ?? [])].map((field) => `${field.name}: ${field.value}`);
    expect([headersFor('bext01'), headersFor('intmeth'), headersFor('invut')]).toEqual([
      ['Unsupported: nothingSupportsThis, nothingSupportsThisEither'],
      ['Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER'],
      ['Accept: application/sdp'],
    ]);
  });
});

describe('the point of single messages', () => {
  test('escapes stand for their characters (esc01, escnull, semiuri)', () => {
    const users = ['esc01', 'escnull', 'semiuri'].map((name) => {
      const { uri, to } = request(name);
      return [uri, to.uri].map((each) => (isSipUri(each) ? userOf(each) : undefined));
    });
    expect(users).toEqual([
      ['sips:user@example.com', 'user'],
      [undefined, 'null-\0-null'],
      ['user;par=u@example.net', 'j_user'],
    ]);
  });

  test('credentials of an unknown scheme count as none, so that the request is challenged (regaut01)', () => {
    expect(credentialsOf(request('regaut01'), 'example.com')).toBeUndefined();
  });

  test('a request with Max-Forwards 0 is not forwarded (zeromf)', () => {
    expect(forward(request('zeromf'), { via: newVia('UDP', '192.0.2.1', 5060, 'z9hG4bKx') })).toBe('too many hops');
  });

  test('parameters outside angle brackets belong to the header, inside them to the URI (cparam01, cparam02)', () => {
    const unknown = ['cparam01', 'cparam02'].map((name) => {
      const contact = request(name).headers.first(header.contact);
      return contact === undefined || contact === '*' || contact instanceof Fault
        ? []
        : [contact.parameters.has('unknownparam'), isSipUri(contact.uri) && contact.uri.parameters.has('unknownparam')];
    });
    expect(unknown).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test('the superfluous colon of RFC 3261 is ignored (ipv6-bug-abnf-3-colons)', () => {
    const hosts = ['ipv6-bug-abnf-3-colons', 'ipv6-correct-abnf-2-colons'].map((name) => {
      const { uri } = request(name);
      return isSipUri(uri) ? normalizeHost(uri.host) : '';
    });
    expect(hosts).toEqual(['2001:db8:0:0:0:0:c000:201', '2001:db8:0:0:0:0:c000:201']);
  });

  test('a binary body stays unchanged (mpart01)', () => {
    const again = parseMessage(serialize(message('mpart01')));
    expect(again.kind === 'request' && again.body.equals(message('mpart01').body)).toBe(true);
  });

  test('leading zeros, escaped quotes and empty headers are read (wsinv)', () => {
    const { headers, from } = request('wsinv');
    expect([headers.one(header.maxForwards), headers.one(header.subject), from.display]).toEqual([
      68,
      '',
      'J Rosenberg \\"',
    ]);
  });
});
