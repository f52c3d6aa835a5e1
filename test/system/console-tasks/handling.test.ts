import { beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Call handling in the console: everyone's own, and that of a user on its page. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;
const username = uniqueName('handled');

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('handling'));
  const user = { username, password: tenantPassword, roles: ['ingest'], must_change_password: false };
  expect(outcome(await tenant.ask('PUT', '/users', user))).toBe('201');
});

const handlingOf = async (name: string): Promise<unknown> => {
  const users = (await tenant.ask('GET', '/users')).body as { data: { id: string; username: string }[] };
  const { id = '' } = users.data.find((each) => each.username === name) ?? {};
  return ((await tenant.ask('GET', `/users/${id}/callhandling`)).body as { data: unknown }).data;
};

test('a person sets its own call handling, and what the API rejects is said at its field', async () => {
  const { page, complaints } = await signInAt(open, username, tenantPassword);
  await page.goto(new URL('/#/callhandling', page.url()).href);
  await page.getByRole('heading', { name: 'My call handling', level: 1 }).waitFor();
  await page.getByLabel('Do not disturb').check();
  await page.getByRole('combobox', { name: 'When busy' }).click();
  await page.getByRole('option', { name: 'a number or extension' }).click();
  const number = page.getByRole('textbox', { name: 'When busy: number' });
  await number.fill('my mobile');
  await page.getByRole('button', { name: 'Add number' }).click();
  await page.getByRole('textbox', { name: 'Number 1', exact: true }).fill('+46701234568');
  await page.locator('input').and(page.getByLabel('Blocked callers')).fill('anonymous');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('VALIDATION_FAILED').waitFor();
  expect(await number.getAttribute('aria-invalid')).toBe('true');
  expect(await handlingOf(username)).toMatchObject({ version: null });

  // An error is of what was sent.
  await number.fill('+46701234567');
  await expect.poll(() => number.getAttribute('aria-invalid')).not.toBe('true');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await handlingOf(username)).toMatchObject({
    do_not_disturb: true,
    forward: { always: null, busy: '+46701234567' },
    follow_me: [{ number: '+46701234568', accept_key: '1' }],
    blocked: ['anonymous'],
  });
  await expectFlawless(page, 'call handling');
  // The browser reports the answer 422.
  expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
});

test('an administrator sets that of a user on its page, with the same form', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Users');
  await page.getByRole('table').getByRole('link', { name: username }).click();
  await page.getByRole('tab', { name: 'Forwarding' }).click();
  const form = page.getByRole('form', { name: 'Call handling' });
  await form.getByLabel('The phones ring for, seconds').fill('35');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await handlingOf(username)).toMatchObject({ ring_seconds: 35 });
});

test('a person is asked before a save removes a large part of a list', async () => {
  const blocked = Array.from({ length: 20 }, (_each, at) => `+4670123${1_000 + at}`);
  const path = `/users/${tenant.userId}/callhandling`;
  expect(outcome(await tenant.ask('PUT', path, { blocked }))).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await page.goto(new URL('/#/callhandling', page.url()).href);
  const callers = page.locator('input').and(page.getByLabel('Blocked callers'));
  for (let at = 0; at < 3; at += 1) await callers.press('Backspace');
  const save = page.getByRole('button', { name: 'Save' });
  const question = page.getByRole('dialog', { name: 'Remove many entries?' });
  await save.click();
  await question.getByText('Saving this removes 3 of 20 entries.').waitFor();
  await expectFlawless(page, 'many entries');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').getByText('a large part of the entries').waitFor();
  expect(await handlingOf(tenant.username)).toMatchObject({ blocked });
  await save.click();
  await question.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await handlingOf(tenant.username)).toMatchObject({ blocked: blocked.slice(0, 17) });
});
