import { describe, expect, test } from 'vitest';
import type { RejectedRecord } from './arrival.ts';
import { countsOfFiled, countsOfUnfiled, sumByBatch, totalOf, type Filing } from './batch-counts.ts';
import { arrivalOf, fileArrival, senderOf } from './filed-cdr.fixture.ts';

const filing = (...of: Parameters<typeof arrivalOf>): Filing => {
  const arrival = arrivalOf(...of);
  return { arrival, filed: fileArrival(arrival) };
};
const rejected = (code: RejectedRecord['code']): RejectedRecord => ({
  call_id: 'x',
  leg: 'a',
  code,
  message: 'rejected',
});
const [batch_id, organization] = ['b1', 1001];

describe('filed CDRs', () => {
  test('are counted as received, and by the status of their rating', () => {
    const filings = [
      filing({}, { batch_id }),
      filing({ call_id: 'busy', disposition: 'BUSY' }, { batch_id }),
      filing({ call_id: 'abroad', callee: '+442079460000' }, { batch_id }),
      filing({ call_id: 'other' }, { batch_id }),
    ];
    expect(countsOfFiled(filings)).toEqual([
      { organization, batch_id, counts: { received: 4, rated: 2, free: 1, unrated: 1 } },
    ]);
  });

  test('that POST has accepted are not counted as received again', () => {
    expect(countsOfFiled([filing({}, { batch_id, accepted: true })])).toEqual([
      { organization, batch_id, counts: { rated: 1 } },
    ]);
  });

  test('are counted for the owner of their batch, and not without a batch', () => {
    expect(countsOfFiled([filing({}, { batch_id, organization: 1000 }), filing()])).toEqual([
      { organization: 1000, batch_id, counts: { received: 1, rated: 1 } },
    ]);
  });
});

describe('records that were not filed', () => {
  const unfiled = { rejected: [rejected('CDR_CONFLICT'), rejected('TOO_OLD')], duplicates: 3 };

  test('are counted as duplicates, conflicts or rejected ones', () => {
    expect(countsOfUnfiled(senderOf({ batch_id }), organization, unfiled)).toEqual([
      { organization, batch_id, counts: { received: 5, duplicate: 3, conflict: 1, rejected: 1 } },
    ]);
  });

  test('are not counted without a batch', () => {
    expect(countsOfUnfiled(senderOf(), organization, unfiled)).toEqual([]);
  });
});

test('a count that no part has stays absent', () => {
  expect(
    totalOf([
      { received: 2, rated: 1 },
      { received: 1, duplicate: 0 },
    ]),
  ).toEqual({
    received: 3,
    rated: 1,
    duplicate: 0,
  });
  expect(totalOf([])).toEqual({});
});

test('additions to one batch are added up; batches of other names or organizations stay apart', () => {
  const one = { organization, batch_id, counts: { received: 1, rated: 1 } };
  expect(sumByBatch([one, { ...one, organization: 1002 }, { ...one, batch_id: 'b2' }, one])).toEqual([
    { organization, batch_id, counts: { received: 2, rated: 2 } },
    { ...one, organization: 1002 },
    { ...one, batch_id: 'b2' },
  ]);
});
