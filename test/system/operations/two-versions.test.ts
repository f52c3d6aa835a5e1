// Own cloud: runs two versions on one table.
import { randomBytes } from 'node:crypto';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { ScanCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presentForms, type Forms } from '#bin/forms.ts';
import { localAssembly } from '#bin/start/assembly.ts';
import { contracts } from '#functions/contracts.ts';
import { queuesOf as queueNames } from '#contract/resource.ts';
import { namesFor } from '#infra/names.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { queuesOf } from '../cdr.fixture.ts';
import { startCloudHere, type CloudHere } from './cloud-here.fixture.ts';
import { deploy, rolloutOf } from '../deployments.fixture.ts';
import { sidesOf, taskAddressOf, taskOf } from '../handover.fixture.ts';
import { storeOf } from '../people.ts';
import { allCdrs, taskCloudIn, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, newSoftphones } from '../softphones.fixture.ts';
import { outcome, tenantPassword, texts, uniqueName, type Body } from '../tenant.fixture.ts';
import {
  formerVersion,
  imageOf,
  released,
  todaysVersion,
  useFunctions,
  useImage,
  useOwnRoutes,
  type Version,
} from './versions.fixture.ts';

/**
 * Two versions of the platform on one table: each reads, changes and ends what the other wrote, as in a deployment and
 * in a roll-back (.github/CONTRIBUTING.md, "Change a stored form").
 */

const sidecar = 'sip-sidecar';
const folder = mkdtempSync(join(tmpdir(), 'trunkline-versions-'));
const assembly = join(folder, 'assembly');
const open = new AsyncDisposableStack();
open.defer(() => rmSync(folder, { recursive: true }));

let versions: { readonly today: Version; readonly former: Version };
let image: string;
let here: CloudHere;
let of: TaskCloud;

beforeAll(async () => {
  versions = { today: await todaysVersion(), former: await formerVersion() };
  process.stdout.write(`two versions: today, and ${versions.former.name}\n`);
  cpSync(await localAssembly(), assembly, { recursive: true });
  useOwnRoutes(assembly);
  image = imageOf(assembly, sidecar, versions.today);
  here = await startCloudHere({ dataDir: join(folder, 'data'), assembly });
  open.defer(() => here.cloud.stop());
  of = await taskCloudIn(here.cloud);
});
afterAll(() => open.disposeAsync());

/** Today's, the one before, and back. */
const turns = ['today', 'former', 'today'] as const;
type Turn = (typeof turns)[number];
const otherThan = (turn: Turn): Turn => (turn === 'today' ? 'former' : 'today');
const use = (turn: Turn, only?: readonly string[]): void => useFunctions(here.running, versions[turn], only);

