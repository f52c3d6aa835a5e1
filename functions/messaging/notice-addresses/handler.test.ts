import { expect, test } from 'vitest';
import { issuer, manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { tableFor } from '#dynamodb/table.ts';
import { policyApi } from '../../dialplan/dialplan-policies/handler.ts';
import { voicemailPreferencesHandler } from '../voicemail-preferences/handler.ts';
import { noticeAddressesApi } from './handler.ts';

const running = testStore();

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
    open: (link = '') => call(links, 'GET /email/confirm', { query: { token: tokenOf(link) } }),
    /** Presses the button of the page. */
    agree: (link = '') => call(links, 'POST /email/confirm', { form: { token: tokenOf(link) } }),
  };
}

const tokenOf = (link: string): string => /\/email\/confirm\?token=(\S+)$/.exec(link)?.[1] ?? '-';

/** The heading of a page. */
const headingOf = ({ text }: Reply) => /<h1>(.*)<\/h1>/.exec(text)?.[1];
const question = 'Get notices by e-mail?';
const confirmed = 'The address is confirmed';
const unknown = 'This link does not work any more';

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

test('a link shows a form without script, however often it is opened, and confirms nothing', async () => {
  const { save, questions, open, organization } = await newTenant();
  await save('eve@example.com');
  const [{ link } = { link: '' }] = await questions();
  for (const _ of [1, 2]) {
    const answer = await open(link);
    expect([answer.status, headingOf(answer)]).toEqual([200, question]);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'; form-action 'self'");
    expect(answer.text).toContain(`<input type="hidden" name="token" value="${tokenOf(link)}">`);
    expect(answer.text).not.toContain('<script');
  }
  expect(await save('eve@example.com')).toEqual([warningAbout('eve@example.com')]);
  expect((await eventsOf(running.store, organization)).map(({ type }) => type)).not.toContain(
    'email.address_confirmed',
  );
});

test('the button of the page confirms the address; saves warn of it no more', async () => {
  const { save, questions, agree, organization } = await newTenant();
  await save('eve@example.com');
  const [{ link } = { link: '' }] = await questions();
  const answer = await agree(link);
  expect([answer.status, headingOf(answer)]).toEqual([200, confirmed]);
  expect(answer.text).toContain('eve@example.com');
  expect(await save('eve@example.com')).toBeUndefined();
  expect(await questions()).toHaveLength(1);
  expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toContain('email.address_confirmed');
});

test('a person who comes back is shown that the address is confirmed; it is confirmed once', async () => {
  const { save, questions, open, agree, organization } = await newTenant();
  await save('eve@example.com');
  const [{ link } = { link: '' }] = await questions();
  const answers = [...(await Promise.all([agree(link), agree(link)])), await agree(link), await open(link)];
  expect(answers.map((answer) => [answer.status, headingOf(answer)])).toEqual(answers.map(() => [200, confirmed]));
  const events = await eventsOf(running.store, organization);
  expect(events.filter(({ type }) => type === 'email.address_confirmed')).toHaveLength(1);
});

test('a link ends after 7 days; one that is incomplete gets a page too', async () => {
  const { save, questions, open, agree, clock } = await newTenant();
  await save('eve@example.com');
  const [{ link } = { link: '' }] = await questions();
  clock.advance(7 * 24 * 3_600);
  for (const answer of [await open(link), await agree(link), await open(link.slice(0, -9)), await agree('')])
    expect([answer.status, headingOf(answer)]).toEqual([404, unknown]);
});

test('a stranger that a mailbox names is asked once, whatever else is saved, for policies too', async () => {
  const { save, saveMailbox, questions, agree } = await newTenant();
  const warning = warningAbout('eve@example.com').replace('notify:', 'notify_email:');
  expect(await saveMailbox({ notify_email: 'eve@example.com' })).toEqual([warning]);
  expect(await saveMailbox({ max_messages: 5 })).toEqual([warning]);
  expect(await save('eve@example.com')).toEqual([warningAbout('eve@example.com')]);
  const [question, ...more] = await questions();
  expect([question?.to, more]).toEqual([['eve@example.com'], []]);
  await agree(question?.link);
  expect([await saveMailbox({ max_messages: 6 }), await save('eve@example.com')]).toEqual([undefined, undefined]);
});

test('a mailbox without an address asks no one', async () => {
  const { saveMailbox, questions } = await newTenant();
  expect(await saveMailbox({ max_messages: 5 })).toBeUndefined();
  expect(await saveMailbox({ notify_email: 'eve@example.com' })).toHaveLength(1);
  expect(await saveMailbox({ notify_email: null })).toBeUndefined();
  expect(await questions()).toHaveLength(1);
});
