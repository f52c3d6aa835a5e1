import { expect, test } from 'vitest';
import { conflictWith, ownerMissing, reasonAt, unknownOrganization } from './rejection-reason.ts';

test('a reason names the path of the field', () => {
  expect(reasonAt('TOO_OLD', 'start_time', 'must be newer').details).toEqual([
    { path: 'start_time', message: 'must be newer' },
  ]);
  expect([ownerMissing.details[0]?.path, unknownOrganization('org_7').details[0]?.path]).toEqual(['org_id', 'org_id']);
});

test('a conflict names the leg and the call', () => {
  expect(conflictWith({ call_id: 'call-1', leg: 'b' })).toEqual({
    code: 'CDR_CONFLICT',
    message: 'Leg b of call call-1 is filed with other content',
    details: [],
  });
});
