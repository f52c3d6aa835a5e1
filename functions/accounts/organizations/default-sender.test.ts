import { expect, test } from 'vitest';
import { assertDefaultSender, wantedDefaultSender } from './default-sender.ts';

test('a default sender is in a verified domain of the organization', () => {
  const address = wantedDefaultSender({ settings: { email: { default_from: 'hi@acme.example' } } });
  expect(address).toBe('hi@acme.example');
  expect(() => assertDefaultSender(address, { domain: 'acme.example' })).not.toThrow();
  expect(() => assertDefaultSender(address, undefined)).toThrow(
    expect.objectContaining({
      code: 'SENDER_NOT_VERIFIED',
      details: [expect.objectContaining({ path: 'settings.email.default_from' })],
    }),
  );
});

test.each([{}, { settings: {} }, { settings: { email: null } }, { settings: { email: { default_from: null } } }])(
  'no domain is needed without one: %j',
  (wanted) => {
    expect(() => assertDefaultSender(wantedDefaultSender(wanted), undefined)).not.toThrow();
  },
);
