import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { keyOf } from '#sip/headers.ts';
import { Field, Headers } from '#sip/headers.ts';
import type { PeerTrust } from '../routing/target.ts';
import { noParty } from '../call/record.ts';
import { diversionsIn, forwardedHeaders, passedHeaders, privacyTo, seenPath } from './passed-headers.ts';

const headersOf = (lines: readonly string[]): Headers =>
  new Headers(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ');
      return new Field(name, keyOf(name), value.join(': '));
    }),
  );
const linesOf = (headers: Headers): readonly string[] => [...headers].map(({ name, value }) => `${name}: ${value}`);
const passed = (from: PeerTrust, to: PeerTrust, ...lines: readonly string[]): readonly string[] =>
  linesOf(passedHeaders({ from, headers: headersOf(lines) }, to));

const sentOn = (to: string, ...extensions: readonly (string | null)[]) => ({
  by: extensions.map((extension) => ({ extension, number: null, reason: 'unconditional' as const })),
  to,
});
const partyOf = (number: string | null) => ({ ...noParty, kind: 'gateway' as const, number });

const trusts = ['phone', 'pbx', 'carrier', 'stranger'] as const;

/** To whom a header passes, by whose it is. */
const table = (line: string): Record<string, readonly string[]> =>
  Object.fromEntries(trusts.map((from) => [from, trusts.filter((to) => passed(from, to, line).length > 0)]));

test('each entry of Diversion is one time that a call was sent on', () => {
  expect(diversionsIn(headersOf(['Diversion: <sip:1@x>;reason=no-answer, <sip:2@x>', 'Diversion: <sip:3@x>']))).toBe(3);
  expect(diversionsIn()).toBe(0);
});

describe('to whom a header passes', () => {
  const inside = ['phone', 'pbx'];
  const all = { phone: inside, pbx: inside, carrier: inside, stranger: inside };

  test.each([
    ['Subject: lunch', all],
    ['s: lunch', all],
    ['Alert-Info: <urn:alert:service:call-waiting>', all],
    ['User-to-User: 56a390f3;encoding=hex', { ...all, phone: trusts, pbx: trusts }],
    ['Diversion: <sip:+46890510@carrier.example.com>;reason=no-answer', { ...all, phone: [] }],
    ['History-Info: <sip:+46890510@carrier.example.com>;index=1', { ...all, phone: [] }],
    ['X-Customer: 4711', { phone: inside, pbx: inside, carrier: [], stranger: [] }],
  ])('%s', (line, expected) => {
    expect(table(line)).toEqual(expected);
  });

  test.each([
    'Answer-Mode: Auto',
    'Priv-Answer-Mode: Auto;require',
    'Call-Info: <http://192.0.2.9/icon.png>;purpose=icon',
    'Call-Info: <sip:pbx.example.com>;answer-after=0',
    'P-Asserted-Identity: <sip:+46890510@x>',
    'P-Preferred-Identity: <sip:+46890510@x>',
    'P-Called-Party-ID: <sip:+46890510@x>',
    'P-Auto-Answer: normal',
    'Remote-Party-ID: <sip:+46890510@x>',
    'Organization: Bank',
    'Reply-To: <sip:x@y>',
    'X-Verstat: TN-Validation-Passed',
    'X-Attestation: A',
    'X-Stir: passed',
    'X-Shaken: passed',
    'X-StirShaken: passed',
    'X-Origination-Id: 5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77',
    'X-Identity: eyJ0;info=<https://x/1.pem>',
  ])('%s passes to no one, whoever sends it', (line) => {
    for (const from of trusts) expect(table(line)[from]).toEqual([]);
  });
});

describe('Alert-Info', () => {
  test.each([
    '<http://127.0.0.1>;info=alert-autoanswer',
    '<http://ring.example.com/loud.wav>',
    '<https://ring.example.com/loud.wav>',
    '<sip:x@y>',
    '<file:///etc/passwd>',
    '<cid:ring@x>',
    'info=alert-autoanswer',
    ';info=alert-autoanswer;delay=0',
    'Auto Answer',
    'ring-answer',
    'intercom=true',
    '<urn:alert:service:auto-answer>',
    '<urn:alert:service:normal>;info=alert-autoanswer',
    '<urn:alert:service:normal>;answer-after=0',
    '<urn:alert:source:internal>',
    '<Bellcore-dr2>;info=answer',
  ])('%s does not pass', (value) => {
    for (const from of trusts) expect(passed(from, 'phone', `Alert-Info: ${value}`)).toEqual([]);
  });

  test.each(['<urn:alert:priority:high>', '<urn:alert:locale:country:se>', 'Bellcore-dr3', '<Bellcore-dr1>'])(
    '%s passes',
    (value) => {
      expect(passed('stranger', 'phone', `Alert-Info: ${value}`)).toEqual([`Alert-Info: ${value}`]);
    },
  );

  test('passes value by value', () => {
    expect(
      passed('carrier', 'phone', 'Alert-Info: <http://x/y>, Bellcore-dr2', 'alert-info: <urn:alert:delay:yes>'),
    ).toEqual(['Alert-Info: Bellcore-dr2', 'Alert-Info: <urn:alert:delay:yes>']);
  });
});

