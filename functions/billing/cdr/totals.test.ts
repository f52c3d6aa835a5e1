import { expect, test } from 'vitest';
import { filedCdr } from './filed-cdr.fixture.ts';
import { totalsOf } from './totals.ts';

const of = (more: Partial<(typeof filedCdr)['rating']>, disposition = filedCdr.disposition) => ({
  ...filedCdr,
  disposition,
  rating: { ...filedCdr.rating, ...more },
});

test('the CDRs of a search are summed by currency, without voided ones', () => {
  const cdrs = [
    of({ charge: '0.1000' }),
    of({ charge: '0.2000' }),
    of({ charge: '1.0000', currency: 'EUR' }),
    of({ status: 'unrated', currency: null, charge: '0.0000' }, 'BUSY'),
    of({ status: 'void', charge: '9.0000' }),
  ];
  expect(totalsOf(cdrs, false)).toEqual({
    ...{ calls: 4, answered: 3, talk_seconds: 4 * 342, complete: false },
    charges: [
      { currency: 'USD', amount: '0.3000' },
      { currency: 'EUR', amount: '1.0000' },
    ],
  });
  expect(totalsOf([], true)).toEqual({ calls: 0, answered: 0, talk_seconds: 0, charges: [], complete: true });
});
