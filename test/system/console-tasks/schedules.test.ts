import { day } from '#schema/time.ts';
import { beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { navigation, openBy, signInAt } from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Schedules in the console: the grid of the week by mouse and keyboard, and days that differ. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('hours'));
});

const savedSchedule = async (name: string, { ask } = tenant): Promise<unknown> => {
  const { body } = await ask('GET', '/schedules');
  const { id = '' } = (body as { data: { id: string; name: string }[] }).data.find((each) => each.name === name) ?? {};
  return ((await ask('GET', `/schedules/${id}`)).body as { data: unknown }).data;
};

test('hours are drawn with the mouse and the keyboard, with a holiday and the state in the zone', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Opening hours');
  await page.getByRole('link', { name: 'New opening hours' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Office');
  await page.getByRole('combobox', { name: 'Time zone' }).fill('Tokyo');
  await page.getByRole('option', { name: 'Asia/Tokyo' }).click();
  const cell = (name: string) => page.getByRole('gridcell', { name });

  await cell('Monday 09:00').hover();
  await page.mouse.down();
  for (const time of ['09:30', '10:00', '10:30']) await cell(`Monday ${time}`).hover();
  await page.mouse.up();
  await page.getByText('Mon 09:00–11:00 (Asia/Tokyo)').waitFor();

  await cell('Monday 10:30').focus();
  await cell('Monday 09:00').click();
  await page.getByText('Mon 09:30–11:00 (Asia/Tokyo)').waitFor();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('Mon 09:00–11:00; Tue 09:00–10:00 (Asia/Tokyo)').waitFor();
  expect(await cell('Tuesday 09:30').getAttribute('aria-selected')).toBe('true');

  await page.getByRole('form', { name: 'Add a day' }).locator('input[type=date]').fill('2030-12-25');
  await page.getByLabel('Occasion').fill('Christmas');
  await page.getByRole('button', { name: 'Add day' }).click();
  await page.getByRole('row', { name: /Dec 25, 2030.*Christmas.*closed/ }).waitFor();
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
  await openBy(seen, 'Opening hours');
  await seen.getByRole('table').getByRole('link', { name: 'Bar' }).click();
  await seen.getByText('Fri 22:10–02:20 (Europe/Berlin)').waitFor();
  await seen.getByRole('gridcell', { name: 'Monday 09:00' }).click();
  expect(await seen.getByText('Fri 22:10–02:20 (Europe/Berlin)').count()).toBe(1);
  expect(await seen.getByRole('button', { name: /Save|Delete|Add day/ }).count()).toBe(0);

  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Opening hours');
  await page.getByRole('table').getByRole('link', { name: 'Bar' }).click();
  await page.getByRole('gridcell', { name: 'Monday 09:00' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await savedSchedule('Bar')).toMatchObject({
    weekly: [{ days: ['mo'], from: '09:00', to: '09:30' }, ...weekly],
  });
});

test('hours of the organization’s zone with a holiday are made by at most twelve clicks', async () => {
  const zoned = await newAdministeredTenant(uniqueName('zoned'), { more: { timezone: 'Pacific/Auckland' } });
  const { page, complaints } = await signInAt(open, zoned.username, zoned.password);
  const clicks = await countClicks(page);
  await navigation(page).getByRole('button', { name: 'Call routing' }).click();
  await navigation(page).getByRole('link', { name: 'Opening hours' }).click();
  await page.getByRole('link', { name: 'New opening hours' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Shop');
  await page.getByRole('button', { name: 'Monday to Friday, 9 to 17' }).click();
  // Sweden writes dates as ISO 8601 does.
  const dates = new Intl.DateTimeFormat('sv', { timeZone: 'Pacific/Auckland', dateStyle: 'short' });
  const tomorrow = dates.format(Date.now() + day);
  await page.getByRole('form', { name: 'Add a day' }).locator('input[type=date]').fill(tomorrow);
  await page.getByLabel('Occasion').fill('Inventory');
  await page.getByRole('button', { name: 'Add day' }).click();
  const coming = page.getByRole('table', { name: 'The next 14 days' });
  await coming.getByRole('row', { name: /closed Inventory/ }).waitFor();
  expect(await coming.getByRole('row').count()).toBe(14);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Shop' }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  expect(await savedSchedule('Shop', zoned)).toMatchObject({
    time_zone: 'Pacific/Auckland',
    weekly: [{ days: ['mo', 'tu', 'we', 'th', 'fr'], from: '09:00', to: '17:00' }],
    dates: [{ date: tomorrow, name: 'Inventory', open: false }],
  });
  expect(complaints).toEqual([]);
});

test('holidays come from a calendar file, and a change that is not saved is asked for', async () => {
  const schedule = { name: 'Calendar', time_zone: 'Europe/Berlin', weekly: [] };
  expect(outcome(await tenant.ask('PUT', '/schedules/new', schedule))).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Opening hours');
  await page.getByRole('table').getByRole('link', { name: 'Calendar' }).click();
  const christmas = `${new Date().getUTCFullYear() + 1}1225`;
  const lines = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1', `DTSTART;VALUE=DATE:${christmas}`, 'SUMMARY:Christmas'];
  const buffer = Buffer.from([...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'));
  const file = { name: 'holidays.ics', mimeType: 'text/calendar', buffer };
  await page.getByRole('main').locator('input[type=file]').setInputFiles(file);
  await page.getByRole('row', { name: /Dec 25, .*Christmas.*closed/ }).waitFor();
  await page.getByRole('button', { name: 'Always open' }).click();
  await page.getByRole('link', { name: 'Ring groups' }).click();
  await page.getByRole('dialog').getByText('Leave without saving?').waitFor();
});

test('the holidays of a region are offered by country, and those that are chosen are added once', async () => {
  const office = await newAdministeredTenant(uniqueName('holidays'), { more: { country: 'DE' } });
  const { page, complaints } = await signInAt(open, office.username, office.password);
  await openBy(page, 'Opening hours');
  await page.getByRole('link', { name: 'New opening hours' }).first().click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Munich');
  await page.getByRole('button', { name: 'Add public holidays' }).click();
  const dialog = page.getByRole('dialog', { name: 'Public holidays' });
  await dialog.getByRole('combobox', { name: 'Region' }).fill('Bayern');
  await page.getByRole('option', { name: 'Bayern', exact: true }).click();
  const next = new Date().getUTCFullYear() + 1;
  const box = (day: string) => dialog.getByRole('checkbox', { name: new RegExp(`${day}, ${next} ·`) });
  await box('Jan 6').waitFor();
  expect([await box('Jan 6').isChecked(), await box('Dec 24').count()]).toEqual([true, 0]);
  await dialog.getByRole('checkbox', { name: 'Also days on which many people work' }).check();
  await box('Dec 24').check();
  await box('Jan 6').uncheck();
  await expectFlawless(page, 'holidays by country');
  await dialog.getByRole('button', { name: /^Add \d+ days$/ }).click();
  await page.getByRole('row', { name: new RegExp(`Dec 24, ${next}.*closed`) }).waitFor();
  await page.getByRole('button', { name: 'Add public holidays' }).click();
  await dialog.getByRole('checkbox', { name: new RegExp(`Dec 25, ${next} ·`) }).waitFor();
  expect(await dialog.getByRole('checkbox', { name: new RegExp(`Dec 25, ${next} ·`) }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Munich' }).waitFor();
  const { dates } = (await savedSchedule('Munich', office)) as { dates: { date: string; open: boolean }[] };
  const saved = dates.map(({ date }) => date);
  expect(saved).toEqual(expect.arrayContaining([`${next}-12-24`, `${next}-12-25`]));
  expect(saved).not.toContain(`${next}-01-06`);
  expect(new Set(saved).size).toBe(saved.length);
  expect(complaints).toEqual([]);
});
