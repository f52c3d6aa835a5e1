import { generateSync } from 'otplib';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt, photograph, tooWide, type OpenPage } from '../system/browser.ts';
import { connect } from '../system/cloud.ts';
import {
  enterCredentials,
  newViewer,
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

describe('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let viewer: string;
  const group = { name: uniqueName('desk'), display_name: 'Desk', category: 'department' };

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('console'));
    viewer = await newViewer(tenant);
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

  // Of all others, `system/console/accessibility` proves the rules of accessibility, in each look and with dialogs.
  test('each page opens and fits in its window; the sign-in and the overview are accessible', async () => {
    const { page, complaints } = await open('/');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await enterCredentials(page, tenant.username, tenant.password);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await photograph(page, 'console-overview');
    const pages = await pagesOf(page);
    expect(pages.length).toBeGreaterThan(20);
    for (const { title, to } of pages) {
      await page.goto(new URL(to, page.url()).href);
      const heading = title === 'Organization' ? tenant.username : title;
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await waitForLists(page);
      // One run names all pages that are too wide.
      expect.soft({ title, wide: await tooWide(page) }).toEqual({ title, wide: [] });
      await photograph(page, `console-${title.toLowerCase().replaceAll(' ', '-')}`);
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
