import { beforeEach, expect, test } from 'vitest';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { userOf } from '#test/support/people.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { scryptPasswords } from '#credentials/password-hash.ts';
import { commit } from '#dynamodb/commit.ts';
import { voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { overwrite } from '#dynamodb/write.ts';
import { defaultPreferences, type VoicemailPreferences } from '#schema/mailbox.ts';
import { mailboxPinRow } from '../rows/mailbox-pin.ts';
import type { mailboxLogIns } from './contract.ts';
import { mailboxLogInsHandler } from './handler.ts';
import type * as z from 'zod';

const at = '2026-11-20T10:00:00.000Z';
const passwords = scryptPasswords({ ln: 4, r: 1, p: 1 });
const mailbox = '204';
const running = testStore();
let organization = 7_500;
let clock: ReturnType<typeof manualClock>;

type Question = z.input<(typeof mailboxLogIns)['question']>;
const ask = async (more: Partial<Question> & Pick<Question, 'ask'>): Promise<string> => {
  const handler = mailboxLogInsHandler({ ...testDependencies(running.store, { clock }) }, passwords);
  const { outcome } = await handler({ org_id: organization, mailbox, user: null, ...more });
  return outcome;
};
const logIn = (pin: string | null, more: Partial<Question> = {}) => ask({ ask: { type: 'log_in', pin }, ...more });
const own = { user: 'usr_204' };

const prefer = (more: Partial<VoicemailPreferences> = {}) =>
  commit(running.store, organization, [
    overwrite(voicemailPreferencesRow, {
      ...{ ...defaultPreferences(mailbox), pin_set: true, created_at: at, updated_at: at, ...more },
    }),
  ]);

beforeEach(async () => {
  organization += 1;
  clock = manualClock(at);
  await commit(running.store, organization, [
    overwrite(userRow, userOf('usr_204', { extension: mailbox })),
    overwrite(userExtensionRow, { extension: mailbox, owner: 'usr_204' }),
    overwrite(mailboxPinRow, { mailbox, pin: await passwords.hash('4711') }),
  ]);
  await prefer();
});

const locks = async () =>
  (await eventsOf(running.store, organization)).filter(({ type }) => type === 'voicemail.access_locked').length;

test('the PIN opens the mailbox, and forgets what was wrong before', async () => {
  for (let times = 0; times < 3; times += 1) {
    for (const pin of ['1', '2', '3', '4']) expect(await logIn(pin)).toBe('wrong');
    expect(await logIn('4711')).toBe('open');
  }
  expect(await locks()).toBe(0);
});

test('of 64 guesses at once five are looked at, and then none for 15 minutes, not even the right one', async () => {
  const all = await Promise.all(Array.from({ length: 64 }, (_, pin) => logIn(String(5_000 + pin))));
  expect(all.filter((outcome) => outcome === 'wrong')).toHaveLength(5);
  expect(all.filter((outcome) => outcome === 'locked')).toHaveLength(59);
  expect(await logIn('4711')).toBe('locked');
  expect(await locks()).toBe(1);
  clock.advance(15 * 60_000 + 1);
  expect(await logIn('4711')).toBe('open');
});

test('strangers do not lock the phone of the owner, which counts apart', async () => {
  for (const pin of ['1', '2', '3', '4', '5']) await logIn(pin);
  expect([await logIn('4711'), await logIn('4711', own)]).toEqual(['locked', 'open']);
  for (const pin of ['1', '2', '3', '4', '5']) await logIn(pin, own);
  expect(await logIn('4711', own)).toBe('locked');
  expect(await locks()).toBe(1);
});

test('the registered phone of another user is outside', async () => {
  for (const pin of ['1', '2', '3', '4', '5']) await logIn(pin, { user: 'usr_205' });
  expect(await logIn('4711', { user: 'usr_205' })).toBe('locked');
});

test('a mailbox that does not exist, or has no PIN, is as wrong and is locked as one with another PIN', async () => {
  await prefer({ pin_set: false });
  await commit(running.store, organization, [
    overwrite(mailboxPinRow, { mailbox: '300', pin: await passwords.hash('4711') }),
  ]);
  for (const box of ['299', '300']) {
    const outcomes: string[] = [];
    for (let times = 0; times < 6; times += 1) outcomes.push(await logIn('4711', { mailbox: box }));
    expect(outcomes).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'wrong', 'locked']);
  }
});

test('the own phone needs no PIN where the mailbox says so, or has none; others always do', async () => {
  expect([await logIn(null, own), await logIn(null)]).toEqual(['wrong', 'wrong']);
  await prefer({ pin_from_own_phone: false });
  expect([await logIn(null, own), await logIn(null), await logIn(null, { user: 'usr_205' })]).toEqual([
    ...['open', 'wrong', 'wrong'],
  ]);
  await prefer({ pin_set: false });
  expect([await logIn(null, own), await logIn(null)]).toEqual(['open', 'wrong']);
});

test('a PIN is changed with its event, and a weak one is not', async () => {
  const change = (pin: string) => ask({ ask: { type: 'change_pin', pin } });
  expect([await change('1234'), await change('12'), await change('204'), await change('8152')]).toEqual([
    ...['weak', 'weak', 'weak', 'changed'],
  ]);
  expect([await logIn('4711'), await logIn('8152')]).toEqual(['wrong', 'open']);
  const events = await eventsOf(running.store, organization);
  expect(events.filter(({ type }) => type === 'voicemailprefs.updated')).toHaveLength(1);
  expect(JSON.stringify(events)).not.toContain('8152');
});
