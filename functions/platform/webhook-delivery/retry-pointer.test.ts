import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryOf, retrySubject } from './retry-pointer.ts';

const id = fc.stringMatching(/^[a-z]{2,8}_[0-9A-Z]{1,26}$/);

test('the subject of a pointer names its attempt', () => {
  const retry = fc.record({
    webhook_id: fc.oneof(id, fc.constant('default')),
    event_id: id,
    series: fc.oneof(id, fc.constant('')),
    attempt: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(retry, (each) => {
      expect(retryOf(retrySubject(each))).toEqual(each);
    }),
  );
});
