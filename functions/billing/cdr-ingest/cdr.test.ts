import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { day, second } from '#schema/time.ts';
import { type Cdr, cdrId, checkAge, readRecord, recordOf } from './cdr.ts';
import type { RejectionReason } from './rejection-reason.ts';

/** A record as a producer sends it. */
const example = {
  call_id: 'abc123-def456',
  leg: 'a',
  direction: 'outbound',
  caller: '+14155551234',
  callee: '+14155555678',
  start_time: '2024-01-15T10:30:00Z',
  end_time: '2024-01-15T10:35:42Z',
  duration: 342,
  disposition: 'ANSWERED',
  trunk_id: 'trunk_001',
};

function cdrOf(record: Record<string, unknown>): Cdr {
  const result = readRecord(record, 1001);
  if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
  return result.cdr;
}

const read = (fields: Record<string, unknown> = {}): Cdr => cdrOf({ ...example, ...fields });

function rejected(fields: Record<string, unknown>, organization: number | null = 1001): RejectionReason | null {
  const result = readRecord({ ...example, ...fields }, organization);
  return 'rejection' in result ? result.rejection : null;
}

test('an absent field has its default', () => {
  const { call_id, caller, callee, start_time, end_time, disposition } = example;
  expect(readRecord({ call_id, caller, callee, start_time, end_time, disposition }, 1001)).toEqual({
    cdr: expect.objectContaining({
      leg: 'a',
      direction: 'outbound',
      answer_time: null,
      duration: 342,
      billable_seconds: 342,
      trunk_id: null,
      cost: null,
      cause: null,
      custom: null,
    }),
  });
});

test('what a producer knows besides is kept, and absent unless it is known', () => {
  const texts = { related_call_id: 'call-1', answered_by: '204', account_code: 'acme' };
  const known = read({ ...texts, cause: { q850: 16, side: 'callee' } });
  expect(known).toMatchObject({ ...texts, cause: { q850: 16, side: 'callee' } });
  expect(recordOf(known)).toMatchObject({ ...texts, cause: { q850: 16, side: 'callee' } });
  for (const name of Object.keys(texts)) expect(read()).not.toHaveProperty(name);
  expect(known.content_hash).toBe(read().content_hash);
  expect(rejected({ cause: { side: 'nobody' } })).toMatchObject({ details: [{ path: 'cause.side' }] });
});

test('billable seconds are by default those from answer to end', () => {
  expect(read({ answer_time: '2024-01-15T10:30:42Z' }).billable_seconds).toBe(300);
  expect(read({ answer_time: '2024-01-15T10:30:42Z', billable_seconds: 299 }).billable_seconds).toBe(299);
  expect(read({ answer_time: example.end_time }).billable_seconds).toBe(0);
  expect(read({}).billable_seconds).toBe(342);
});

test('billable seconds never exceed a duration that is a second short', () => {
  expect(read({ duration: 341, answer_time: example.start_time }).billable_seconds).toBe(341);
});

test.each(['NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED'])(
  'a call that ended as %s has no billable seconds by default',
  (disposition) => {
    expect(read({ disposition, answer_time: '2024-01-15T10:30:42Z' }).billable_seconds).toBe(0);
  },
);

test.each([
  ['no_answer', 'NO ANSWER'],
  ['No-Answer', 'NO ANSWER'],
  ['answered', 'ANSWERED'],
  [' busy ', 'BUSY'],
  ['CONGESTION', 'FAILED'],
  ['congestion', 'FAILED'],
])('the disposition %s is %s', (written, disposition) => {
  expect(read({ disposition }).disposition).toBe(disposition);
  expect(read({ disposition: written }).disposition).toBe(disposition);
});

test('times are in whole seconds of UTC, with their milliseconds beside them', () => {
  const cdr = read({
    start_time: '2024-01-15T11:30:00.999+01:00',
    answer_time: '2024-01-15T10:30:01.500Z',
    end_time: '2024-01-15T10:35:42.001Z',
    duration: undefined,
  });
  expect(cdr).toMatchObject({
    start_time: '2024-01-15T10:30:00Z',
    answer_time: '2024-01-15T10:30:01Z',
    end_time: '2024-01-15T10:35:42Z',
    start_ms: 999,
    answer_ms: 500,
    end_ms: 1,
  });
});

/** A call that begins and is answered at these times after `example.start_time`, in milliseconds. */
const timed = (start: number, answer: number | null, end: number, fields: Record<string, unknown> = {}): Cdr => {
  const at = (time: number): string => new Date(Date.parse(example.start_time) + time).toISOString();
  const answer_time = answer === null ? null : at(answer);
  return read({ start_time: at(start), answer_time, end_time: at(end), duration: undefined, ...fields });
};

