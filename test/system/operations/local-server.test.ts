// Own cloud: kills it, configures its folder, ports and passwords, and reads all that it logs and prints.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { second } from '#schema/time.ts';
import { eventually, past } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import { needs } from '#test/support/tools.ts';
import { startReceiver } from '#test/support/webhook-receiver.fixture.ts';
import { pagesAt } from '../browser.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from '../cloud.ts';
import { expectSound, withMicrophone } from '../phone-pages.fixture.ts';
import { environmentOf, isRunning, openPorts, processesOf } from '../processes.ts';
import { usageOf } from './idle.fixture.ts';
import {
  Canary,
  placesOf,
  useFactor,
  usePasswords,
  useReset,
  useSalesforce,
  useSecrets,
  useTokens,
} from './secrets-canary.fixture.ts';
import { json, newAdministeredTenant, tenantPassword } from '../tenant.fixture.ts';

const run = promisify(execFile);

/** `npm start` as a server: README.md, "Settings of `npm start`". */

const password = 'Only-In-Memory-7';
const folder = mkdtempSync(join(tmpdir(), 'trunkline-server-'));
afterAll(() => rmSync(folder, { recursive: true }));

const filesIn = (dataDir: string): readonly string[] =>
  globSync('**/*', { cwd: dataDir, withFileTypes: true }).map(({ parentPath, name }) => join(parentPath, name));