async function ask(method: string, path: string, json?: Body): Promise<Body> {
  const answer = await of.tenant.ask(method, path, json);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} is answered ${outcome(answer)} ${JSON.stringify(answer.body)}`);
  return answer.body as Body;
}

const dataOf = (body: Body): Body => (body['data'] ?? body) as Body;

const newMac = (): string => ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':');

type Case = {
  readonly path: string;
  readonly create?: string;
  readonly body: (name: string) => Body;
  readonly change: Body;
};

const cases: readonly Case[] = [
  {
    path: '/users',
    body: (name) => ({ username: name, email: `${name}@example.com`, password: tenantPassword }),
    change: { first_name: 'Ada' },
  },
  {
    path: '/groups',
    body: (name) => ({ name, display_name: 'Sales', category: 'department' }),
    change: { display_name: 'Support' },
  },
  {
    path: '/siptrunk',
    create: '/siptrunk/new',
    body: (name) => ({ name, type: 'carrier', host: `${name}.example.com`, username: 'a', password: 'secret_1234567' }),
    change: { max_channels: 7 },
  },
  {
    path: '/sipgateways',
    create: '/sipgateways/new',
    body: (name) => ({ name, host: `gw.${name}.example.com`, ping: { enabled: false } }),
    change: { enabled: false },
  },
  {
    path: '/devices',
    create: '/devices/phone',
    body: () => ({ mac_address: newMac(), name: 'Desk', lines: [{ extension: '210' }] }),
    change: { name: 'Reception' },
  },
];

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an answer of one version and that of another both have: a field that is new is in one of them only. */
const shared = (of: Body, other: Body): Body =>
  Object.fromEntries(
    Object.entries(of).flatMap(([key, value]) => {
      const theirs = other[key];
      if (theirs === undefined) return [];
      return [[key, isObject(value) && isObject(theirs) ? shared(value, theirs) : value]];
    }),
  );

test.each(turns)('what the version of %s creates, the other reads and changes, and it reads that', async (turn) => {
  use(turn);
  const made = [];
  for (const { path, create = path, body, change } of cases) {
    const { id } = dataOf(await ask('PUT', create, body(uniqueName('two'))));
    const resource = `${path}/${String(id)}`;
    made.push({ resource, change, before: dataOf(await ask('GET', resource)) });
  }
  use(otherThan(turn));
  for (const { resource, change, before } of made) {
    const read = dataOf(await ask('GET', resource));
    expect(read).toMatchObject(shared(before, read));
    await ask('POST', resource, change);
  }
  const changed = new Map<string, Body>();
  for (const { resource } of made) changed.set(resource, dataOf(await ask('GET', resource)));
  use(turn);
  for (const { resource, change } of made) {
    const read = dataOf(await ask('GET', resource));
    expect(read).toMatchObject({ ...shared(changed.get(resource) ?? {}, read), ...change });
    await ask('DELETE', resource);
  }
});

const consumersOfCdrs = ['cdr-ingest', 'cdr-backlog', 'cdr-wholesale'];

/** A call of three minutes that has just ended. */
function endedCall(id: string): Body {
  const at = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  return {
    call_id: id,
    caller: '+14155550100',
    callee: '+14155550199',
    start_time: at(5),
    answer_time: at(5),
    end_time: at(2),
    disposition: 'ANSWERED',
  };
}

test('CDRs that one version accepts are filed by the other, and both list them', async () => {
  const { organization, id } = of.tenant;
  const filed: string[] = [];
  for (const turn of turns) {
    use(turn);
    use(otherThan(turn), consumersOfCdrs);
    const own = uniqueName('call');
    await ask('POST', `/cdr/${own}`, { records: [endedCall(`${own}-api`)] });
    const message = {
      schema: 'cdr.v1',
      source: 'switch-1',
      sent_at: new Date().toISOString(),
      batch_id: own,
      org_id: id,
    };
    await queuesOf(here.cloud).send(
      new SendMessageCommand({
        QueueUrl: here.cloud.outputs['CdrQueueUrl'] ?? '',
        MessageBody: JSON.stringify({ ...message, records: [endedCall(`${own}-queue`)] }),
      }),
    );
    filed.push(`${own}-api`, `${own}-queue`);
    await eventually(async () => {
      const ids = (await allCdrs(of.tenant)).map(({ call_id: call }) => call);
      expect(ids.toSorted()).toEqual(filed.toSorted());
    }, 60_000);
  }
  use('former');
  expect(await allCdrs(of.tenant)).toHaveLength(filed.length);
  expect(organization).toBeGreaterThan(1_000);
});

test('SMS that one version accepts are sent and charged by the other', async () => {
  const { ask: askAs, id } = of.tenant;
  const operator = { token: of.operator };
  const allowed = [
    await askAs('PUT', `/billingprofile/${id}`, { creditLimit: 100 }, operator),
    await askAs('POST', `/orgs/${id}`, { settings: { sms: { sender_ids: ['Acme'] } } }, operator),
  ];
  expect(allowed.map(outcome)).toEqual(['200', '200']);
  for (const turn of turns) {
    use(turn);
    use(otherThan(turn), ['sms-delivery', 'sms-reports']);
    const sent = texts(await askAs('PUT', '/sms', { to: '+14155551234', from: 'Acme', message: 'Hello' }));
    await eventually(async () => {
      const { status } = dataOf(await ask('GET', `/sms/${sent['message_id']}`));
      expect(['sent', 'delivered']).toContain(status);
    }, 60_000);
  }
  use('former');
  const { body } = await askAs('GET', `/billingprofile/${id}`);
  expect(dataOf(body as Body)).toMatchObject({ currentBalance: -0.0075 * turns.length });
});

test('calls that the sidecar of one version sets up, the other takes over and ends', async () => {
  const before = (await allCdrs(of.tenant)).length;
  let [at, ended] = [of.tasks[0], 0];
  for (const next of ['former', 'today'] as const) {
    use(next);
    const [calling, called] = next === 'former' ? ['201', '202'] : ['203', '204'];
    const made = await newSoftphones(of.tenant, [calling, called], at);
    const [caller, callee] = made.map(({ phone }) => phone) as [Softphone, Softphone];
    for (const phone of [caller, callee]) open.use(phone);
    const call = await converse(caller, callee, called);
    const [old = ''] = sidesOf([call]).map(taskOf);
    useImage(image, sidecar, versions[next]);
    await deploy(here.cloud, sidecar);
    await eventually(() => expect(sidesOf([call]).map(taskOf)).not.toContain(old), 60_000);
    await eventually(async () => expect(await rolloutOf(here.cloud, sidecar)).toBe('COMPLETED'), 60_000);
    expect(sidesOf([call]).map(({ isUp }) => isUp)).toEqual([true, true]);
    at = taskAddressOf(call.caller);
    call.caller.hangUp();
    await expectEnd(call.callee, 'ended by peer');
    ended += 1;
    await eventually(async () => expect(await allCdrs(of.tenant)).toHaveLength(before + ended), 60_000);
  }
});

/** Every item of the table. */
async function* items(): AsyncGenerator<Record<string, AttributeValue>> {
  const { client, tableName: TableName } = storeOf(here.cloud.outputs);
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey }));
    yield* page.Items ?? [];
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

const isReadBy = ({ rows }: Forms, item: Record<string, AttributeValue>): boolean => {
  const entity = item['PK']?.S?.split('#')[0] ?? '';
  const read = rows[entity]?.read;
  return read === undefined || Number(item['schema']?.N ?? 1) <= read;
};

test('no stored item is one that a version cannot read, no message is a dead letter, and nothing failed', async () => {
  const present = await presentForms();
  let stored = 0;
  for await (const item of items()) {
    stored += 1;
    expect([released, present].map((forms) => isReadBy(forms, item))).toEqual([true, true]);
  }
  expect(stored).toBeGreaterThan(100);
  const queues = queuesOf(here.cloud);
  for (const queue of queueNames(contracts)) {
    const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: namesFor('local').deadLetters(queue) }));
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes } = await queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect([queue, Attributes?.['ApproximateNumberOfMessages']]).toEqual([queue, '0']);
  }
  const logs = globSync('logs/*.log', { cwd: here.cloud.dataDir });
  expect(logs.length).toBeGreaterThan(10);
  const faults = logs.flatMap((file) =>
    readFileSync(join(here.cloud.dataDir, file), 'utf8')
      .split('\n')
      // On a busy machine, code that replaces another may not start in time (`Sandbox.Timedout`).
      .filter((line) => /"level":"ERROR"|Runtime[.]/.test(line))
      .map((line) => `${file} ${line}`),
  );
  expect(faults.join('\n')).toBe('');
});
