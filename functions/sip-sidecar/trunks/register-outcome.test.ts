import { expect, test } from 'vitest';
import { newResponse } from '#sip/build.ts';
import { printAddress } from '#sip/address.ts';
import { Fault } from '#sip/fault.ts';
import { header } from '#sip/header-kinds.ts';
import { Field, Headers, keyOf } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { addressOf, optionsWith, requestOf } from '#sip/values.fixture.ts';
import type { Flow } from '../transport/flow.ts';
import { isChallenge, raisedInterval, registerOutcome } from './register-outcome.ts';

const request: SipRequest = requestOf(optionsWith('Contact: <sip:user@sip.example.com>;expires=3600'));
const end = { address: '192.0.2.1', port: 5_060 };
const flow: Flow = { transport: 'udp', remote: end, local: end };
const outcomeOf = (status: number, { contacts = [], expires }: { contacts?: string[]; expires?: number } = {}) => {
  const headers = expires === undefined ? Headers.none : Headers.none.append(header.expires, expires);
  const response = newResponse(request, { status, headers: headers.with(header.contact, ...contacts.map(addressOf)) });
  return registerOutcome({ kind: 'response', response, flow }, request);
};

test('the lifetime is that of our own contact, whatever other contacts and Expires say', () => {
  const contacts = ['<sip:other@sip.example.com>;expires=10', '<sip:user@sip.example.com:5060>;expires=120'];
  expect(outcomeOf(200, { contacts, expires: 600 })).toEqual({ kind: 'registered', seconds: 120 });
});

test('a single contact that the registrar rewrote counts, and the least of several', () => {
  const rewritten = ['<sip:user@198.51.100.7:62001>;expires=45', '<sip:line@10.0.0.1>;expires=30'];
  expect(outcomeOf(200, { contacts: rewritten.slice(0, 1), expires: 600 })).toEqual({
    kind: 'registered',
    seconds: 45,
  });
  expect(outcomeOf(200, { contacts: rewritten, expires: 600 })).toEqual({ kind: 'registered', seconds: 30 });
});

test('without contacts the lifetime is that of Expires, or else the requested hour', () => {
  expect(outcomeOf(200, { expires: 600 })).toEqual({ kind: 'registered', seconds: 600 });
  expect(outcomeOf(200)).toEqual({ kind: 'registered', seconds: 3_600 });
  expect(outcomeOf(200, { contacts: ['<sip:user@sip.example.com>;expires=soon'] })).toEqual({
    kind: 'registered',
    seconds: 3_600,
  });
});

test.each([{ expires: 4_294_967_295 }, { contacts: [`<sip:user@sip.example.com>;expires=${'9'.repeat(20)}`] }])(
  'a binding lasts for a day at most, whatever the registrar grants: %j',
  (granted) => {
    expect(outcomeOf(200, granted)).toEqual({ kind: 'registered', seconds: 86_400 });
  },
);

test('a rejection fails with its status and reason', () => {
  expect(outcomeOf(403)).toEqual({ kind: 'failed', error: { code: 403, reason: 'Forbidden' } });
});

test('Retry-After counts for a 500 and a 503, with a comment or parameters, and a malformed one is absent', () => {
  const outcomes = [
    [503, '120'],
    [500, '18000;duration=3600'],
    [503, '5 (maintenance)'],
    [503, 'soon'],
    [403, '120'],
  ] as const;
  const read = outcomes.map(([status, value]) => {
    const response = newResponse(request, { status, headers: Headers.none.append(header.retryAfter, value) });
    return registerOutcome({ kind: 'response', response, flow }, request);
  });
  expect(read.map((outcome) => (outcome.kind === 'failed' ? outcome.retryAfter : outcome))).toEqual([
    120,
    18_000,
    5,
    undefined,
    undefined,
  ]);
});

