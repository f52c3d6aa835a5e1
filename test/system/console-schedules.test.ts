import { beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { connect } from './cloud.ts';
import { expectFlawless } from './console-looks.fixture.ts';
import { openBy, signInAt } from './console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from './tenant.fixture.ts';

/** Schedules in the console: the grid of the week by mouse and keyboard, and days that differ. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('hours'));
});

const savedSchedule = async (name: string): Promise<unknown> => {
  const { body } = await tenant.ask('GET', '/schedules');
  const { id = '' } = (body as { data: { id: string; name: string }[] }).data.find((each) => each.name === name) ?? {};
  return ((await tenant.ask('GET', `/schedules/${id}`)).body as { data: unknown }).data;
};

test('hours are drawn with the mouse and the keyboard, with a holiday and the state in the zone', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Schedules');
  await page.getByRole('link', { name: 'New schedule' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Office');
  await page.getByRole('combobox', { name: 'Time zone' }).fill('Tokyo');
  await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
  const cell = (name: string) => page.getByRole('gridcell', { name });

  await cell('Monday 09:00').hover();
  await page.mouse.down();
  for (const time of ['09:30', '10:00', '10:30']) await cell(`Monday ${time}`).hover();
  await page.mouse.up();
  await page.getByText('Mo 09:00–11:00 (Asia/Tokyo)').waitFor();

  await cell('Monday 10:30').focus();
  await cell('Monday 09:00').click();
  await page.getByText('Mo 09:30–11:00 (Asia/Tokyo)').waitFor();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('Mo 09:00–11:00; Tu 09:00–10:00 (Asia/Tokyo)').waitFor();
  expect(await cell('Tuesday 09:30').getAttribute('aria-selected')).toBe('true');

  await page.getByRole('form', { name: 'Add a day' }).locator('input[type=date]').fill('2030-12-25');
  await page.getByLabel('Occasion').fill('Christmas');
  await page.getByRole('button', { name: 'Add day' }).click();
  await page.getByRole('row', { name: /2030-12-25.*Christmas.*closed/ }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Office' }).waitFor();
  await page.getByText(/^It is (open|closed) now until .*\(Asia\/Tokyo\)\.$/).waitFor();
  await expectFlawless(page, 'schedule');
  expect(await savedSchedule('Office')).toMatchObject({
    time_zone: 'Asia/Tokyo',
    weekly: [
      { days: ['mo'], from: '09:00', to: '11:00' },
      { days: ['tu'], from: '09:00', to: '10:00' },
    ],
    dates: [{ date: '2030-12-25', name: 'Christmas', open: false }],
  });
  expect(complaints).toEqual([]);
});

test('what the API has to the minute stays so, and a viewer changes nothing', async () => {
  const weekly = [{ days: ['fr'], from: '22:10', to: '02:20' }];
  const schedule = { name: 'Bar', time_zone: 'Europe/Berlin', weekly };
  expect(outcome(await tenant.ask('PUT', '/schedules/new', schedule))).toBe('201');
  const viewer = { username: uniqueName('viewer'), password: tenantPassword, roles: ['viewer'] };
  const user = { ...viewer, email: `${viewer.username}@example.com`, must_change_password: false };
  expect(outcome(await tenant.ask('PUT', '/users', user))).toBe('201');
  const { page: seen } = await signInAt(open, viewer.username, tenantPassword);
  await openBy(seen, 'Schedules');
  await seen.getByRole('table').getByRole('link', { name: 'Bar' }).click();
  await seen.getByText('Fr 22:10–02:20 (Europe/Berlin)').waitFor();
  await seen.getByRole('gridcell', { name: 'Monday 09:00' }).click();
  expect(await seen.getByText('Fr 22:10–02:20 (Europe/Berlin)').count()).toBe(1);
  expect(await seen.getByRole('button', { name: /Save|Delete|Add day/ }).count()).toBe(0);

  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Schedules');
  await page.getByRole('table').getByRole('link', { name: 'Bar' }).click();
  await page.getByRole('gridcell', { name: 'Monday 09:00' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await savedSchedule('Bar')).toMatchObject({
    weekly: [{ days: ['mo'], from: '09:00', to: '09:30' }, ...weekly],
  });
});
