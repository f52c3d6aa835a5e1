import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxInFlight, returnLease, takeLease, type DeliveryLeases } from './delivery-leases.ts';

const now = new Date('2026-11-20T12:00:00.000Z');

test('whatever is taken and returned, at most six attempts are in flight', () => {
  const action = fc.record({ id: fc.constantFrom('a', 'b', 'c'), attempts: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), action)), (actions) => {
      let leases: DeliveryLeases | undefined;
      for (const [takes, { id, attempts }] of actions) {
        if (takes) leases = takeLease('wh_1', leases, { id, attempts, ttl: 1_000 }, now)?.leases ?? leases;
        else if (leases !== undefined) leases = returnLease(leases, id, now);
        const total = leases?.leases.reduce((sum, lease) => sum + lease.attempts, 0) ?? 0;
        expect(total).toBeLessThanOrEqual(maxInFlight);
      }
    }),
  );
});

test('a lease has as many attempts as are free, and ends by itself', () => {
  const first = takeLease('wh_1', undefined, { id: 'a', attempts: 4, ttl: 1_000 }, now);
  const second = takeLease('wh_1', first?.leases, { id: 'b', attempts: 4, ttl: 2_000 }, now);
  expect([first?.attempts, second?.attempts]).toEqual([4, 2]);
  expect(takeLease('wh_1', second?.leases, { id: 'c', attempts: 1, ttl: 1_000 }, now)).toBeUndefined();
  const later = new Date(now.getTime() + 1_000);
  expect(takeLease('wh_1', second?.leases, { id: 'c', attempts: 9, ttl: 1_000 }, later)?.attempts).toBe(4);
});
