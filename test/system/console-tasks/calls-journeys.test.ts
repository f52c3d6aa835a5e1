import type { Page } from 'playwright-core';
import { day } from '#schema/time.ts';
import { beforeAll, expect, test } from 'vitest';
import { dayAfter, dayAt, startOfDay } from '#functions/system/console/browser/kit/days.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { connect, operatorToken } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { fileCalls } from '../console-records.fixture.ts';
import { navigation, openBy, signInAt } from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** What people look for in calls and in the audit log, and how many clicks it takes them. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;

const section = (page: Page, name: string) => navigation(page).getByRole('button', { name, exact: true });
const link = (page: Page, name: string) => navigation(page).getByRole('link', { name, exact: true });

/** A call that no one could take, as another switch files it. */
async function fileFailedCall({ ask, id }: AdministeredTenant): Promise<void> {
  const [begin, end] = [300, 297].map((ago) => new Date(Date.now() - ago * 1_000).toISOString());
  const record = {
    ...{
      call_id: uniqueName('call'),
      org_id: id,
      direction: 'outbound',
      caller: '+4930123456',
      callee: '+442079460007',
    },
    ...{ start_time: begin, end_time: end, disposition: 'FAILED', cause: { q850: 1, sip_code: 404 } },
  };
  const batch = uniqueName('batch');
  const filed = await ask('POST', `/cdr/${batch}`, { records: [record] }, { token: operatorToken() });
  expect(filed.body).toMatchObject({ accepted: 1 });
  await eventually(async () => expect((await ask('GET', `/cdr?batch_id=${batch}`)).body).toMatchObject({ total: 1 }));
}

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('journeys'));
  const profile = { rates: { internationalCallRate: '0.1' }, creditLimit: 100 };
  expect(outcome(await tenant.ask('PUT', `/billingprofile/${tenant.id}`, profile, { token: operatorToken() }))).toBe(
    '200',
  );
  await fileCalls(tenant, [{ caller: '+4930123456', callee: '+442079460000', ago: 600, seconds: 93 }]);
  await fileFailedCall(tenant);
});

test('a failed call and its reason are found with three clicks', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  const clicks = await countClicks(page);
  await section(page, 'Calls').click();
  await link(page, 'Call history').click();
  await page.getByRole('searchbox', { name: 'Find calls' }).fill('failed');
  await page
    .getByRole('status')
    .getByText(/^1 call /)
    .waitFor();
  await page.getByRole('row').getByRole('link').first().click();
  await page.getByRole('alert').getByText('No one has this number.').waitFor();
  expect(clicks.count).toBeLessThanOrEqual(3);
  await expectFlawless(page, 'console-failed-call');
  expect(complaints.filter((each) => !each.includes('404'))).toEqual([]);
});

test('why a call was charged is read with three clicks', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  const clicks = await countClicks(page);
  await section(page, 'Calls').click();
  await link(page, 'Call history').click();
  await page.getByRole('searchbox', { name: 'Find calls' }).fill('cost>0.1');
  await page
    .getByRole('status')
    .getByText(/^1 call /)
    .waitFor();
  await page.getByRole('row').getByRole('link').first().click();
  const price = page.getByRole('region', { name: 'Why this price' });
  await price.getByRole('row', { name: /Per minute.*0\.10/ }).waitFor();
  await price.getByRole('row', { name: /Charge.*0\.155/ }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(3);
});

test('who was called has its name among more people than a page of the directory has, and is found by it', async () => {
  const office = await newAdministeredTenant(uniqueName('office'));
  const callee = '+442079460999';
  const contacts = [
    ...Array.from({ length: 500 }, (_each, at) => ({ displayName: `Contact ${at}`, email: `c${at}@example.com` })),
    { displayName: 'Zoe Zimmer', email: 'zoe@example.com', contactInfo: { workPhone: callee } },
  ];
  const atOnce = 20;
  for (let from = 0; from < contacts.length; from += atOnce) {
    const made = contacts
      .slice(from, from + atOnce)
      .map((contact) => office.ask('POST', '/clientdirectory/new', contact));
    for (const answer of await Promise.all(made)) expect(outcome(answer)).toBe('201');
  }
  await fileCalls(office, [
    { caller: '+4930123456', callee, ago: 600, seconds: 93 },
    { caller: '+4930123456', callee: '+442079460000', ago: 500, seconds: 0 },
  ]);
  const { page, complaints } = await signInAt(open, office.username, office.password);
  await openBy(page, 'Call history');
  await page.getByRole('cell', { name: 'Zoe Zimmer', exact: true }).waitFor();
  await page.getByRole('searchbox', { name: 'Find calls' }).fill('zoe zimmer');
  const found = page.getByRole('status').getByText(/^1 call /);
  await found.waitFor();
  await page.getByRole('searchbox', { name: 'Find calls' }).fill('');
  await found.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Person', exact: true }).click();
  await page.getByRole('menu').getByRole('searchbox').fill('zimmer');
  await page.getByRole('menuitem', { name: 'Zoe Zimmer' }).click();
  await found.waitFor();
  expect(complaints).toEqual([]);
});

test('days until today follow the clock in a tab that stays open over midnight', async () => {
  const zone = 'Europe/Berlin';
  const today = dayAt(Date.now(), zone);
  const midnight = startOfDay(dayAfter(today), zone);
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await page.clock.install({ time: midnight - 30_000 });
  const askedFrom = (start: number) =>
    page.waitForRequest(
      (request) => new URL(request.url()).searchParams.get('start') === new Date(start).toISOString(),
    );
  await openBy(page, 'Call history');
  const asked = askedFrom(startOfDay(today, zone));
  await page.getByRole('combobox', { name: 'Days' }).click();
  await page.getByRole('option', { name: 'Today' }).click();
  await asked;
  const askedAgain = askedFrom(midnight);
  await page.clock.fastForward('02:00');
  await askedAgain;
});

test('who changed a trunk yesterday, from what to what, is found by few clicks', async () => {
  const name = uniqueName('carrier');
  const made = await tenant.ask('PUT', '/siptrunk/carrier', { name, host: '192.0.2.7' });
  expect(outcome(made)).toBe('201');
  const trunk = `/siptrunk/${texts(made)['id']}`;
  const changer = uniqueName('changer');
  const person = { username: changer, password: tenantPassword, roles: ['admin'], must_change_password: false };
  expect(outcome(await tenant.ask('PUT', '/users', person))).toBe('201');
  const token = await tenant.logIn(changer);
  expect(outcome(await tenant.ask('POST', trunk, { host: '192.0.2.8' }, { token }))).toBe('200');
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  // What was changed today was changed yesterday for a browser of tomorrow.
  await page.clock.setFixedTime(Date.now() + day);
  const clicks = await countClicks(page);
  await openBy(page, 'Audit log');
  await page.getByRole('combobox', { name: 'What it is about' }).fill('trunk');
  await page.getByRole('option', { name: 'trunk', exact: true }).click();
  await page.getByRole('combobox', { name: 'Person' }).fill(changer);
  await page.getByRole('option', { name: changer }).click();
  await page.getByRole('combobox', { name: 'Days' }).click();
  await page.getByRole('option', { name: 'Yesterday' }).click();
  await page.getByRole('button', { name: `${changer}: SIP trunk ${name} updated` }).click();
  const changes = page.getByRole('dialog').getByRole('table', { name: 'Changes' });
  await changes.getByRole('row', { name: /192\.0\.2\.7.*192\.0\.2\.8/ }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  await expectFlawless(page, 'console-changed-trunk');
  expect(complaints).toEqual([]);
});