test('34 equal calls of 1.71 seconds are billed 2 seconds each', () => {
  const calls = Array.from({ length: 34 }, (_, at) => timed(at * 29, at * 29 + 13, at * 29 + 1_723));
  expect(new Set(calls.map((call) => call.billable_seconds))).toEqual(new Set([2]));
});

const milliseconds = fc.integer({ min: 0, max: 80_000_000 });
const instants = fc.tuple(milliseconds, fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 6_000_000 }));

test('seconds are rounded up once, and only the length of a call decides', () => {
  fc.assert(
    fc.property(instants, milliseconds, ([start, ringing, talk], other) => {
      const cdr = timed(start, start + ringing, start + ringing + talk);
      expect([cdr.duration, cdr.billable_seconds]).toEqual([
        Math.ceil((ringing + talk) / 1000),
        Math.ceil(talk / 1000),
      ]);
      expect(timed(other, other + ringing, other + ringing + talk)).toMatchObject({
        duration: cdr.duration,
        billable_seconds: cdr.billable_seconds,
      });
    }),
  );
});

test('calls are billed together what they last, and less than a second more each', () => {
  fc.assert(
    fc.property(fc.array(instants, { maxLength: 20 }), (calls) => {
      const billed = calls.map(([start, ringing, talk]) => timed(start, start + ringing, start + ringing + talk));
      const [sum, lasted] = [
        billed.reduce((total, call) => total + call.billable_seconds, 0),
        calls.reduce((total, [, , talk]) => total + talk, 0) / 1000,
      ];
      expect(sum).toBeGreaterThanOrEqual(lasted);
      expect(sum).toBeLessThan(lasted + calls.length + 1e-9);
    }),
  );
});

const unordered = fc.tuple(
  milliseconds,
  fc.integer({ min: -999, max: 60_000 }),
  fc.integer({ min: -999, max: 60_000 }),
);

test('no seconds are negative, billable ones never exceed the duration, and a record comes back from its CDR', () => {
  fc.assert(
    fc.property(unordered, fc.boolean(), fc.boolean(), ([start, ringing, talk], isAnswered, isStated) => {
      const whole = Math.floor((start + ringing + talk) / 1000) - Math.floor(start / 1000);
      const answered = Math.floor((start + ringing) / 1000) - Math.floor(start / 1000);
      fc.pre(answered >= 0 && whole >= answered);
      const stated = isStated ? { duration: whole } : {};
      const cdr = timed(start, isAnswered ? start + ringing : null, start + ringing + talk, stated);
      expect(cdr.billable_seconds).toBeGreaterThanOrEqual(0);
      expect(cdr.duration).toBeGreaterThanOrEqual(Math.max(whole, cdr.billable_seconds));
      expect(readRecord(recordOf(cdr), null)).toEqual({ cdr });
    }),
  );
});

test('the content of a record is in whole seconds: as it was before times had milliseconds', () => {
  const precise = timed(950, 1_100, 4_900);
  const cut = timed(0, 1_000, 4_000);
  expect([precise.billable_seconds, cut.billable_seconds]).toEqual([4, 3]);
  expect(precise.content_hash).toBe(cut.content_hash);
  expect(timed(0, 1_900, 4_000, { billable_seconds: 2 }).content_hash).not.toBe(cut.content_hash);
});

test('a duration may differ by one second, not by two', () => {
  expect(rejected({ duration: 341 })).toBeNull();
  expect(rejected({ duration: 343 })).toBeNull();
  expect(rejected({ duration: 340 })?.code).toBe('DURATION_MISMATCH');
  expect(rejected({ duration: 344 })).toMatchObject({ code: 'DURATION_MISMATCH', details: [{ path: 'duration' }] });
});

const daysLater = (days: number, seconds = 0): string =>
  new Date(Date.parse(example.start_time) + days * day + seconds * second).toISOString();

test('a call of a week is filed', () => {
  const week = 7 * 86_400;
  expect(read({ end_time: daysLater(1, 1), duration: undefined }).billable_seconds).toBe(86_401);
  expect(read({ end_time: daysLater(7), duration: undefined }).billable_seconds).toBe(week);
  expect(read({ end_time: daysLater(7, 1), duration: week }).billable_seconds).toBe(week);
});

test.each([
  { end_time: daysLater(7, 1), duration: undefined },
  { end_time: daysLater(7), duration: 7 * 86_400 + 1 },
  { end_time: daysLater(700), duration: undefined },
  { end_time: daysLater(700), duration: 700 * 86_400, billable_seconds: 60 },
  { end_time: daysLater(700), duration: undefined, disposition: 'BUSY' },
])('a longer call is rejected: %o', (fields) => {
  expect(rejected(fields)).toMatchObject({ code: 'DURATION_TOO_LONG', details: [{ path: 'duration' }] });
});

