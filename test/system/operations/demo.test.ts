import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { connect } from '../cloud.ts';
import { askAsOperator, type Body } from '../tenant.fixture.ts';

const run = promisify(execFile);

/** Fills the shared cloud, without the password of its operator. @returns what it prints */
async function demo(): Promise<string> {
  const sizes = ['--users', '10', '--calls', '250', '--rates', '300', '--days', '10'];
  const { stdout } = await run(process.execPath, ['bin/demo.ts', ...sizes], {
    env: { ...process.env, ADMIN_PASSWORD: '', DATA_DIR: dirname(process.env['OUTPUTS'] ?? '') },
  });
  return stdout;
}

type Page = { readonly data: readonly Body[]; readonly next_page_token?: string };

/** All pages: the cloud is shared with other tests. @param path with the begin of a query */
async function listed(path: string, token = ''): Promise<readonly Body[]> {
  const { status, body } = await askAsOperator('GET', `${path}limit=100${token}`);
  expect({ path, status }).toEqual({ path, status: 200 });
  const { data: rows, next_page_token: next = '' } = body as Page;
  return next === '' ? rows : [...rows, ...(await listed(path, `&page_token=${next}`))];
}

const demoOrganizations = async () => (await listed('/orgs?')).filter(({ name }) => String(name).endsWith(' (demo)'));

/** The health of the gateway of a name, of whichever organization. */
async function healthOf(wanted: string): Promise<unknown> {
  for (const { id } of await demoOrganizations())
    for (const gateway of await listed(`/sipgateways?org_id=${String(id)}&`))
      if (gateway['name'] === wanted) {
        const path = `/sipgwping/${String(gateway['id'])}?org_id=${String(id)}&include_history=true`;
        return (await askAsOperator('GET', path)).body;
      }
  return expect.fail(`there is no gateway ${wanted}`);
}

/** What there is of the demo. */
async function counts() {
  const organizations = await demoOrganizations();
  const all: string[] = [];
  for (const { id } of organizations) {
    const paths = [
      ...['users', 'devices', 'schedules', 'ringgroups', 'callflows', 'sms', 'tariffs'],
      ...['email', 'emailtemplates', 'siptrunk', 'sipgateways'],
    ];
    const sizes = await Promise.all(paths.map(async (path) => (await listed(`/${path}?org_id=${String(id)}&`)).length));
    all.push(sizes.join());
  }
  return all;
}

/** Messages in the mailbox of each extension. */
const left = async (id: string, extensions: readonly string[]): Promise<readonly number[]> =>
  Promise.all(extensions.map(async (mailbox) => (await listed(`/voicemail?org_id=${id}&mailbox=${mailbox}&`)).length));

/** Entries that another push of the SMS log would add: it counts those that it knows. */
async function logged(id: string): Promise<number> {
  const today = new Date().toISOString().slice(0, 10);
  const range = { start_date: new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10), end_date: today };
  const search = await askAsOperator('POST', `/smslogs/search?org_id=${id}`, range);
  const { search_id } = (search.body as { data: { search_id: string } }).data;
  return eventually(async () => {
    const wanted = { search_id, format: 'json' };
    const { body } = await askAsOperator('POST', `/smslogs/download?org_id=${id}`, wanted);
    const found = (body as { data: { total_results?: number } }).data.total_results;
    expect(found).toBeGreaterThan(0);
    return found ?? 0;
  }, 60_000);
}

test('the demo has what it says, a second run adds nothing, and its users sign in', async () => {
  const printed = await demo();
  const made = await counts();
  expect(made).toHaveLength(7);
  // Eleven templates of e-mails are those of the platform.
  expect(made.toSorted()).toEqual(
    [...Array<string>(5).fill('3,2,1,1,1,4,1,2,12,1,0'), ...Array<string>(2).fill('1,0,0,0,0,0,2,0,11,1,2')].toSorted(),
  );
  const { body } = await askAsOperator('GET', '/orgs?q=Acme%20Manufacturing');
  const [acme] = (body as { data: { id: string }[] }).data;
  const filed = async () =>
    ((await askAsOperator('GET', `/cdr?org_id=${acme?.id}&batch_id=demo-acme-50&limit=1`)).body as { batch: object })
      .batch;
  expect(await filed()).toMatchObject({ received: 50, pending: 0, rejected: 0, unrated: 0, duplicate: 0 });
  const id = acme?.id ?? '';
  expect(await left(id, ['201', '202'])).toEqual([3, 3]);
  const entries = await logged(id);
  expect(entries).toBeGreaterThanOrEqual(60);
  expect(JSON.stringify(await healthOf('northwind-frankfurt'))).toContain('"status":"degraded"');
  expect(await demo()).toContain('Done after');
  // The access key by which it signed in is gone.
  expect(JSON.stringify((await askAsOperator('GET', '/accesskeys')).body)).not.toContain('npm run demo');
  expect(await counts()).toEqual(made);
  expect(await left(id, ['201', '202'])).toEqual([3, 3]);
  expect(await logged(id)).toBe(entries);
  expect(await filed()).toMatchObject({ received: 50, duplicate: 0 });
  const users = [...printed.matchAll(/^ {2}(\w+) +([\w.]+) +([\w-]{16}) {2}/gm)];
  expect(users.map(([, role]) => role)).toEqual(['reseller', 'reseller', 'admin', 'manager']);
  for (const [, , username, password] of users) {
    const answer = await connect().api('/auth/user', { method: 'POST', json: { username, password } });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toMatchObject({ data: { password_change_required: true } });
  }
});

test('it ends with an error where there is no local cloud', async () => {
  const env = { ...process.env, DATA_DIR: '/nonexistent' };
  await expect(run(process.execPath, ['bin/demo.ts'], { env })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('run `npm start` first'),
  });
});
