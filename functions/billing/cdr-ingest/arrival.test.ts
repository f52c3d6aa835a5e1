import { describe, expect, test } from 'vitest';
import { batchOwnerOf, readArrivals, rejectedRecordOf, roundsOf } from './arrival.ts';
import { CdrMessage } from './cdr-message.ts';
import { arrivalOf, senderOf } from './filed-cdr.fixture.ts';

const record = {
  call_id: 'call-1',
  caller: '+14155551234',
  callee: '+14155555678',
  start_time: '2026-11-15T10:30:00Z',
  end_time: '2026-11-15T10:35:42Z',
  disposition: 'ANSWERED',
  cost: '0.0400',
};
const message = (fields: object = {}): CdrMessage =>
  CdrMessage.parse({
    schema: 'cdr.v1',
    source: 'test',
    sent_at: '2026-11-15T10:40:00Z',
    org_id: 1001,
    records: [record],
    ...fields,
  });

describe('the records of a message', () => {
  test('are read one by one, and keep their positions', () => {
    const read = readArrivals(message({ records: [record, 'rubbish', { ...record, call_id: 'call-2' }] }), 'm1');
    expect(read.arrivals.map(({ cdr, position }) => [cdr.call_id, position])).toEqual([
      ['call-1', 0],
      ['call-2', 2],
    ]);
    expect(read.unreadable).toMatchObject([{ rejected: { call_id: null, code: 'VALIDATION_FAILED' } }]);
  });

  test('come from the platform, unless the message says otherwise', () => {
    const [own] = readArrivals(message(), 'm1').arrivals;
    expect(own?.from).toEqual(senderOf({ organization: 1001 }));
    const [tenant] = readArrivals(message({ origin: 'tenant', batch_id: 'b1', accepted: true }), 'm1').arrivals;
    expect(tenant?.from).toMatchObject({ origin: 'tenant', batch_id: 'b1', accepted: true });
  });

  test('state a cost only if the platform sends them', () => {
    expect(readArrivals(message(), 'm1').arrivals[0]?.cdr.cost).toBe('0.0400');
    expect(readArrivals(message({ origin: 'tenant' }), 'm1').arrivals[0]?.cdr.cost).toBeNull();
  });

  test('must name their organization if the message does not', () => {
    expect(readArrivals(message({ org_id: null }), 'm1').unreadable).toMatchObject([
      { rejected: { call_id: 'call-1', code: 'VALIDATION_FAILED', message: expect.stringMatching(/^org_id: /) } },
    ]);
  });
});

describe('a rejected record', () => {
  const reason = { code: 'VALIDATION_FAILED', message: 'The record is not valid' } as const;

  test('shows every violation in its message', () => {
    const details = [
      { path: 'caller', message: 'is required' },
      { path: '', message: 'must be an object' },
    ];
    expect(rejectedRecordOf({ call_id: 'x', leg: 'b' }, { ...reason, details })).toEqual({
      call_id: 'x',
      leg: 'b',
      code: 'VALIDATION_FAILED',
      message: 'caller: is required; must be an object',
    });
  });

  test('shows the reason if there are no violations', () => {
    expect(rejectedRecordOf(null, { ...reason, details: [] })).toMatchObject({
      call_id: null,
      leg: null,
      message: 'The record is not valid',
    });
  });

  test('has at most 128 characters of its identity and 500 of its message', () => {
    const rejected = rejectedRecordOf(
      { call_id: 'x'.repeat(129), leg: 7 },
      { ...reason, details: [{ path: 'custom', message: 'y'.repeat(600) }] },
    );
    expect([rejected.call_id?.length, rejected.leg, rejected.message.length]).toEqual([128, null, 500]);
  });
});

test('a batch is owned by the organization of its message, or by that of the record', () => {
  expect(batchOwnerOf(senderOf({ organization: 1002 }), 1001)).toBe(1002);
  expect(batchOwnerOf(senderOf(), 1001)).toBe(1001);
});

test('each round has an identity at most once, and repeats follow in their order', () => {
  const [one, other, repeat] = [
    arrivalOf({}, {}, 0),
    arrivalOf({ call_id: 'call-2' }, {}, 1),
    arrivalOf({ disposition: 'BUSY' }, {}, 2),
  ];
  expect(roundsOf([one, other, repeat])).toEqual([[one, other], [repeat]]);
  expect(roundsOf([])).toEqual([]);
});
