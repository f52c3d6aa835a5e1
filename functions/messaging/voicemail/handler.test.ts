import { beforeAll, describe, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, type Body } from '#test/system/tenant.fixture.ts';
import { mailboxesOf } from '#test/system/voicemail.fixture.ts';
import { voicemailPreferences } from '../voicemail-preferences/contract.ts';
import { voicemailPreferencesHandler } from '../voicemail-preferences/handler.ts';
import { voicemail } from './contract.ts';
import { voicemailHandler } from './handler.ts';

const functions = functionsOf([voicemail, voicemailHandler], [voicemailPreferences, voicemailPreferencesHandler]);
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});
const newMailbox = (preferences?: Body) => mailboxesOf(tenant.ask).newMailbox(preferences);
const deposit = (mailbox: string, more?: Body) => mailboxesOf(tenant.ask).deposit(mailbox, more);

describe('a deposit', () => {
  test('is rejected when the mailbox is full, however many come at once', async () => {
    const mailbox = await newMailbox({ max_messages: 5 });
    const answers = await Promise.all(Array.from({ length: 24 }, () => deposit(mailbox)));
    const outcomes = Map.groupBy(answers, outcome);
    expect([outcomes.get('201')?.length, outcomes.get('409 MAILBOX_FULL')?.length]).toEqual([5, 19]);
  });

  test.each([
    [{ size: 0 }, '422 VALIDATION_FAILED'],
    [{ size: 20 * 1024 * 1024 + 1 }, '422 VALIDATION_FAILED'],
    [{ content_type: 'text/html' }, '422 VALIDATION_FAILED'],
    [{ duration_seconds: 181 }, '422 VALIDATION_FAILED'],
    [{ caller_number: '100' }, '422 VALIDATION_FAILED'],
    [{ received_at: '2999-01-01T00:00:00Z' }, '422 VALIDATION_FAILED'],
  ])('with %o is rejected with %s', async (wrong, expected) => {
    expect(outcome(await deposit(await newMailbox(), wrong))).toBe(expected);
  });

  test('needs a mailbox that exists and takes messages', async () => {
    expect(outcome(await deposit('nowhere'))).toBe('404 NOT_FOUND');
    expect(outcome(await deposit(await newMailbox({ enabled: false })))).toBe('409 MAILBOX_DISABLED');
  });
});
