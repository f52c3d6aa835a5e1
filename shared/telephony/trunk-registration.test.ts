import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { second } from '../schema/time.ts';
import {
  afterExpiry,
  afterFailure,
  afterSuccess,
  currentServiceRoute,
  nextCheck,
  registrationEvent,
  registrationError,
  presentRegistration,
  trunkStatus,
  newRegistration,
  type RegisteringTrunk,
  type TrunkRegistration,
} from './trunk-registration.ts';

const start = Date.parse('2026-01-15T10:00:00.000Z');
const at = (seconds: number): string => new Date(start + seconds * second).toISOString();
const rejected = (seconds: number) => ({ code: 403, reason: 'Forbidden', at: at(seconds) });
const trunk: RegisteringTrunk = { status: 'active', register: true, registration_epoch: 1 };
const seconds = (time: string | null): number => (Date.parse(time ?? '') - start) / second;

describe('a trunk that registers', () => {
  test('is pending until a REGISTER succeeds', () => {
    const wanted = newRegistration(1, at(0));
    expect(trunkStatus(trunk, wanted, at(1))).toBe('pending');
    expect(trunkStatus(trunk, undefined, at(1))).toBe('pending');
    expect(trunkStatus(trunk, afterSuccess(wanted, at(1), 3_600), at(2))).toBe('active');
  });

  test('that a user set active is active until a REGISTER fails', () => {
    const wanted = newRegistration(1, at(0), 'active');
    expect(trunkStatus(trunk, wanted, at(1))).toBe('active');
    expect(trunkStatus(trunk, afterFailure(wanted, rejected(1)), at(2))).toBe('pending');
  });

  test('stays active while its binding lasts, even if a refresh fails, and is pending after it', () => {
    const failing = afterFailure(afterSuccess(newRegistration(1, at(0)), at(0), 3_600), rejected(3_240));
    expect([trunkStatus(trunk, failing, at(3_241)), failing.state, failing.last_error?.code]).toEqual([
      'active',
      'registered',
      403,
    ]);
    expect([trunkStatus(trunk, failing, at(3_600)), presentRegistration(trunk, failing, at(3_600)).state]).toEqual([
      'pending',
      'failed',
    ]);
    const failed = afterFailure(failing, rejected(3_601));
    expect([failed.status, failed.state, failed.expires_at]).toEqual(['pending', 'failed', null]);
  });

  test.each([1, 2, 9])('whose registrar grants %i s registers once in 5 s', (granted) => {
    const registered = afterSuccess(newRegistration(1, at(0)), at(0), granted);
    expect([seconds(nextCheck(registered)), seconds(registered.next_attempt)]).toEqual([5, 5]);
  });

  test('is checked when its binding expires, even if the next REGISTER is later, and has failed from then on', () => {
    const failing = [0, 1, 2, 3].reduce(
      (registration) => afterFailure(registration, rejected(3_500)),
      afterSuccess(newRegistration(1, at(0)), at(0), 3_600),
    );
    expect([seconds(nextCheck(failing)), seconds(failing.next_attempt)]).toEqual([3_600, 3_740]);
    const expired = afterExpiry(failing);
    expect([
      expired.status,
      expired.state,
      expired.expires_at,
      expired.last_error?.code,
      seconds(nextCheck(expired)),
    ]).toEqual(['pending', 'failed', null, 403, 3_740]);
  });

  test('whose binding expired without a refresh has the error 408', () => {
    const forgotten = afterSuccess(newRegistration(1, at(0)), at(0), 3_600);
    expect(registrationError(trunk, forgotten, at(3_599))).toBeNull();
    expect(registrationError(trunk, forgotten, at(3_600))).toEqual({
      code: 408,
      reason: 'The registration expired',
      at: at(3_600),
    });
  });

  test('follows the Service-Route of its last 200 while the binding lasts, and no longer', () => {
    const routes = { service_route: ['<sip:a.example;lr>'], associated_uris: ['tel:+46890510'] };
    const begun = newRegistration(1, at(0));
    const registered = afterSuccess(begun, at(0), 3_600, { routes });
    const failing = afterFailure(registered, rejected(3_240));
    for (const current of [registered, failing]) {
      expect(currentServiceRoute(current, at(3_599))).toEqual(routes.service_route);
      expect(presentRegistration(trunk, current, at(3_599))).toMatchObject(routes);
      expect(currentServiceRoute(current, at(3_600))).toEqual([]);
      expect(presentRegistration(trunk, current, at(3_600))).toMatchObject({ service_route: [], associated_uris: [] });
    }
    const ended = [
      afterExpiry(registered),
      afterFailure(failing, rejected(3_601)),
      afterSuccess(registered, at(1), 60),
    ];
    for (const current of [begun, ...ended]) expect(current).not.toHaveProperty('service_route');
    expect(currentServiceRoute(undefined, at(0))).toEqual([]);
  });

  test('that ignores a part of a 200 is registered, with an error that says what', () => {
    const registered = afterSuccess(newRegistration(1, at(0)), at(0), 60, { objection: 'Service-Route ignored' });
    const error = { code: 200, reason: 'Service-Route ignored', at: at(0) };
    expect([registered.state, registrationError(trunk, registered, at(1))]).toEqual(['registered', error]);
  });

  test('ignores a registration of an older epoch', () => {
    const registered = afterSuccess(newRegistration(1, at(0)), at(0), 3_600);
    expect(trunkStatus({ ...trunk, registration_epoch: 2 }, registered, at(1))).toBe('pending');
    expect(presentRegistration({ ...trunk, registration_epoch: 2 }, registered, at(1)).state).toBe('registering');
  });

  test('has no registration while inactive, and keeps it while suspended', () => {
    const registered = afterSuccess(newRegistration(1, at(0)), at(0), 3_600);
    expect([
      trunkStatus({ ...trunk, status: 'inactive' }, registered, at(1)),
      presentRegistration({ ...trunk, status: 'inactive' }, registered, at(1)).state,
    ]).toEqual(['inactive', 'none']);
    expect([
      trunkStatus({ ...trunk, status: 'suspended' }, registered, at(1)),
      presentRegistration({ ...trunk, status: 'suspended' }, registered, at(1)).state,
    ]).toEqual(['suspended', 'registered']);
  });
});