describe('on loopback, in a folder that was there before', () => {
  const dataDir = join(folder, 'data');
  let cloud: OwnCloud;
  /** Whether outputs.json was there when `/health` first answered. */
  let outputsFirst: boolean | undefined;

  beforeAll(async () => {
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    chmodSync(dataDir, 0o755);
    const port = await freePort();
    const watching = eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      if (answer.headers.get('x-request-id') === null) throw new Error('the API does not answer yet');
      return existsSync(join(dataDir, 'outputs.json'));
    }, 60_000);
    cloud = await startCloud({
      ...{ DATA_DIR: dataDir, ADMIN_PASSWORD: password, PORT: String(port) },
      // Webhooks of the secrets go to this machine, faster than those of a customer.
      ...{ OUTBOUND_ALLOW_PRIVATE: '1', RATE_LIMIT_SCALE: '1000' },
    });
    outputsFirst = await watching;
    await logIn(cloud, 'admin', password);
  });

  afterAll(() => cloud.stop());

  test('every port is on loopback', () => {
    const ports = openPorts(processesOf(cloud.pid));
    expect(ports.length).toBeGreaterThan(4);
    expect(ports.filter((each) => !each.startsWith('127.'))).toEqual([]);
  });

  test('outputs.json is there when /health first answers', () => {
    expect(outputsFirst).toBe(true);
  });

  test('the root is the console', async () => {
    const answer = await fetch(cloud.outputs.ApiUrl);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('id="console"')]);
  });

  test('pages of other origins may not read its answers in a browser', async () => {
    const allowed = async (origin: string) =>
      (await fetch(`${cloud.outputs.ApiUrl}/health`, { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    const own = new URL(cloud.outputs.ApiUrl).origin;
    expect([await allowed(own), await allowed('https://evil.example')]).toEqual([own, null]);
  });

  test('the folder and all files in it are for their owner only', () => {
    const open = [dataDir, ...filesIn(dataDir)].filter((file) => (statSync(file).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  test('the password of the administrator is not stored, logged or passed on', () => {
    const caches = globSync('node_modules/.cache/trunkline/assemblies/*/*.{json,txt}');
    const files = [...filesIn(dataDir), ...caches].filter((file) => statSync(file).isFile());
    expect(files.filter((file) => readFileSync(file).includes(password))).toEqual([]);
    expect(cloud.printed()).not.toContain(password);
    const children = processesOf(cloud.pid).filter((pid) => pid !== cloud.pid);
    expect(children.length).toBeGreaterThan(0);
    expect(children.filter((pid) => environmentOf(pid).includes(password))).toEqual([]);
  });

  test('no secret is in a log, an event, a webhook, an export, an error or a later answer', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.stop());
    const canary = new Canary(cloud);
    const operator = canary.keep(await logIn(cloud, 'admin', canary.keep(password)));
    const tenant = await newAdministeredTenant('canary', { cloud, operator });
    canary.keep(tenantPassword);
    canary.keep(tenant.token);
    const hook = await tenant.ask('PUT', '/webhooks/new', { url: receiver.url('/all'), events: ['*'] });
    canary.keep(textAt(hook.body, 'data', 'secret'));
    const person = await usePasswords(canary, tenant);
    await useFactor(canary, tenant, person);
    await useSecrets(canary, tenant);
    await useTokens(canary, tenant);
    await useSalesforce(canary, tenant);
    await useReset(canary, tenant, person);
    const asOperator: typeof tenant.ask = (method, path, body) =>
      cloud.api(path, { method, token: operator, ...(body === undefined ? {} : { json: body }) });
    const places = await placesOf(cloud, canary, { tenant, operator: asOperator, receiver });
    // What each place must have, so that an empty one does not pass.
    expect(places.logs).toContain('"route":"/tempauth"');
    expect(places.events).toMatch(/auth\.temp\.created[^]*auth\.login_failed/);
    expect(places.webhooks).toContain('auth.2fa.recovery_used');
    expect(places.exports).toContain('BUSY');
    expect(places.errors).toContain('INVALID_CREDENTIALS');
    expect(places.answers).toMatch(/canary-client[^]*password_reset/);
    const found = Object.entries(places).flatMap(([place, text]) =>
      [...canary.secrets].filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${place}`),
    );
    expect(found).toEqual([]);
    expect(canary.secrets.size).toBeGreaterThan(40);
  });

  test('a stranger cannot send to a queue', async () => {
    const { CdrQueueUrl: QueueUrl, AwsEndpointUrl: endpoint = '', Region: region = '' } = cloud.outputs;
    const credentials = { accessKeyId: cloud.outputs['AccessKeyId'] ?? '', secretAccessKey: 'guessed' };
    const stranger = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
    await expect(stranger.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  test('a restart keeps the address of the queues, and says that a changed password is not applied', async () => {
    const before = cloud.outputs['CdrQueueUrl'];
    await cloud.stop();
    cloud = await startCloud({ DATA_DIR: dataDir, ADMIN_PASSWORD: 'Another-Password-8' });
    expect(cloud.outputs['CdrQueueUrl']).toBe(before);
    expect(cloud.printed()).toContain('ADMIN_PASSWORD is not the one with which this data directory was made');
    expect(cloud.printed()).not.toContain('Another-Password-8');
    await expect(logIn(cloud, 'admin', 'Another-Password-8')).rejects.toThrow('cannot log in: 401');
    await logIn(cloud, 'admin', password);
  });
});

test('a generated password is printed once, and is valid after a restart before the first log-in', async () => {
  const settings = { DATA_DIR: join(folder, 'generated'), ADMIN_PASSWORD: '' };
  const first = await startCloud(settings);
  const [, generated = ''] = /^Password of admin, shown this once: (\S+)$/m.exec(first.printed()) ?? [];
  await first.kill9();
  const second = await startCloud(settings);
  expect(second.printed()).not.toContain(generated);
  const files = filesIn(settings.DATA_DIR).filter((file) => statSync(file).isFile());
  expect(files.filter((file) => readFileSync(file).includes(generated))).toEqual([]);
  await logIn(second, 'admin', generated);
  await second.stop();
});

/** The link that it prints, a first call, and a new password. */
describe('the operator of a new start', () => {
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
      await page.getByRole('heading', { name: 'Home' }).waitFor();
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

  describe('the link beside a generated password', () => {
    needs('chromium');
    const open = pagesAt((link) => link);

    test('asks for a new password only, and enters with it', async () => {
      const fresh = await startCloud({ ADMIN_PASSWORD: '' });
      try {
        const { page, complaints } = await open(await linkOf(fresh));
        await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
        expect(await page.getByLabel('Present password').count()).toBe(0);
        await page.getByLabel('New password').fill('Velvet-Comet-Harbor-3');
        await page.getByRole('button', { name: 'Set the password and enter' }).click();
        await page.getByRole('heading', { name: 'Welcome' }).waitFor();
        expect(complaints).toEqual([]);
        await logIn(fresh, 'admin', 'Velvet-Comet-Harbor-3');
      } finally {
        await fresh.stop();
      }
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
      stderr: 'admin-password: ADMIN_PASSWORD must have at least 12 characters.\n',
    });
  });
});
describe('under a supervisor, which signals npm alone,', () => {
  const ports = { PORT: '', SIP_PORT: '' };
  beforeAll(async () => {
    ports.PORT = String(await freePort());
    ports.SIP_PORT = String(await freePort());
  });

  type Supervised = { readonly npm: ChildProcess; readonly family: readonly number[] };

  async function startNpm(): Promise<Supervised> {
    const npm = spawn('npm', ['start'], {
      env: { ...process.env, ...ports, DATA_DIR: join(folder, 'npm'), PASSWORD_COST: '12' },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    npm.stdout.resume();
    await eventually(async () => {
      const { status } = await fetch(`http://127.0.0.1:${ports.PORT}/health`);
      if (status !== 200) throw new Error(`GET /health answers ${status}`);
    }, 60_000);
    const family = processesOf(npm.pid ?? 0);
    onTestFinished(() => {
      for (const pid of family.filter(isRunning)) process.kill(pid, 'SIGKILL');
    });
    return { npm, family };
  }

  test('SIGTERM to npm ends all of it before npm ends', async () => {
    const { npm, family } = await startNpm();
    expect(family.length).toBeGreaterThan(3);
    npm.kill('SIGTERM');
    await once(npm, 'exit');
    expect(family.filter(isRunning)).toEqual([]);
  });

  test('a restart finds the ports free, and SIGKILL of npm ends all of it', async () => {
    const { npm, family } = await startNpm();
    npm.kill('SIGKILL');
    await eventually(() => expect(family.filter(isRunning)).toEqual([]), 20_000);
  });
});

describe('on a machine where no one uses it', () => {
  let cloud: OwnCloud;
  beforeAll(async () => {
    // A relay where it is installed, as usual.
    cloud = await startCloud({ MEDIA_RELAY: '' });
  });
  afterAll(() => cloud.stop());

  test('it asks itself little, and wakes seldom', async () => {
    // It reads what there is when it starts.
    await past(20 * second);
    const { requests, wakeUps } = await usageOf(cloud, { milliseconds: 20 * second });
    expect(requests).toBeLessThan(8);
    expect(wakeUps).toBeLessThan(70);
  });
});