describe('the way of a call', () => {
  test('has users and hosts only', () => {
    const diversion = 'Diversion: "Ann" <sip:+46890510:pw@x:5070;lr;cause=9?Route=%3Csip:y%3E>;reason=no-answer;odd=1';
    expect(passed('pbx', 'phone', diversion)).toEqual(['Diversion: "Ann" <sip:+46890510@x;cause=9>;reason=no-answer']);
    const entry = 'History-Info: <sip:1@x;cause=302?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1';
    expect(passed('carrier', 'phone', entry)).toEqual(['History-Info: <sip:1@x;cause=302>;index=1.1;mp=1']);
  });

  test('has no URL, and nothing that is private or malformed', () => {
    const values = ['<http://x/y>', '<sip:', '<sip:1@x>;privacy=full', '<tel:+46890510;ext=1>'];
    expect(passed('carrier', 'phone', `Diversion: ${values.join(', ')}`)).toEqual(['Diversion: <tel:+46890510>']);
    expect(passed('carrier', 'phone', 'History-Info: <sip:1@x?Privacy=history>;index=1')).toEqual([]);
    expect(passed('carrier', 'phone', 'Privacy: history', 'History-Info: <sip:1@x>;index=1')).toEqual([]);
  });
});

describe('extensions', () => {
  test.each([
    'X-Auto-Answer: true',
    'X-Answer-After: 0',
    'X-Intercom: 1',
    'X-Paging: yes',
    'X-Ring: info=alert-autoanswer',
    'X-Mode: Answer-Mode=Auto',
  ])('%s passes to no one', (line) => {
    for (const from of trusts) expect(table(line)[from]).toEqual([]);
  });

  test('pass 20 at most', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `X-Field-${at}: ${at}`);
    expect(passed('pbx', 'phone', ...lines)).toEqual(lines.slice(0, 20));
  });
});

describe('sizes', () => {
  test.each([
    ['Subject: ', 256],
    ['X-Field: ', 256],
    ['User-to-User: ', 512],
  ])('%s has a value of %i bytes at most', (name, bytes) => {
    expect(passed('phone', 'phone', `${name}${'a'.repeat(bytes)}`)).toHaveLength(1);
    expect(passed('phone', 'phone', `${name}${'a'.repeat(bytes + 1)}`)).toEqual([]);
  });

  test('4,096 bytes pass in all', () => {
    const lines = Array.from({ length: 20 }, (_, at) => `X-${String(at).padStart(6, '0')}: ${'a'.repeat(248)}`);
    expect(passed('pbx', 'phone', ...lines)).toEqual(lines.slice(0, 16));
  });

  test('bytes count, not characters', () => {
    expect(passed('phone', 'phone', `Subject: ${'å'.repeat(129)}`)).toEqual([]);
  });

  test('one Subject, two User-to-User, five Diversion and ten History-Info pass', () => {
    const of = (name: string, value: string) => Array.from({ length: 12 }, () => `${name}: ${value}`);
    const lines = [
      ...of('Subject', 'x'),
      ...of('User-to-User', '00'),
      ...of('Diversion', '<sip:1@x>'),
      ...of('History-Info', '<sip:1@x>;index=1'),
    ];
    expect(passed('pbx', 'phone', ...lines)).toHaveLength(1 + 2 + 5 + 10);
  });
});

test('whatever comes, little passes, on one line each, and no URL or microphone', () => {
  const names = [
    'Subject',
    'Alert-Info',
    'Call-Info',
    'User-to-User',
    'Diversion',
    'History-Info',
    'X-A',
    'Answer-Mode',
  ];
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('<http://x>', '<sip:1@x>\r\nX-B: 1', 'a\0b', '<sip:1@x>;answer-after=0', 'Bellcore-dr2'),
  );
  const line = fc.tuple(fc.constantFrom(...names), value);
  const trust = fc.constantFrom(...trusts);
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), trust, trust, (lines, from, to) => {
      const headers = new Headers(lines.map(([name, text]) => new Field(name, keyOf(name), text)));
      const found = [...passedHeaders({ from, headers }, to)];
      const bytes = found.reduce((sum, each) => sum + Buffer.byteLength(each.name) + Buffer.byteLength(each.value), 0);
      expect(bytes).toBeLessThanOrEqual(4_096);
      for (const { name, value: text } of found) {
        expect(text).not.toMatch(/[\r\n\0]/);
        expect(['Call-Info', 'Answer-Mode']).not.toContain(name);
        if (name !== 'Subject' && name !== 'X-A' && name !== 'User-to-User') expect(text).not.toMatch(/http|answer/i);
      }
    }),
    { numRuns: runs(300) },
  );
});

