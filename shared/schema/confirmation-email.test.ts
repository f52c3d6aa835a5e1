import { expect, test } from 'vitest';
import { confirmationEmail } from './confirmation-email.ts';

test('an address is asked by a link, in words that no tenant chooses', () => {
  const email = confirmationEmail({
    id: 'eml_1',
    address: 'eve@example.com',
    organization: 1_001,
    token: 'secret',
    url: 'https://api.example.com',
    now: '2026-11-20T12:00:00.000Z',
  });
  expect(email).toMatchObject({
    id: 'eml_1',
    status: 'queued',
    to: ['eve@example.com'],
    cc: [],
    template: 'address_confirmation',
    subject: 'Do you want notices about calls?',
  });
  expect(email.variables).toEqual({
    organization: 'org_1001',
    link: 'https://api.example.com/email/confirm?token=secret',
    days: 7,
  });
});
