import { generateSync } from 'otplib';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt, photograph, tooWide, type OpenPage } from '../system/browser.ts';
import { callees, message, queuesOf, sendToQueue, type Call } from '../system/cdr.fixture.ts';
import { connect } from '../system/cloud.ts';
import {
  enterCredentials,
  openBy,
  pagesOf,
  signInAt,
  signOut,
  violationsIn,
  waitForLists,
} from '../system/console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../system/tenant.fixture.ts';

/** `/`: the console in Chromium, as a person uses it. */

/** CDRs of the search: more than a page of the API. */
const recorded = 250;

describe('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let viewer: string;
  const group = { name: uniqueName('desk'), display_name: 'Desk', category: 'department' };

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('console'));
    viewer = uniqueName('viewer');
    const user = {
      username: viewer,
      password: tenantPassword,
      email: `${viewer}@example.com`,
      roles: ['viewer'],
      must_change_password: false,
    };
    expect(outcome(await tenant.ask('PUT', '/users', user))).toBe('201');
    expect(outcome(await tenant.ask('PUT', '/groups', group))).toBe('201');
  });

  const signedIn = (username = tenant.username, password = tenant.password): Promise<OpenPage> =>
    signInAt(open, username, password);

  test('a wrong password is said, and the right one leads to the overview', async () => {
    const { page } = await open('/');
    await enterCredentials(page, tenant.username, 'Wrong-Falcon-Ridge-2');
    await page.getByRole('alert').getByText('INVALID_CREDENTIALS').waitFor();
    await enterCredentials(page, tenant.username, tenant.password);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await eventually(async () => expect(await page.locator('[data-figure="Calls now"]').innerText()).toBe('0'));
  });

  test('a session lasts over a reload of its tab, is in no other one, and ends with the sign-out', async () => {
    const { page } = await signedIn();
    const stored = (): Promise<string> => page.evaluate<string>('JSON.stringify({ ...sessionStorage })');
    await page.reload();
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    const token = await page.evaluate<string>("sessionStorage.getItem('trunkline-token')");
    const session = () => connect().api('/auth/session', { token });
    expect((await session()).status).toBe(200);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await signOut(page);
    expect(await stored()).not.toContain(token);
    await eventually(async () => expect((await session()).status).toBe(401));
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  test.each([
    ['wide', 'light', 1280],
    ['narrow', 'dark', 390],
  ] as const)('each page is %s and %s without a violation of accessibility', async (_width, scheme, width) => {
    const { page, complaints } = await open('/', { width });
    await page.emulateMedia({ colorScheme: scheme });
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await enterCredentials(page, tenant.username, tenant.password);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await photograph(page, `console-overview-${scheme}`);
    const pages = await pagesOf(page);
    expect(pages.length).toBeGreaterThan(20);
    for (const { title, to } of pages) {
      await page.goto(new URL(to, page.url()).href);
      const heading = title === 'Organization' ? tenant.username : title;
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await waitForLists(page);
      // One run names the violations of all pages.
      expect.soft({ title, violations: await violationsIn(page) }).toEqual({ title, violations: [] });
      expect.soft({ title, wide: await tooWide(page) }).toEqual({ title, wide: [] });
      await photograph(page, `console-${title.toLowerCase().replaceAll(' ', '-')}-${scheme}`);
    }
    // Chromium writes to its log what is not set up yet, such as the archive, and the search that has not ended yet.
    const expected = /status of 404|status of 400 .*\/smslogs\/download$/;
    expect(complaints.filter((complaint) => !expected.test(complaint))).toEqual([]);
  });

  test('a resource is made, listed, changed and deleted by forms of the contract', async () => {
    const { page, complaints } = await signedIn();
    await openBy(page, 'Blocked callers');
    await page.getByRole('link', { name: 'New blocked caller' }).first().click();
    await page.getByLabel('Name').fill('Premium numbers');
    await page.getByRole('textbox', { name: 'Caller' }).fill('+1900*');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'Premium numbers' }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.getByLabel('Name').fill('Premium and prize numbers');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await openBy(page, 'Blocked callers');
    const row = page.getByRole('row', { name: /Premium and prize numbers.*1900/ });
    await row.getByRole('link').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('table').getByRole('link').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('what belongs to a resource, and what can be done with it, is on its page', async () => {
    const { page, complaints } = await signedIn();
    await openBy(page, 'Groups');
    await page.getByRole('table').getByRole('link', { name: group.display_name }).click();
    await page.getByRole('button', { name: 'Add members' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Users' }).fill(tenant.username);
    await page.getByRole('option', { name: tenant.username }).click();
    // What is offered stays open for another one, until the field is left.
    await page.keyboard.press('Tab');
    await dialog.getByRole('button', { name: 'Add members' }).click();

    await dialog.getByRole('status').getByText(tenant.userId).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Members', { exact: true }).click();
    await page.getByRole('row', { name: new RegExp(tenant.username) }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('the audit log is searched by its filters', async () => {
    const { page, complaints } = await signedIn();
    await openBy(page, 'Audit log');
    const entriesOf = (name: string) => page.getByRole('button', { name: new RegExp(name) });
    await entriesOf(group.name).first().waitFor();
    await page.getByRole('combobox', { name: 'What it is about' }).click();
    await page.getByRole('option', { name: 'user', exact: true }).click();
    await entriesOf(viewer).first().waitFor();
    await entriesOf(group.name).first().waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('what the API rejects is said at its field', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Blocked callers');
    await page.getByRole('link', { name: 'New blocked caller' }).first().click();
    await page.getByLabel('Name').fill('Wrong');
    await page.getByRole('textbox', { name: 'Caller' }).fill('*');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('alert').getByText('VALIDATION_FAILED').waitFor();
    await eventually(async () =>
      expect(await page.getByRole('textbox', { name: 'Caller' }).getAttribute('aria-invalid')).toBe('true'),
    );
  });

  test('a viewer sees no control that it may not use', async () => {
    const { page, complaints } = await signedIn(viewer, tenantPassword);
    const titles = (await pagesOf(page)).map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['Users', 'Call history', 'Ring groups']));
    for (const hidden of ['Price lists', 'Webhooks', 'SMS']) expect(titles).not.toContain(hidden);
    await openBy(page, 'Users');
    expect(await page.getByRole('link', { name: 'Invite', exact: true }).count()).toBe(0);
    await page.getByRole('table').getByRole('link', { name: viewer }).click();
    await page.getByRole('heading', { name: viewer }).waitFor();
    expect(await page.getByRole('button', { name: /Save|Delete/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('call search reads page by page, and renders the rows in view only', async () => {
    const calls = Array.from({ length: recorded }, (_, at): Call => {
      return { id: `console-${at}`, callee: callees[at % callees.length] ?? callees[0], seconds: 1 + at };
    });
    const batch = { organization: tenant.id, batch: 'console' };
    await sendToQueue(
      queuesOf(connect()),
      connect().outputs['CdrQueueUrl'] ?? '',
      calls.map((call) => message(batch, call)),
    );
    const { page } = await signedIn();
    await openBy(page, 'Call history');
    await eventually(async () => {
      await page.reload();
      await page.getByRole('status').getByText(`${recorded} calls`).waitFor({ timeout: 5_000 });
    }, 60_000);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const table = page.getByRole('region', { name: 'Calls' });
    await table.getByRole('link').first().waitFor();
    await table.press('End');
    await eventually(() => expect(requests.filter((url) => url.includes('page_token'))).toHaveLength(1));
    expect(await table.getByRole('row').count()).toBeLessThanOrEqual(100);
    await table.getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Call history', level: 1 }).waitFor({ state: 'detached' });
    await page
      .getByText(/answered/i)
      .first()
      .waitFor();
  });

  test('a policy is changed by a draft that is tried over past calls first', async () => {
    const conditions = { pattern: '^\\+' };
    const policy = { name: 'Everything abroad', status: 'active', priority: 10, conditions, actions: { allow: true } };
    const token = await tenant.logIn(tenant.username);
    expect(outcome(await tenant.ask('PUT', '/dialplan/policy', policy, { token }))).toBe('201');
    const { page } = await signedIn();
    await openBy(page, 'Dial plan');
    await page.getByRole('table').getByRole('link', { name: policy.name }).click();
    const happens = page.getByRole('group', { name: 'What happens to them' });
    await happens.getByRole('checkbox', { name: 'Permit the call' }).uncheck();
    await page.getByRole('button', { name: 'Make a draft of this' }).click();
    await page.getByRole('combobox', { name: 'Period' }).click();
    await page.getByRole('option', { name: 'the last 30 days' }).click();
    await page.getByRole('button', { name: 'Decide the calls' }).click();
    await page.getByText(/^\d+ calls by the draft: .* changed calls?\./).waitFor();
    await page
      .getByRole('row', { name: /Denied: a policy denies it/ })
      .first()
      .waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await photograph(page, 'console-draft');
    await page.getByRole('button', { name: 'Save the draft' }).click();
    await page.getByText('Nothing is saved yet.').waitFor({ state: 'detached' });
    await openBy(page, 'Dial plan');
    await page.getByRole('row', { name: /Everything abroad.*no/ }).waitFor();
    const form = page.getByRole('button', { name: 'Decide' });
    await page.getByLabel('Called').fill('+442079460123');
    await form.click();
    await page.getByText('POLICY_DENY').first().waitFor();
  });

  test('a call flow is built as a graph, walked through, published, and brought back as it was', async () => {
    const { page, complaints } = await signedIn();
    await openBy(page, 'Call flows');
    await page.getByRole('link', { name: 'New call flow' }).first().click();
    const choose = async (label: string, option: string): Promise<void> => {
      await page.getByRole('combobox', { name: label, exact: true }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    await page.getByLabel('Name').fill('Reception');
    await page.getByRole('textbox', { name: 'Text' }).fill('Welcome. Please wait.');
    await choose('Add a step', 'Pause');
    await page.getByRole('textbox', { name: 'How long', exact: true }).fill('2');
    await page.getByRole('application').getByText('Welcome. Please wait.').waitFor();
    await page.getByRole('tab', { name: 'Try it' }).click();
    await page.getByText('“Welcome. Please wait.”').waitFor();
    // Without its seconds the pause is not complete: the walk says so.
    const rejected = page.waitForResponse((answer) => answer.url().endsWith('/simulate') && answer.status() === 400);
    await page.getByRole('button', { name: 'Undo' }).click();
    await rejected;
    await page.getByRole('button', { name: 'Redo' }).click();
    await page.getByText('“Welcome. Please wait.”').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await photograph(page, 'console-flow');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.waitForURL(/\/flow_\w+$/);
    await page.getByLabel('Name').fill('Front desk');
    const published = page.waitForResponse((answer) => answer.request().method() === 'PUT');
    await page.getByRole('button', { name: 'Publish' }).click();
    expect((await published).status()).toBe(200);
    // The editor begins once more with what was saved, and closes what was opened before.
    await page.locator('button:disabled', { hasText: 'Undo' }).waitFor();
    await page.getByRole('tab', { name: 'Changes' }).click();
    await choose('Compare the draft with', 'Version 1');
    await page.getByText('Changed: Name').waitFor();
    await page.getByRole('button', { name: 'Bring this version back into the draft' }).click();
    await page.getByRole('heading', { name: 'Reception' }).waitFor();
    expect(complaints.filter((complaint) => !complaint.includes('status of 400'))).toEqual([]);
  });

  test('whom a step calls, and its mailbox, are chosen by their names', async () => {
    const mailbox = uniqueName('sales');
    const token = await tenant.logIn(tenant.username);
    expect(outcome(await tenant.ask('PUT', `/voicemailprefs/${mailbox}`, {}, { token }))).toBe('201');
    const { page, complaints } = await signedIn();
    await openBy(page, 'Call flows');
    await page.getByRole('link', { name: 'New call flow' }).first().click();
    const choose = async (label: string, option: string): Promise<void> => {
      await page.getByRole('combobox', { name: label, exact: true }).click();
      await page.getByRole('option', { name: option, exact: true }).click();
    };
    const seek = async (label: string, text: string): Promise<void> => {
      await page.getByRole('combobox', { name: label, exact: true }).fill(text);
      await page.getByRole('option', { name: text }).click();
    };
    const name = uniqueName('flow');
    await page.getByLabel('Name').fill(name);
    await choose('Add a step', 'Take a message');
    // It is of no user.
    await seek('Mailbox', mailbox);
    await choose('Add a step', 'Ring people');
    await page.getByRole('textbox', { name: 'Whom to ring 1: number' }).fill('204');
    await page.getByRole('button', { name: 'Add one: Whom to ring' }).click();
    await choose('Whom to ring 2', 'a user');
    await seek('Whom to ring 2: which', viewer);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.waitForURL(/\/flow_\w+$/);
    const id = page.url().split('/').at(-1) ?? '';
    const { body } = await tenant.ask('GET', `/callflows/${id}`, undefined, { token });
    expect(body).toMatchObject({
      data: {
        steps: {
          voicemail: { mailbox },
          dial: { to: ['204', { user: expect.stringMatching(/^usr_/) }] },
        },
      },
    });
    expect(complaints).toEqual([]);
  });

  test('a second factor is set up, asked for by the next sign-in, and switched off', async () => {
    const { page, complaints } = await signedIn(viewer, tenantPassword);
    await page.getByRole('button', { name: `Menu of ${viewer}` }).click();
    await page.getByRole('menuitem', { name: 'My account' }).click();
    await page.getByRole('button', { name: 'Set a second factor up' }).click();
    await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
    await page.getByText('Without a camera').click();
    const uri = await page.getByText(/^otpauth:/).innerText();
    const secret = new URL(uri).searchParams.get('secret') ?? '';
    /** A code is good once: each use takes that of another time step. */
    const codeOf = (step: number): string => generateSync({ secret, epoch: Date.now() / 1_000 + step * 30 });
    await page.getByLabel('Code of your authenticator').fill(codeOf(-1));
    await page.getByRole('button', { name: 'Switch the second factor on' }).click();
    await page.getByText('Shown once: store these codes now').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have stored them' }).click();
    await page.getByRole('button', { name: 'Switch the second factor off' }).waitFor();
    await signOut(page);
    await enterCredentials(page, viewer, tenantPassword);
    await page.getByLabel('Code of your authenticator').fill(codeOf(0));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    // The session has its second factor.
    await page.reload();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    await page.getByLabel('Code of your authenticator').fill(codeOf(1));
    await page.getByRole('button', { name: 'Switch the second factor off' }).click();
    await page.getByRole('button', { name: 'Set a second factor up' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('each page is shown as requests for a shell', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Ring groups');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Show as request' }).click();
    const command = await page.getByRole('dialog').locator('pre, code').first().innerText();
    expect(command).toContain('/ringgroups?limit=100');
    expect(command).toContain('Authorization: Bearer $TOKEN');
  });
});
