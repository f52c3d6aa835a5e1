// Own cloud: kills it, and sets the password of its operator.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from './cloud.ts';
import { expectSound, withMicrophone } from './phone-pages.fixture.ts';
import { json } from './tenant.fixture.ts';

const run = promisify(execFile);

/** The operator of a new `npm start`: the link that it prints, a first call, and a new password. */

let cloud: OwnCloud;
beforeAll(async () => {
  // Where one is installed it starts a media relay, without which a page has no calls.
  cloud = await startCloud({ MEDIA_RELAY: '' });
});
afterAll(() => cloud.stop());

/** The link that is printed when the start is ready. */
const linkOf = ({ printed }: OwnCloud): Promise<string> =>
  eventually(async () => {
    const [, link] = /^ {2}Sign in +(\S+) \(once, within ten minutes\)$/m.exec(printed()) ?? [];
    if (link === undefined) throw new Error('no link is printed yet');
    return link;
  }, 20_000);

/** Most clicks and fields that are typed into, with the click on the link. */
const most = 15;

/** Counts what a person does in the page: clicks, which Enter in a form is, too, and fields that it types into. */
const count = `{
  const fields = new Set();
  let clicks = 0;
  addEventListener('click', ({ isTrusted }) => void (clicks += Number(isTrusted)), true);
  addEventListener('input', ({ target }) => void fields.add(target), true);
  globalThis.effort = () => clicks + fields.size;
}`;

describe('the link', () => {
  needs('chromium');
  needs('rtpengine');
  const open = pagesAt((link) => link, { ...withMicrophone, script: `${withMicrophone.script ?? ''}\n${count}` });

  test(`signs in once, for a first call that is heard with at most ${most} clicks and typed fields`, async () => {
    const link = await linkOf(cloud);
    expect(new URL(link).origin).toBe(cloud.outputs.ApiUrl);
    const { page, complaints } = await open(link);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).not.toContain('first-sign-in');
    const second = await open(link);
    await second.page.getByRole('alert').getByText('This link was used').waitFor();
    await second.page.getByRole('button', { name: 'Sign in' }).waitFor();

    // What the first steps of the overview say.
    const steps = page.getByRole('region', { name: 'First steps' });
    await steps.getByText('Dial *43 to hear yourself').waitFor();
    await steps.getByRole('button', { name: 'Open the phone' }).click();
    await page.locator('[data-stage=ready]').waitFor();
    await page.getByLabel('Number or extension').click();
    await page.keyboard.type('*43');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.locator('.call .state', { hasText: /^talking$/ }).waitFor();
    await expectSound(page);
    const effort = 1 + (await page.evaluate<number>('effort()'));
    // Fewer than these are not counted.
    expect(effort).toBeGreaterThanOrEqual(5);
    expect(effort).toBeLessThanOrEqual(most);
    expect(complaints).toEqual([]);
  });
});

test('a later start prints none, and its path takes no token', async () => {
  const [, token = ''] = (await linkOf(cloud)).split('=');
  const { dataDir } = cloud;
  await cloud.kill9();
  cloud = await startCloud({ DATA_DIR: dataDir });
  await eventually(() => expect(cloud.printed()).toContain('Trunkline is ready'), 20_000);
  expect(cloud.printed()).not.toContain('first-sign-in');
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${cloud.outputs.ApiUrl}/_local/sign-in`, { method: 'POST', headers });
  expect(answer.status).toBe(404);
});

/** Runs `npm run admin-password`. @returns what it prints */
const setPassword = async (more: NodeJS.ProcessEnv): Promise<string> => {
  const env = { ...process.env, DATA_DIR: cloud.dataDir, PASSWORD_COST: '12', ...more };
  return (await run(process.execPath, ['bin/admin-password.ts'], { env })).stdout;
};

test('a new password is set on the machine, and ends the sessions of the old one', async () => {
  const token = await logIn(cloud, 'admin', adminPassword);
  const printed = await setPassword({ ADMIN_PASSWORD: undefined });
  const [, generated = ''] = /^New password of admin: (\S+)$/m.exec(printed) ?? [];
  expect((await cloud.api('/auth/session', { token, headers: json })).status).toBe(401);
  await expect(logIn(cloud, 'admin', adminPassword)).rejects.toThrow('401');
  const session = await logIn(cloud, 'admin', generated);
  const me = await cloud.api('/users/me', { token: session, headers: json });
  const { id } = (me.body as { data: { id: string } }).data;
  const { body } = await cloud.api(`/events/user/${id}?limit=50`, { token: session, headers: json });
  expect(JSON.stringify(body)).toContain('The password of admin was set on the machine');
  expect(await setPassword({ ADMIN_PASSWORD: 'Walnut-Harbor-Lamp-6' })).toBe('admin has the new password.\n');
  await logIn(cloud, 'admin', 'Walnut-Harbor-Lamp-6');
});

test('a weak one is not set', async () => {
  await expect(setPassword({ ADMIN_PASSWORD: 'short' })).rejects.toMatchObject({
    code: 1,
    stderr: 'ADMIN_PASSWORD must have at least 12 characters.\n',
  });
});
