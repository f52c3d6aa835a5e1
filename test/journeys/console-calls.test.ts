import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt, photograph, type OpenPage } from '../system/browser.ts';
import { callees, message, queuesOf, sendToQueue, type Call } from '../system/cdr.fixture.ts';
import { connect } from '../system/cloud.ts';
import { newViewer, openBy, signInAt, violationsIn } from '../system/console.fixture.ts';
import { newAdministeredTenant, outcome, uniqueName, type AdministeredTenant } from '../system/tenant.fixture.ts';

/** What an office decides in the console: it reads its calls, and changes where they go. */

/** CDRs of the search: more than a page of the API. */
const recorded = 250;

describe('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let viewer: string;

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('console'));
    viewer = await newViewer(tenant);
  });

  const signedIn = (): Promise<OpenPage> => signInAt(open, tenant.username, tenant.password);

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
});
