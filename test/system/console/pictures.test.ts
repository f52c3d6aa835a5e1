import { second } from '#schema/time.ts';
import { beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { newFlow, newNumber } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { fileCalls } from '../console-records.fixture.ts';
import { enterCredentials, waitForLists } from '../console.fixture.ts';
import { newMac } from '../hardware.fixture.ts';
import { compare } from './pictures.fixture.ts';
import { freeze } from './same-answers.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Pages of the console look as their pictures (`.github/screenshots/console`), in both schemes and widths. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
const real = Date.now();
let tenant: AdministeredTenant;
const names: [string, string][] = [];
/** Names of pictures, and addresses and headings of their pages. */
const pages: [name: string, address: string, heading: string][] = [
  ['call-history', '/search', 'Call history'],
  ['users', '/r/users', 'Users'],
  ['invite', '/r/users/new', 'Invite'],
  ['numbers', '/r/numbers', 'Numbers'],
  ['phones', '/r/devices', 'Phones'],
  ['organization', '/organization', 'hollow-oak'],
];

const created = async (path: string, body: object): Promise<string> => {
  const answer = await tenant.ask('PUT', path, body);
  expect(outcome(answer)).toBe('201');
  return texts(answer)['id'] ?? '';
};

/** As of when the test began, after Home was opened: what it says of today depends on the time of the day. */
const fileSomeCalls = (): Promise<void> => {
  const since = Math.round((Date.now() - real) / second);
  const caller = '+4930123456';
  return fileCalls(tenant, [
    { caller, callee: '+442079460000', ago: since + 3_600, seconds: 93 },
    { caller, callee: '+33142345678', ago: since + 5_400, seconds: 1_204 },
    { caller, callee: '+442079460000', ago: since + 7_200, seconds: 0 },
  ]);
};

const people = [
  ['ann', 'Ann', 'Ahrens', '201'],
  ['bob', 'Bob', 'Brandt', '202'],
  ['cleo', 'Cleo', 'Conrad', '203'],
] as const;

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('pictures'));
  names.push([tenant.username, 'hollow-oak']);
  const users: string[] = [];
  for (const [name, first, last, extension] of people) {
    const username = uniqueName(name);
    names.push([username, name]);
    const email = `${name}@hollow-oak.example`;
    users.push(
      await created('/users', { username, email, first_name: first, last_name: last, extension, roles: ['agent'] }),
    );
  }
  const mac = newMac();
  names.push([mac, '00:15:65:AB:CD:EF']);
  const lines = [{ extension: '201', label: 'Ann' }];
  await created('/devices/phone', {
    mac_address: mac,
    manufacturer: 'Yealink',
    model: 'T46U',
    user_id: users[0],
    lines,
  });
  const flow = await newFlow(
    tenant,
    {
      welcome: { type: 'play', prompt: { say: 'Welcome to Hollow Oak.' }, next: 'menu' },
      menu: { type: 'menu', prompt: { say: 'For Bob press one.' }, choices: { '1': 'dial', '*': 'welcome' } },
      dial: { type: 'dial', to: ['202'], busy: 'hangup' },
      hangup: { type: 'hangup', reason: 'busy' },
    },
    { name: 'Main menu' },
  );
  names.push([await newNumber(tenant, { type: 'flow', id: flow }), '+46901234567']);
  pages.push(['flow', `/r/callflows/${flow}`, 'Main menu']);
  const weekly = [{ days: ['mo', 'tu', 'we', 'th', 'fr'], from: '09:00', to: '17:00' }];
  const hours = await created('/schedules/new', {
    name: 'Office hours',
    time_zone: 'Europe/Berlin',
    weekly,
    override: 'open',
  });
  pages.push(['hours', `/r/schedules/${hours}`, 'Office hours']);
});

test('pages look as their pictures', async () => {
  const { page } = await open('/');
  const { page: blank } = await open('/documentation');
  await blank.goto('about:blank');
  const settled = await freeze(page, real, names);
  const wrong: (string | undefined)[] = [];
  const comparePage = async (name: string, heading: string): Promise<void> => {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      // What is laid out once, such as a graph, is laid out for this width.
      await page.reload();
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.locator('[data-connection="good"]').waitFor({ state: 'attached' });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await waitForLists(page);
        await settled();
        wrong.push(await compare(page, `${name}-${colorScheme}-${width}`, blank));
      }
    }
  };
  await comparePage('sign-in', 'Sign in');
  await enterCredentials(page, tenant.username, tenant.password);
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await comparePage('home', 'Home');
  await fileSomeCalls();
  for (const [name, address, heading] of pages) {
    await page.evaluate(`location.hash = '${address}'`);
    await comparePage(name, heading);
  }
  expect(wrong.filter((each) => each !== undefined)).toEqual([]);
});