test('a trunk that does not register has the status that was set', () => {
  for (const status of ['active', 'inactive', 'suspended'] as const)
    expect(trunkStatus({ ...trunk, register: false, status }, undefined, at(0))).toBe(status);
});

test('failures are retried after 30 s, doubling to 30 min', () => {
  let registration = newRegistration(1, at(0));
  const waits = Array.from({ length: 10 }, () => {
    registration = afterFailure(registration, rejected(0));
    return seconds(registration.next_attempt);
  });
  expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_800, 1_800, 1_800, 1_800]);
});

test('Retry-After takes precedence over the wait, from a second to a day', () => {
  const waits = [0, 5, 120, 7_200, 1_000_000].map((retryAfter) =>
    seconds(afterFailure(newRegistration(1, at(0)), rejected(0), retryAfter).next_attempt),
  );
  expect(waits).toEqual([1, 5, 120, 7_200, 86_400]);
});

test('a binding is refreshed before it expires, with time for several retries', () => {
  const next = (lifetime: number): number =>
    seconds(afterSuccess(newRegistration(1, at(0)), at(0), lifetime).next_attempt);
  expect([3_600, 600, 300, 90, 60].map(next)).toEqual([3_240, 540, 240, 45, 30]);
});

test('each change of state has its event, except back to registering', () => {
  expect(registrationEvent('registering', 'registered')).toBe('trunk.registered');
  expect(registrationEvent('registered', 'registered')).toBeNull();
  expect(registrationEvent('registering', 'failed')).toBe('trunk.registration_failed');
  expect(registrationEvent('failed', 'registered')).toBe('trunk.registered');
  expect(registrationEvent('registered', 'none')).toBe('trunk.unregistered');
  expect(registrationEvent('failed', 'none')).toBeNull();
  expect(registrationEvent('registered', 'registering')).toBeNull();
});

test('the next REGISTER is within 30 min or the lifetime of the binding, and failed means no binding', () => {
  const tries = fc.array(
    fc.oneof(
      fc.record({ lifetime: fc.integer({ min: 10, max: 7_200 }) }),
      fc.record({ code: fc.constantFrom(403, 404, 408, 503) }),
    ),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(tries, (outcomes) => {
      let registration: TrunkRegistration = newRegistration(1, at(0));
      for (const outcome of outcomes) {
        const now = registration.next_attempt;
        registration =
          'lifetime' in outcome
            ? afterSuccess(registration, now, outcome.lifetime)
            : afterFailure(registration, { code: outcome.code, reason: 'no', at: now });
        const wait = (Date.parse(registration.next_attempt) - Date.parse(now)) / second;
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual('lifetime' in outcome ? outcome.lifetime : 1_800);
        expect(registration.state === 'failed').toBe(registration.expires_at === null);
        expect(registration.last_error === null).toBe('lifetime' in outcome);
        expect(registration.status).toBe(registration.state === 'failed' ? 'pending' : 'active');
      }
    }),
  );
});
