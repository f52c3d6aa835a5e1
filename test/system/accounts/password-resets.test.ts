import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, photograph } from '../browser.ts';
import { connect } from '../cloud.ts';
import { enterCredentials, violationsIn } from '../console.fixture.ts';
import { json, newAdministeredTenant, newKey, outcome, type AdministeredTenant, type Body } from '../tenant.fixture.ts';

/** A forgotten password, from the request to the log-in with a new one; the e-mail goes to a local folder. */

const isLocal = connect().outputs['AwsEndpointUrl'] !== undefined;
const outbox = join(dirname(process.env['OUTPUTS'] ?? ''), 'outbox', 'email');

const ask = (path: string, body: object) =>
  connect().api(`/auth/password/${path}`, { method: 'POST', headers: json, json: body });

/** The token of the e-mail that the administrator of a tenant got. */
async function tokenOf({ ask: own }: AdministeredTenant): Promise<string> {
  const sent = async () =>
    ((await own('GET', '/email?template=password_reset')).body as { data: Body[] }).data.filter(
      ({ status }) => status === 'delivered',
    );
  await eventually(async () => expect(await sent()).toHaveLength(1), 60_000);
  const [email] = await sent();
  const message = readFileSync(join(outbox, `${String(email?.['email_id'])}.eml`), 'utf8').replaceAll('=\r\n', '');
  return /minutes: ([\w-]{43})/.exec(message)?.[1] ?? '';
}

test.skipIf(!isLocal)('a person that forgot the password sets a new one by the token of an e-mail', async () => {
  const tenant = await newAdministeredTenant('forgetful');
  const email = `${tenant.username}@example.com`;
  await tenant.ask('POST', `/users/${tenant.userId}`, { email });
  const asked = [await ask('forgot', { email }), await ask('forgot', { email: `no-${email}` })];
  expect(asked.map(({ status, body }) => ({ status, body }))).toEqual(
    [1, 2].map(() => ({
      status: 202,
      body: { success: true, message: 'If the account exists, an e-mail was sent' },
    })),
  );
  const token = await tokenOf(tenant);
  const password = 'Marble-Kettle-Drum-5';
  const replies = await Promise.all(Array.from({ length: 8 }, () => ask('reset', { token, password })));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(outcome(await tenant.ask('GET', '/auth/session'))).toBe('401 INVALID_TOKEN');
  const logIn = (by: string) =>
    connect().api('/auth/user', { method: 'POST', headers: json, json: { username: tenant.username, password: by } });
  expect([outcome(await logIn(tenant.password)), outcome(await logIn(password))]).toEqual([
    '401 INVALID_CREDENTIALS',
    '200',
  ]);
});

describe.skipIf(!isLocal)('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);

  test('asks for the e-mail, and sets the password by its link once', async () => {
    const tenant = await newAdministeredTenant('forgetful');
    await tenant.ask('POST', `/users/${tenant.userId}`, { email: `${tenant.username}@example.com` });
    await newKey(connect(), tenant.token);
    const { page } = await open('/');
    await page.getByRole('button', { name: 'Forgotten password' }).click();
    await page.getByLabel('Username').fill(tenant.username);
    await page.getByRole('button', { name: 'Send a link' }).click();
    await page.getByText('a link was sent to it').waitFor();

    const { page: linked } = await open(`/#token=${await tokenOf(tenant)}`);
    await linked.getByRole('heading', { name: 'Choose a password' }).waitFor();
    expect(new URL(linked.url()).hash).toBe('');
    expect(await violationsIn(linked)).toEqual([]);
    await photograph(linked, 'console-reset');
    const set = linked.getByRole('button', { name: 'Set the password' });
    await linked.getByRole('textbox', { name: 'New password' }).fill('short');
    await set.click();
    await linked.getByRole('alert').getByText('WEAK_PASSWORD').waitFor();
    const password = 'Marble-Kettle-Drum-5';
    await linked.getByRole('textbox', { name: 'New password' }).fill(password);
    await set.click();
    await linked.getByText('Still valid without the password: access keys: 1, phones: 0.').waitFor();
    // The link alone lets the person in, who finds nothing set up yet.
    await linked.getByRole('heading', { name: 'Welcome' }).waitFor();
    await photograph(linked, 'console-reset-done');
    expect(await violationsIn(linked)).toEqual([]);
    await linked.getByRole('button', { name: 'Skip all' }).click();
    await linked.getByRole('heading', { name: 'Home' }).waitFor();
  });

  test('opens the link also in a tab in which a person is signed in', async () => {
    const [reader, forgetful] = [await newAdministeredTenant('reader'), await newAdministeredTenant('forgetful')];
    const email = `${forgetful.username}@example.com`;
    await forgetful.ask('POST', `/users/${forgetful.userId}`, { email });
    await ask('forgot', { email });
    const link = new URL(`/#token=${await tokenOf(forgetful)}`, connect().outputs.ApiUrl).href;
    const { page } = await open('/');
    await enterCredentials(page, reader.username, reader.password);
    await page.getByRole('heading', { name: 'Home' }).waitFor();

    // The same document, whose address changes behind `#`.
    await page.goto(link);
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('button', { name: `Back to the console, as ${reader.username}` }).click();
    await page.getByRole('heading', { name: 'Home' }).waitFor();

    // A new document, whose session goes on.
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    expect(new URL(page.url()).hash).toBe('');
    const password = 'Marble-Kettle-Drum-5';
    await page.getByRole('textbox', { name: 'New password' }).fill(password);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByRole('button', { name: `Menu of ${forgetful.username}` }).waitFor();
  });
});
