// Own cloud: kills it, and sets the password of its operator.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from './cloud.ts';
import { json } from './tenant.fixture.ts';

const run = promisify(execFile);

/** The operator of a new `npm start`: the link that it prints, and a new password. */

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.stop());

/** The link that is printed when the start is ready. */
const linkOf = ({ printed }: OwnCloud): Promise<string> =>
  eventually(async () => {
    const [, link] = /^ {2}Sign in +(\S+) \(once, within ten minutes\)$/m.exec(printed()) ?? [];
    if (link === undefined) throw new Error('no link is printed yet');
    return link;
  }, 20_000);

describe('the link', () => {
  needs('chromium');
  const open = pagesAt((path) => path);

  test('signs the operator in once, and leaves the address of the page', async () => {
    const link = await linkOf(cloud);
    expect(new URL(link).origin).toBe(cloud.outputs.ApiUrl);
    const { page, complaints } = await open(link);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).not.toContain('first-sign-in');
    expect(complaints).toEqual([]);
    const second = await open(link);
    await second.page.getByRole('alert').getByText('This link was used').waitFor();
    await second.page.getByRole('button', { name: 'Sign in' }).waitFor();
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