test.each(['NO ANSWER', 'BUSY', 'FAILED', 'CANCELLED', 'congestion'])(
  'a call that ended as %s has no billable seconds',
  (disposition) => {
    expect(rejected({ disposition, billable_seconds: 1 })).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: [{ path: 'billable_seconds' }],
    });
    expect(rejected({ disposition, billable_seconds: 0 })).toBeNull();
  },
);

test.each([
  [{ call_id: '' }, 'call_id'],
  [{ call_id: 'x'.repeat(129) }, 'call_id'],
  [{ call_id: 'a\nb' }, 'call_id'],
  [{ call_id: 'a\u2028b' }, 'call_id'],
  [{ call_id: undefined }, 'call_id'],
  [{ leg: 'a b' }, 'leg'],
  [{ org_id: 'acme' }, 'org_id'],
  [{ direction: 'sideways' }, 'direction'],
  [{ caller: undefined }, 'caller'],
  [{ callee: 7 }, 'callee'],
  [{ start_time: '2024-01-15T10:30:00' }, 'start_time'],
  [{ start_time: '15.01.2024' }, 'start_time'],
  [{ end_time: '2024-01-15T10:29:59Z' }, 'end_time'],
  [{ answer_time: '2024-01-15T10:29:59Z' }, 'answer_time'],
  [{ answer_time: '2024-01-15T10:35:43Z' }, 'answer_time'],
  [{ duration: -1 }, 'duration'],
  [{ billable_seconds: 343 }, 'billable_seconds'],
  [{ billable_seconds: 1.5 }, 'billable_seconds'],
  [{ disposition: 'completed' }, 'disposition'],
  [{ trunk_id: 'x'.repeat(65) }, 'trunk_id'],
  [{ cost: -1 }, 'cost'],
  [{ cause: { q850: 'sixteen' } }, 'cause.q850'],
  [{ custom: { note: 'x'.repeat(2_048) } }, 'custom'],
])('the record with %o is rejected', (fields, path) => {
  expect(rejected(fields)).toMatchObject({ code: 'VALIDATION_FAILED', details: [{ path }] });
});

test('marks of direction around the numbers of a record are dropped', () => {
  const marked = { caller: '\u202a+14155550100\u202c', callee: '\u2066+1\u2011415\u2011555\u20110101\u2069' };
  expect(read(marked)).toMatchObject({ caller: '+14155550100', callee: '+1\u2011415\u2011555\u20110101' });
});

test.each([null, 'a string', 7, []])('a record that is %o is rejected', (record) => {
  expect(readRecord(record, 1001)).toMatchObject({ rejection: { code: 'VALIDATION_FAILED' } });
});

test('a rejection names every violation of the record', () => {
  expect(rejected({ caller: '', callee: '', disposition: '' })?.details.map(({ path }) => path)).toEqual([
    'caller',
    'callee',
    'disposition',
  ]);
});

test('a rejection says of a missing field that it is required', () => {
  const lacking = ['caller', 'start_time', 'disposition'].map((path) => ({ path, message: 'is required' }));
  expect(rejected({ caller: undefined, start_time: undefined, disposition: undefined })?.details).toEqual(lacking);
});

test("the organization is the record's own, else the message's; without either the record is rejected", () => {
  expect(read({ org_id: 'org_1007' }).organization).toBe(1007);
  expect(read().organization).toBe(1001);
  expect(rejected({}, null)).toMatchObject({ details: [{ path: 'org_id' }] });
});

test('the cost of a carrier is rounded to four decimals', () => {
  expect(read({ cost: '0.04' }).cost).toBe('0.0400');
  expect(read({ cost: 0.03995 }).cost).toBe('0.0400');
});

test('records that are written differently but mean the same have the same content', () => {
  const written = read({
    start_time: '2024-01-15T11:30:00.5+01:00',
    disposition: 'answered',
    org_id: '1001',
    billable_seconds: 342,
    caller: ' +14155551234 ',
    leg: null,
  });
  expect(written.content_hash).toBe(read().content_hash);
});

test.each([
  { call_id: 'other' },
  { leg: 'b' },
  { org_id: 1002 },
  { direction: 'inbound' },
  { caller: '+14155550000' },
  { callee: '+14155550000' },
  { start_time: '2024-01-15T10:30:01Z' },
  { end_time: '2024-01-15T10:35:43Z' },
  { answer_time: example.start_time },
  { billable_seconds: 341 },
  { disposition: 'BUSY', billable_seconds: 0 },
  { trunk_id: 'trunk_002' },
  { trunk_id: null },
])('a different %o is different content', (fields) => {
  expect(read(fields).content_hash).not.toBe(read().content_hash);
});