describe('Privacy', () => {
  const to = (trust: PeerTrust, privacy: string | undefined, isWithheld: boolean) =>
    privacyTo(
      privacy === undefined ? undefined : { from: 'phone', headers: headersOf([`Privacy: ${privacy}`]) },
      trust,
      isWithheld,
    );

  test('goes on to trusted peers as it was, with id for a caller that is withheld', () => {
    expect([to('carrier', 'user;critical', true), to('pbx', 'header; session', false)]).toEqual([
      'user;critical;id',
      'header;session',
    ]);
    expect([to('carrier', 'id', true), to('carrier', 'none', false), to('carrier', 'none', true)]).toEqual([
      'id',
      'none',
      'id',
    ]);
  });

  test('is id for all others, if the caller is withheld', () => {
    expect([to('stranger', 'user;critical', true), to('phone', 'id', true)]).toEqual(['id', 'id']);
    expect([to('stranger', 'header', false), to('phone', undefined, false)]).toEqual([undefined, undefined]);
    expect([to('carrier', undefined, true), to('carrier', undefined, false)]).toEqual(['id', undefined]);
  });

  test('has no value that no RFC names', () => {
    expect(to('carrier', 'id;x-open\r\nX-A: 1', true)).toBe('id');
  });
});

describe('a call that phones have sent on', () => {
  test('says over whom, the last one first, and in the order of its history', () => {
    expect(linesOf(forwardedHeaders(Headers.none, sentOn('202', '200', '201'), 'pbx.example.com'))).toEqual([
      'Diversion: <sip:201@pbx.example.com>;reason=unconditional',
      'Diversion: <sip:200@pbx.example.com>;reason=unconditional',
      'History-Info: <sip:200@pbx.example.com>;index=1',
      'History-Info: <sip:201@pbx.example.com;cause=302>;index=1.1;mp=1',
      'History-Info: <sip:202@pbx.example.com;cause=302>;index=1.1.1;mp=1.1',
    ]);
  });

  test('goes on from what came with it', () => {
    const came = headersOf(['Diversion: <sip:9@x>', 'History-Info: <sip:9@x>;index=1', 'Subject: lunch']);
    expect(linesOf(forwardedHeaders(came, sentOn('202', '201'), 'y'))).toEqual([
      'History-Info: <sip:9@x>;index=1',
      'Subject: lunch',
      'Diversion: <sip:201@y>;reason=unconditional',
      'Diversion: <sip:9@x>',
      'History-Info: <sip:201@y>;index=1.1',
      'History-Info: <sip:202@y;cause=302>;index=1.1.1;mp=1.1',
    ]);
  });

  test('names no phone line', () => {
    expect(linesOf(forwardedHeaders(Headers.none, sentOn('202', null), 'y'))).toEqual([
      'History-Info: <sip:202@y>;index=1',
    ]);
  });

  test('says why, and shows numbers instead of extensions to those outside', () => {
    const by = [
      { extension: '200', number: '+46890510', reason: 'no-answer' as const },
      { extension: '201', number: null, reason: 'user-busy' as const },
    ];
    const linesTo = (trust: PeerTrust, number: string | null) =>
      linesOf(forwardedHeaders(Headers.none, seenPath({ by, to: '202' }, { trust, party: partyOf(number) }), 'y'));
    expect(linesTo('phone', null)).toEqual([
      'Diversion: <sip:201@y>;reason=user-busy',
      'Diversion: <sip:200@y>;reason=no-answer',
      'History-Info: <sip:200@y>;index=1',
      'History-Info: <sip:201@y;cause=408>;index=1.1;mp=1',
      'History-Info: <sip:202@y;cause=486>;index=1.1.1;mp=1.1',
    ]);
    expect(linesTo('carrier', '+46701234567')).toEqual([
      'Diversion: <sip:+46890510@y>;reason=no-answer',
      'History-Info: <sip:+46890510@y>;index=1',
      'History-Info: <sip:+46701234567@y;cause=408>;index=1.1;mp=1',
    ]);
  });
});
