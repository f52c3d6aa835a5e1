// Own cloud: kills it, configures its folder, ports and host, and reads all that it logs and prints.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '#infra/local/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { textAt } from '../support/example-request.ts';
import { newPhone } from '../support/sip-phone.fixture.ts';
import { startReceiver } from '../support/webhook-receiver.fixture.ts';
import { logIn, startCloud, type OwnCloud } from './cloud.ts';
import { requestUpload, send, settled, wav } from './file-uploads.fixture.ts';
import { newMac } from './hardware.fixture.ts';
import { environmentOf, isRunning, openPorts, processesOf } from './processes.ts';
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
import { newAdministeredTenant, tenantPassword } from './tenant.fixture.ts';

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

test('with HOST, HTTP, SIP and links to files are at that address, and phones are sent there', async () => {
  // Another address of this machine: Linux has all of 127.0.0.0/8.
  const host = '127.0.0.2';
  const cloud = await startCloud({ HOST: host, DATA_DIR: join(folder, 'host') });
  const [address = '', port = ''] = (cloud.outputs['SipAddress'] ?? '').split(':');
  const { port: http, hostname } = new URL(cloud.outputs.ApiUrl);
  expect([hostname, address]).toEqual([host, host]);
  const token = await logIn(cloud, 'admin', process.env['ADMIN_PASSWORD'] ?? '');
  const bytes = wav(2_000);
  const sound = { kind: 'greeting', content_type: 'audio/wav', size: bytes.length };
  const upload = await requestUpload(cloud, token, { name: 'Greeting', ...sound });
  expect(await send(upload, bytes)).toBe(200);
  const { download } = await settled(cloud, token, upload.id);
  expect(Buffer.from(await (await fetch(download.url)).arrayBuffer())).toEqual(bytes);
  const links = new URL(upload.upload.url).host;
  expect(new URL(download.url).host).toBe(links);

  const ports = openPorts(processesOf(cloud.pid));
  const tls = cloud.outputs['SipTlsAddress'];
  const { host: webSocket, protocol } = new URL(cloud.outputs['WebSocketUrl'] ?? '');
  const https = cloud.outputs['HttpsUrl'] ?? '';
  expect(protocol).toBe('wss:');
  expect(ports.filter((each) => each.startsWith(host)).toSorted()).toEqual(
    [`${host}:${http}`, new URL(https).host, `${host}:${port}`, `${host}:${port}`, tls, webSocket, links].toSorted(),
  );
  expect(ports.filter((each) => !each.startsWith('127.'))).toEqual([]);

  const line = { mac_address: newMac(), manufacturer: 'Yealink', lines: [{ extension: '204' }] };
  const made = await cloud.api('/devices/phone', { method: 'PUT', token, json: line });
  const id = /dev_[0-9A-Z]+/.exec(JSON.stringify(made.body))?.[0] ?? '';
  const file = String((await cloud.api(`/devices/${id}/config?secrets=true`, { token })).body);
  const valueOf = (name: string) => new RegExp(`^account\\.1\\.${name} *= *(.*)$`, 'm').exec(file)?.[1] ?? '';
  expect(file).toContain(host);
  expect(file).not.toContain('127.0.0.1');
  const account = {
    username: valueOf('user_name'),
    password: valueOf('password'),
    domain: valueOf('sip_server\\.1\\.address'),
  };
  const phone = await newPhone({ address: host, port: Number(port) }, account, { transport: 'udp' });
  expect((await phone.register()).status).toBe(200);
  phone.close();
  await cloud.stop();
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
