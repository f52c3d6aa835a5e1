import { afterAll, beforeAll, expect, test } from 'vitest';
import { issuer, manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { eventsOf, startStore, type TestStore } from '#test/support/store.fixture.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { tableFor } from '#dynamodb/table.ts';
import { policyApi } from '../../dialplan/dialplan-policies/handler.ts';
import { voicemailPreferencesHandler } from '../voicemail-preferences/handler.ts';
import { noticeAddressesApi } from './handler.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

let last = 6_400;

/** A tenant that saves policies, and the e-mails that its saves queue. */
async function newTenant() {
  const organization = (last += 1);
  const token = await (await tenantsIn(running.store)).join(organization);
  const clock = manualClock(noon.toISOString());
  const dependencies = testDependencies(running.store, { clock });
  const policies = policyApi(dependencies);
  const links = noticeAddressesApi(dependencies);
  const mailboxes = voicemailPreferencesHandler(dependencies);
  const policyOf = ({ body }: { readonly body: unknown }) => (body as { policy: { id: string } }).policy;
  const warningsOf = ({ body }: { readonly body: unknown }) => (body as { warnings?: readonly string[] }).warnings;
  let saved = '';
  return {
    clock,
    organization,
    /** @returns the warnings of the answer */
    save: async (...notify: readonly string[]) => {
      const json = { name: 'Abroad', conditions: { pattern: '^011' }, actions: { allow: true, notify } };
      const answer =
        saved === ''
          ? await call(policies, 'PUT /dialplan/policy', { token, json })
          : await call(policies, 'POST /dialplan/policy', { token, json: { id: saved, actions: json.actions } });
      saved = policyOf(answer).id;
      return warningsOf(answer);
    },
    /** Saves the preferences of a mailbox. @returns the warnings of the answer */
    saveMailbox: async (preferences: object) => {
      const request = { token, params: { mailbox: '204' }, json: preferences };
      return warningsOf(await call(mailboxes, 'PUT /voicemailprefs/{mailbox}', request));
    },
    /** The e-mails that ask, with the links that they have. */
    questions: async () =>
      (await tableFor<'email'>(running.store, organization).query(emailRow, {})).items.map((email) => ({
        ...email,
        link: String(email.variables?.['link']),
      })),
    follow: (link = '') => {
      const [, secret = ''] = /\/email\/confirm\?token=(\S+)$/.exec(link) ?? [];
      return call(links, 'GET /email/confirm', { query: { token: secret } });
    },
  };
}

const warningAbout = (address: string) =>
  `notify: ${address} gets no notice before it confirms by the link that is sent to it`;

test('a stranger that a policy names is asked once, by a link of this deployment', async () => {
  const { save, questions, organization } = await newTenant();
  expect(await save('eve@example.com')).toEqual([warningAbout('eve@example.com')]);
  expect(await save('eve@example.com', 'max@example.com')).toEqual(
    ['eve@example.com', 'max@example.com'].map(warningAbout),
  );
  expect(
    (await questions()).map(({ to, template, link }) => [to, template, link.startsWith(`${issuer}/email/confirm?`)]),
  ).toEqual([
    [['max@example.com'], 'address_confirmation', true],
    [['eve@example.com'], 'address_confirmation', true],
  ]);
  expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toContain('email.queued');
});

test('the person who follows the link confirms the address, once; saves warn of it no more', async () => {
  const { save, questions, follow, organization } = await newTenant();
  await save('eve@example.com');
  const [question] = await questions();
  expect(await follow(question?.link)).toMatchObject({
    status: 200,
    body: { success: true, data: { address: 'eve@example.com', confirmed_at: noon.toISOString() } },
  });
  expect(outcome(await follow(question?.link))).toBe('404 NOT_FOUND');
  expect(await save('eve@example.com')).toBeUndefined();
  expect(await questions()).toHaveLength(1);
  expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toContain('email.address_confirmed');
});

test('a link is followed by one of two requests at the same time', async () => {
  const { save, questions, follow } = await newTenant();
  await save('eve@example.com');
  const [question] = await questions();
  const answers = await Promise.all([follow(question?.link), follow(question?.link)]);
  expect(answers.map(outcome).toSorted()).toEqual(['200', '404 NOT_FOUND']);
});

test('a link ends after 7 days; a token of another form is rejected', async () => {
  const { save, questions, follow, clock } = await newTenant();
  await save('eve@example.com');
  const [question] = await questions();
  clock.advance(7 * 24 * 3_600);
  expect(outcome(await follow(question?.link))).toBe('404 NOT_FOUND');
  expect(outcome(await follow('/email/confirm?token=short'))).toBe('400 INVALID_PARAMETER');
  expect(outcome(await follow(`/email/confirm?token=${'x'.repeat(43)}`))).toBe('404 NOT_FOUND');
});

test('a stranger that a mailbox names is asked once, whatever else is saved, for policies too', async () => {
  const { save, saveMailbox, questions, follow } = await newTenant();
  const warning = warningAbout('eve@example.com').replace('notify:', 'notify_email:');
  expect(await saveMailbox({ notify_email: 'eve@example.com' })).toEqual([warning]);
  expect(await saveMailbox({ max_messages: 5 })).toEqual([warning]);
  expect(await save('eve@example.com')).toEqual([warningAbout('eve@example.com')]);
  const [question, ...more] = await questions();
  expect([question?.to, more]).toEqual([['eve@example.com'], []]);
  await follow(question?.link);
  expect([await saveMailbox({ max_messages: 6 }), await save('eve@example.com')]).toEqual([undefined, undefined]);
});

test('a mailbox without an address asks no one', async () => {
  const { saveMailbox, questions } = await newTenant();
  expect(await saveMailbox({ max_messages: 5 })).toBeUndefined();
  expect(await saveMailbox({ notify_email: 'eve@example.com' })).toHaveLength(1);
  expect(await saveMailbox({ notify_email: null })).toBeUndefined();
  expect(await questions()).toHaveLength(1);
});