test.each([
  { duration: 343 },
  { gateway_id: 'gw_1' },
  { device_id: 'dev_1' },
  { user_id: 'usr_1' },
  { cost: 1 },
  { cause: { q850: 16 } },
  { custom: { a: 1 } },
])('a different %o is the same content', (fields) => {
  expect(read({ billable_seconds: 342, ...fields }).content_hash).toBe(read({ billable_seconds: 342 }).content_hash);
});

test('a call may end up to five minutes in the future', () => {
  const end = Date.parse(example.end_time);
  expect(checkAge(read(), end - 300_000, 90)).toBeNull();
  expect(checkAge(read(), end - 301_000, 90)).toMatchObject({ code: 'IN_FUTURE', details: [{ path: 'end_time' }] });
});

test("a call must have begun within the organization's retention", () => {
  const start = Date.parse(example.start_time);
  expect(checkAge(read(), start + 90 * day, 90)).toBeNull();
  expect(checkAge(read(), start + 90 * day + second, 90)).toMatchObject({
    code: 'TOO_OLD',
    details: [{ path: 'start_time' }],
  });
});

test('of a void only identity and revision are read, and it has no time that could be too old', () => {
  const sent = { call_id: 'abc', void: true, revision: 2, callee: 7 };
  const result = readRecord(sent, 1001);
  if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
  expect(result.cdr).toMatchObject({
    call_id: 'abc',
    leg: 'a',
    void: true,
    record_revision: 2,
    caller: '',
    duration: 0,
  });
  expect(checkAge(result.cdr, Date.parse('2024-01-15T10:36:00Z'), 1)).toBeNull();
  expect(recordOf(result.cdr)).toEqual({ call_id: 'abc', leg: 'a', void: true, revision: 2, org_id: 'org_1001' });
});

test.each([
  [{ void: true }, 'call_id'],
  [{ call_id: 'a', void: true, revision: 0 }, 'revision'],
  [{ call_id: 'a', void: true, leg: '' }, 'leg'],
  [{ ...example, revision: 1.5 }, 'revision'],
  [{ ...example, void: 'yes' }, 'void'],
  [{ ...example, quality: { mos: 6 } }, 'quality.mos'],
  [{ ...example, quality: { loss_percent: 101 } }, 'quality.loss_percent'],
])('a correction %j is rejected at %s', (record, path) => {
  expect(readRecord(record, 1001)).toMatchObject({ rejection: { code: 'VALIDATION_FAILED', details: [{ path }] } });
});

test('a record and the record of its CDR make the same CDR', () => {
  for (const fields of [{}, { revision: 3, quality: { mos: 4.2, codec: 'opus' } }, { void: true }, { void: false }]) {
    const cdr = read(fields);
    expect(readRecord(recordOf(cdr), null)).toEqual({ cdr });
  }
});

test('the id is derived from organization, call id and leg', () => {
  // Computed independently: the first 26 characters of the Crockford base32 of SHA-256("org_1001\nabc123-def456\na").
  expect(read().id).toBe('cdr_BNY72F4JKGQEZQ4HD4DPRFDT2X');
  expect(read({ callee: '+14155550000' }).id).toBe(read().id);
  expect(
    new Set([read(), read({ leg: 'b' }), read({ org_id: 1002 }), read({ call_id: 'other' })].map(({ id }) => id)).size,
  ).toBe(4);
});

test('an id always has 26 characters of Crockford base32', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 9_999_999 }), fc.string(), (organization, callId) => {
      expect(cdrId(organization, callId, 'a')).toMatch(/^cdr_[0-9A-HJKMNP-TV-Z]{26}$/);
    }),
  );
});

const released = {
  call_id: 'call-1',
  caller: '+14155551234',
  callee: '+14155555678',
  start_time: '2026-11-15T10:30:00Z',
  end_time: '2026-11-15T10:35:42Z',
  disposition: 'ANSWERED',
};

test.each([
  [released, '4596266ddbecba011324597d5d97cebdf1ac32efcd6ad7ae203187b13626395b'],
  [
    {
      ...released,
      leg: 'b',
      direction: 'inbound',
      answer_time: '2026-11-15T10:30:10Z',
      trunk_id: 'trunk_1',
      org_id: 'org_1002',
      revision: 1,
      void: false,
    },
    'bee8fc9f052075a9e99115f1370b77ee97140ce6bc9fc405c995fd309a00e98b',
  ],
])('the content hash of a record without correction never changes (%#)', (fields, hash) => {
  expect(cdrOf(fields).content_hash).toBe(hash);
});

test('revisions and voids have content of their own, and other fields of a void do not count', () => {
  const hashes = [{}, { revision: 2 }, { void: true }, { void: true, revision: 2 }].map(
    (fields) => read(fields).content_hash,
  );
  expect(new Set(hashes).size).toBe(4);
  expect(read({ void: true, callee: 'alice' }).content_hash).toBe(read({ void: true }).content_hash);
});