test('a lifetime is raised to Min-Expires, never lowered, and never if the trunk unregisters', () => {
  const tooBrief = newResponse(request, { status: 423, headers: Headers.none.append(header.minExpires, 7_200) });
  expect([3_600, 7_200, 0].map((requested) => raisedInterval(tooBrief, requested))).toEqual([
    7_200,
    undefined,
    undefined,
  ]);
  expect(raisedInterval(newResponse(request, { status: 423 }), 3_600)).toBeUndefined();
  const day = newResponse(request, { status: 423, headers: Headers.none.append(header.minExpires, 86_400) });
  const longer = newResponse(request, { status: 423, headers: Headers.none.append(header.minExpires, 86_401) });
  expect([raisedInterval(day, 3_600), raisedInterval(longer, 3_600)]).toEqual([86_400, expect.any(Fault)]);
});

/** What a 200 with some headers says besides the lifetime. */
function saidBy(...headers: readonly (readonly [name: string, value: string])[]) {
  const fields = new Headers(headers.map(([name, value]) => new Field(name, keyOf(name), value)));
  const outcome = registerOutcome(
    { kind: 'response', response: newResponse(request, { status: 200, headers: fields }), flow },
    request,
  );
  if (outcome.kind === 'failed') throw new Error(outcome.error.reason);
  const { serviceRoute } = outcome;
  return {
    ...outcome,
    serviceRoute: serviceRoute instanceof Fault ? serviceRoute.reason : serviceRoute?.map(printAddress),
  };
}
const route = (value: string) => saidBy(['Service-Route', value]).serviceRoute;

test('a Service-Route is read in its order, also from several fields', () => {
  const [one, two, three] = ['<sip:a.example;lr>', '<sips:b.example:5081;lr>', '<sip:192.0.2.1;transport=tcp;lr>'];
  expect(saidBy(['Service-Route', `${one}, ${two}`], ['service-route', three]).serviceRoute).toEqual([one, two, three]);
  expect(outcomeOf(200)).not.toHaveProperty('serviceRoute');
});

test.each([
  ['it cannot be read', '<sip:a.example;lr'],
  ['it is no loose router', '<sip:a.example>'],
  ['it is no loose router', '<tel:+46890510;lr>'],
  ['it is no loose router', '<sip:a.example;lr;maddr=192.0.2.1>'],
  ['it is no loose router', '<sip:a.example;lr?Route=b.example>'],
  ['it is no loose router', '<sip:a.example;lr>, <sip:b.example>'],
  ['it is too long', Array(9).fill('<sip:a.example;lr>').join(', ')],
  ['it is too long', `<sip:${'a'.repeat(1_024)}@a.example;lr>`],
])('a Service-Route is not followed, as %s (%#)', (reason, value) => {
  expect(route(value)).toBe(reason);
});

test('the URIs of the account are kept up to 8 and 1 KiB', () => {
  const urisIn = (value: string) => saidBy(['P-Associated-URI', value]).associatedUris;
  expect(urisIn('"Main" <sip:+46890510@a.example>;x=1, <tel:+46890511>')).toEqual([
    'sip:+46890510@a.example',
    'tel:+46890511',
  ]);
  const many = Array.from({ length: 20 }, (_, at) => `sip:${at}@a.example`);
  expect(urisIn(many.map((uri) => `<${uri}>`).join(', '))).toEqual(many.slice(0, 8));
  expect(urisIn(`<tel:+1>, <sip:${'a'.repeat(1_024)}@a.example>`)).toEqual(['tel:+1']);
  expect([urisIn('<sip:broken'), urisIn(`<sip:${'a'.repeat(1_024)}@a.example>`)]).toEqual([undefined, undefined]);
});

test('a challenge that was not answered fails with the reason why', () => {
  const response = newResponse(request, { status: 401 });
  expect(registerOutcome({ kind: 'response', response, flow }, request, 'Challenged for another realm')).toEqual({
    kind: 'failed',
    error: { code: 401, reason: 'Challenged for another realm' },
  });
});

test('no response fails with the code that it counts as', () => {
  expect(registerOutcome({ kind: 'failed', code: 408, reason: 'no answer' }, request)).toEqual({
    kind: 'failed',
    error: { code: 408, reason: 'no answer' },
  });
});

test('401 and 407 are challenges', () => {
  const statuses = [401, 407, 403].map((status) => isChallenge(newResponse(request, { status })));
  expect(statuses).toEqual([true, true, false]);
});
