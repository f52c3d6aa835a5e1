import { expect, test } from 'vitest';
import { confirmationEmail } from '#schema/confirmation-email.ts';
import { noticeBody } from './notice-body.ts';

test('the body is made from the template of the platform and the values', () => {
  const email = confirmationEmail({
    ...{ id: 'eml_1', address: 'a@example.com', organization: 1001, token: 'secret' },
    ...{ url: 'https://api.example.com', now: '2026-11-20T12:00:00.000Z' },
  });
  const link = 'https://api.example.com/email/confirm?token=secret';
  expect(noticeBody(email)).toEqual({
    text: expect.stringContaining(`The organization org_1001 of a telephony platform`),
    html: expect.stringContaining(`<a href="${link}">${link}</a>`),
  });
  expect(noticeBody(email)?.text).toContain(`\n${link}\n`);
});

test('an e-mail that has its body already, and one of another template, keeps it', () => {
  expect(noticeBody({ template: 'policy_call_log' })).toBeUndefined();
  expect(noticeBody({ template: 'policy_call_log', variables: null })).toBeUndefined();
  expect(noticeBody({ template: 'order_shipped', variables: {} })).toBeUndefined();
});

test('values that the template does not fit are an error', () => {
  expect(() => noticeBody({ template: 'policy_call_log', variables: {} })).toThrow('The template requires: ');
});
