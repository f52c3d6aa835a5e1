import { expect, test } from 'vitest';
import { mutateCalls } from '#sip/session/sessions-fuzz.fixture.ts';

/** `SIP_FUZZ_CALLS` sets another number of calls, of 20 messages each; `npm test` takes 1,500. */
const calls = Number(process.env['SIP_FUZZ_CALLS'] ?? 50_000);

test('a million mutated messages of calls throw nothing, and leave no dialog, transaction or timer', () => {
  expect(mutateCalls(calls, 5407)).toBeGreaterThan(calls * 2);
});
