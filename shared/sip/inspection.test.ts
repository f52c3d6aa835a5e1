import { expect, test } from 'vitest';
import { type Abilities, inspect } from './inspection.ts';
import { crlf, optionsWith, requestOf } from './values.fixture.ts';

const abilities: Abilities = {
  methods: ['OPTIONS', 'INVITE'],
  known: ['PUBLISH'],
  schemes: ['sip'],
  extensions: ['path'],
  bodies: ['application/sdp'],
  answers: ['application/sdp'],
};
const request = (method: string, uri = 'sip:a@b', lines: readonly string[] = [], body = '') =>
  requestOf(
    crlf(
      `${method} ${uri} SIP/2.0`,
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'From: <sip:b@b>;tag=1',
      'To: <sip:a@b>',
      'Call-ID: c',
      `CSeq: 1 ${method}`,
      ...lines,
      '',
      body,
    ),
  );
const rejection = (...parts: Parameters<typeof request>): unknown => {
  const response = inspect(request(...parts), abilities);
  return response && [response.status, ...[...(response.headers ?? [])].map(({ name, value }) => `${name}: ${value}`)];
};

test('a supported request passes', () => {
  expect(rejection('OPTIONS', 'sip:a@b', ['Require: path', 'Content-Type: application/sdp'], 'v=0')).toBeUndefined();
});

test('a known method gets 405 and an unknown one 501, each with the accepted methods; an ACK passes', () => {
  expect([rejection('PUBLISH'), rejection('FROBNICATE'), rejection('ACK')]).toEqual([
    [405, 'Allow: OPTIONS, INVITE'],
    [501, 'Allow: OPTIONS, INVITE'],
    undefined,
  ]);
});

test('an unsupported scheme of the Request-URI gets 416', () => {
  expect([rejection('OPTIONS', 'tel:+1'), rejection('OPTIONS', 'SOAP.beep://x')]).toEqual([[416], [416]]);
});

test('an INVITE, and what follows it, may name a service; other methods and other services get 416', () => {
  const served: Abilities = {
    ...abilities,
    methods: ['OPTIONS', 'INVITE', 'CANCEL'],
    isService: (uri) => uri === 'urn:service:sos',
  };
  const statusOf = (method: string, uri: string) => inspect(request(method, uri), served)?.status;
  expect(['INVITE', 'CANCEL', 'ACK', 'OPTIONS'].map((method) => statusOf(method, 'urn:service:sos'))).toEqual([
    ...[undefined, undefined, undefined],
    416,
  ]);
  expect(statusOf('INVITE', 'urn:service:counseling')).toBe(416);
  expect(inspect(request('INVITE', 'urn:service:sos'), abilities)?.status).toBe(416);
});

test('an unsupported extension gets 420 with its name', () => {
  expect(rejection('OPTIONS', 'sip:a@b', ['Require: path, 100rel', 'Require: timer'])).toEqual([
    420,
    'Unsupported: 100rel, timer',
  ]);
});

test('an unsupported type or encoding of a body gets 415 with the supported ones', () => {
  expect([
    rejection('OPTIONS', 'sip:a@b', ['Content-Type: text/plain'], 'x'),
    rejection('OPTIONS', 'sip:a@b', [], 'x'),
    rejection('OPTIONS', 'sip:a@b', ['Content-Type: application/sdp', 'Content-Encoding: gzip'], 'x'),
    rejection('OPTIONS', 'sip:a@b', ['Content-Type: text/plain']),
  ]).toEqual([
    [415, 'Accept: application/sdp'],
    [415, 'Accept: application/sdp'],
    [415, 'Accept-Encoding: identity'],
    undefined,
  ]);
});

test('a method may have body types of its own; a method named like a property of objects has none', () => {
  const own = { ...abilities, methods: ['INFO', 'constructor'], bodiesByMethod: { INFO: ['application/dtmf-relay'] } };
  const statusOf = (method: string, type: string): number | undefined =>
    inspect(request(method, 'sip:a@b', [`Content-Type: ${type}`], 'x'), own)?.status;
  expect([
    statusOf('INFO', 'application/dtmf-relay'),
    statusOf('INFO', 'application/sdp'),
    statusOf('constructor', 'application/sdp'),
    statusOf('constructor', 'text/plain'),
  ]).toEqual([undefined, 415, undefined, 415]);
});

test('an INVITE that accepts none of our media types gets 406', () => {
  expect(
    ['Accept: text/plain', 'Accept:', 'Accept: application/*', 'Accept: */*', 'X: y'].map((line) =>
      rejection('INVITE', 'sip:a@b', [line]),
    ),
  ).toEqual([[406], [406], undefined, undefined, undefined]);
  expect(rejection('OPTIONS', 'sip:a@b', ['Accept: text/plain'])).toBeUndefined();
});

test('a malformed header that a server acts on gets 400 with its name', () => {
  const response = inspect(requestOf(optionsWith('Route: <<<')), abilities);
  expect(response).toEqual({ status: 400, reason: 'Route: Unbalanced angle bracket' });
  expect(inspect(requestOf(optionsWith('Refer-To: <<<')), abilities)).toBeUndefined();
});
