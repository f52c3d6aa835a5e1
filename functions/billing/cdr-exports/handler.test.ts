import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import {
  manualClock,
  type ManualClock,
  memoryQueues,
  noon,
  testDependencies,
} from '#test/support/dependencies.fixture.ts';
import { memoryLinks, memoryObjects } from '#test/support/objects.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { day, second } from '#schema/time.ts';
import { cdrHandler } from '../cdr/handler.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { exportMessage } from './contract.ts';
import { cdrExportsHandler } from './handler.ts';

const running = testStore();
let tenants: Tenants;
let handler: ApiHandler;
let clock: ManualClock;
const objects = memoryObjects();
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  clock = manualClock(noon.toISOString());
  handler = cdrHandler({
    ...testDependencies(running.store, { clock }),
    queues: memoryQueues(),
    links: memoryLinks,
  });
});

type Job = {
  readonly job_id: string;
  readonly status: string;
  readonly rows: number;
  readonly size: number;
  readonly sha256: string;
  readonly download_url: string | null;
  readonly error: string | null;
};
const jobIn = ({ body }: { readonly body: unknown }): Job => (body as { readonly data: Job }).data;
const month = { start: '2026-11-01T00:00:00Z', end: '2026-12-01T00:00:00Z' };

let last = 9000;
/** An organization with these calls, and one of its users. */
async function newAccount(
  calls: readonly Record<string, unknown>[],
  person: NonNullable<Parameters<Tenants['join']>[1]> = {},
) {
  last += 1;
  const organization = last;
  await addAccount(running.store, organization, person.organization);
  const token = await tenants.join(organization, person);
  for (let at = 0; at < calls.length; at += 100)
    await startIngestion(running.store, { clock: clock.now }).deliver({
      [`m${at}`]: messageOf(organization, calls.slice(at, at + 100)),
    });
  const post = (json: object, as = token) =>
    call(handler, 'POST /cdr/export', { token: as, json: { ...month, org_id: organization, ...json } });
  const read = (id: string, as = token, query = {}) =>
    call(handler, 'GET /cdr/export/{id}', { token: as, params: { id }, query });
  return { organization, token, post, read };
}

/** A worker. @param seconds by which each reading of the clock advances it */
function worker(seconds = 0, more: { readonly objects?: typeof objects } = {}) {
  const queues = memoryQueues();
  const workerClock = manualClock(noon.toISOString());
  const slow = () => (workerClock.advance(seconds), workerClock.now());
  const dependencies = {
    ...testDependencies(running.store),
    queues,
    clock: slow,
    objects,
    ...more,
  };
  const work = cdrExportsHandler(dependencies);
  const slice = (org_id: number, job_id: string, receives = 1) =>
    work(batchOf([exportMessage({ org_id, job_id }).body], receives));
  const finish = async (organization: number, id: string): Promise<number> => {
    let slices = 0;
    do {
      queues.sent.length = 0;
      expect(await slice(organization, id)).toEqual({ batchItemFailures: [] });
      slices += 1;
    } while (queues.sent.length > 0 && slices < 50);
    return slices;
  };
  return { slice, finish, queues };
}

const calls = (count: number, more: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_item, at) =>
    record(`call-${at}`, {
      start_time: new Date(noon.getTime() - day + at * second).toISOString(),
      end_time: new Date(noon.getTime() - day + (at + 60) * second).toISOString(),
      ...more,
    }),
  );

/** The file of a job. */
function fileOf(account: { readonly organization: number }, { job_id, sha256, size }: Job, gzip = true): string {
  const body = objects.kept.get(`org_${account.organization}/exports/${job_id}/1`) ?? Buffer.alloc(0);
  expect([createHash('sha256').update(body).digest('hex'), body.length]).toEqual([sha256, size]);
  return (gzip ? gunzipSync(body) : Buffer.from(body)).toString();
}

async function runExport(
  account: Awaited<ReturnType<typeof newAccount>>,
  json: object,
  as = account.token,
  seconds = 0,
): Promise<{ readonly job: Job; readonly slices: number }> {
  const made = await account.post(json, as);
  expect(outcome(made)).toBe('202');
  const slices = await worker(seconds).finish(account.organization, jobIn(made).job_id);
  return { job: jobIn(await account.read(jobIn(made).job_id, as, { org_id: String(account.organization) })), slices };
}

describe('an export', () => {
  test('is queued, recorded as an event, and ends with a file and a link to it', async () => {
    const account = await newAccount(calls(3));
    const made = await account.post({});
    expect(made).toMatchObject({
      status: 202,
      body: {
        success: true,
        data: { job_id: expect.stringMatching(/^job_/), status: 'queued', created_at: noon.toISOString() },
      },
    });
    const id = jobIn(made).job_id;
    expect(jobIn(await account.read(id))).toEqual({
      job_id: id,
      status: 'queued',
      rows: 0,
      size: null,
      sha256: null,
      download_url: null,
      expires_at: null,
      error: null,
    });
    expect(await eventsOf(running.store, account.organization)).toContainEqual(
      expect.objectContaining({ type: 'cdr.exported', entity: { type: 'export', id } }),
    );
    await worker().finish(account.organization, id);
    const job = jobIn(await account.read(id));
    expect(job).toMatchObject({
      status: 'completed',
      rows: 3,
      error: null,
      download_url: `https://files.test/org_${account.organization}/exports/${id}/1`,
    });
    expect(jobIn(await call(handler, 'GET /cdr/{id}', { token: account.token, params: { id } }))).toEqual(job);
    const lines = fileOf(account, job).split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(
      /^id,org_id,call_id,leg,direction,caller,callee,.*,rating\.charge,rating\.currency,rating\.period,rating\.late$/,
    );
    expect(lines[1]).toContain(`,org_${account.organization},call-0,a,outbound,+14155551234,+14155555678,`);
  });

  test('of many CDRs is written in slices, each CDR once and in order', async () => {
    const account = await newAccount(calls(620));
    const { job, slices } = await runExport(account, { columns: ['call_id'] }, account.token, 21);
    expect(slices).toBe(3);
    expect(fileOf(account, job)).toBe(
      `call_id\r\n${calls(620)
        .map(({ call_id }) => `${String(call_id)}\r\n`)
        .join('')}`,
    );
    expect([...objects.kept.keys()].filter((key) => key.includes(job.job_id))).toEqual([
      `org_${account.organization}/exports/${job.job_id}/1`,
    ]);
  });

  test('has the CDRs that match its filters, as columns or whole, compressed or not', async () => {
    const account = await newAccount([
      ...calls(2),
      ...calls(2, { callee: '+14155550199', user_id: 'usr_1' }).map((each, at) => ({
        ...each,
        call_id: `=other-${at}`,
      })),
    ]);
    const { job } = await runExport(account, { number: '+1 415 555 0199', format: 'jsonl', gzip: false });
    const lines = fileOf(account, job, false)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const listed = await call(handler, 'GET /cdr', {
      token: account.token,
      query: { ...month, callee: '+14155550199', order: 'asc' },
    });
    expect({ data: lines }).toEqual({ data: Object.entries(listed.body).find(([name]) => name === 'data')?.[1] });
    expect(lines).toHaveLength(2);
    const few = await runExport(account, {
      user_id: 'usr_1',
      gzip: false,
      columns: ['call_id', 'rating.tariff.name', 'cause.q850', 'duration'],
    });
    expect(fileOf(account, few.job, false)).toBe(
      [
        'call_id,rating.tariff.name,cause.q850,duration\r\n',
        `'=other-0,plan ${account.organization},,60\r\n`,
        `'=other-1,plan ${account.organization},,60\r\n`,
      ].join(''),
    );
    const none = await runExport(account, { call_id: 'none', format: 'jsonl', gzip: false });
    expect([fileOf(account, none.job, false), none.job.rows]).toEqual(['', 0]);
  });

  test.each([
    [{ start: undefined }, '400 MISSING_FIELD'],
    [{ end: '2027-12-01T00:00:00Z' }, '422 VALIDATION_FAILED'],
    [{ start: month.end, end: month.start }, '422 VALIDATION_FAILED'],
    [{ format: 'xls' }, '422 VALIDATION_FAILED'],
    [{ columns: ['content_hash'] }, '422 VALIDATION_FAILED'],
    [{ columns: ['id', 'id'] }, '422 VALIDATION_FAILED'],
    [{ columns: [] }, '422 VALIDATION_FAILED'],
    [{ columns: ['rating.wholesale.charge'] }, '422 VALIDATION_FAILED'],
    [{ columns: ['cost'] }, '422 VALIDATION_FAILED'],
    [{ org_id: 1000 }, '403 FORBIDDEN_ORG'],
  ])('with %j is rejected by %s and records no event', async (json, code) => {
    const account = await newAccount([]);
    expect(outcome(await account.post(json))).toBe(code);
    expect(await eventsOf(running.store, account.organization)).toEqual([]);
  });

  test('is one of at most five unfinished ones', async () => {
    const account = await newAccount(calls(1));
    const made = await Promise.all(Array.from({ length: 7 }, () => account.post({})));
    expect(made.map(outcome).toSorted()).toEqual([
      ...Array.from({ length: 5 }, () => '202'),
      '429 RATE_LIMITED',
      '429 RATE_LIMITED',
    ]);
    const begun = made.find(({ status }) => status === 202);
    await worker().finish(account.organization, jobIn(begun ?? { body: {} }).job_id);
    expect([outcome(await account.post({})), outcome(await account.post({}))]).toEqual(['202', '429 RATE_LIMITED']);
  });

  test('that keeps failing ends without a file or parts, and another may begin', async () => {
    const account = await newAccount(calls(510));
    const id = jobIn(await account.post({})).job_id;
    await worker(21).slice(account.organization, id);
    expect(objects.uploads.size).toBe(1);
    const broken = worker(0, { objects: { ...objects, part: () => Promise.reject(new Error('down')) } });
    expect((await broken.slice(account.organization, id, 4)).batchItemFailures).toHaveLength(1);
    clock.advance(61);
    await worker(61, { objects: { ...objects, part: () => Promise.reject(new Error('down')) } }).slice(
      account.organization,
      id,
      5,
    );
    expect(jobIn(await account.read(id))).toMatchObject({
      status: 'failed',
      rows: 0,
      size: null,
      sha256: null,
      download_url: null,
      error: 'INTERNAL_ERROR',
    });
    expect([objects.uploads.size, [...objects.kept.keys()].filter((key) => key.includes(id))]).toEqual([0, []]);
    expect(
      (await Promise.all(Array.from({ length: 6 }, () => account.post({})))).filter(({ status }) => status === 202),
    ).toHaveLength(5);
  });

  test('is written once by two concurrent workers: the second one waits', async () => {
    const account = await newAccount(calls(30));
    const id = jobIn(await account.post({})).job_id;
    const [one, other] = [worker(), worker()];
    await Promise.all([one.slice(account.organization, id), other.slice(account.organization, id)]);
    expect([...one.queues.sent, ...other.queues.sent].map(({ message }) => message.delay).toSorted()).toEqual([0, 30]);
    await worker().finish(account.organization, id);
    expect(fileOf(account, jobIn(await account.read(id))).split('\r\n')).toHaveLength(32);
  });
});

describe('an export shows no more than the search', () => {
  test('to another organization: neither the job nor its calls', async () => {
    const [account, other] = [await newAccount(calls(1)), await newAccount(calls(2))];
    const {
      job: { job_id: id },
    } = await runExport(account, {});
    expect(outcome(await other.read(id))).toBe('404 NOT_FOUND');
    expect(outcome(await call(handler, 'GET /cdr/{id}', { token: other.token, params: { id } }))).toBe('404 NOT_FOUND');
    expect(outcome(await account.read(id, other.token, { org_id: String(account.organization) }))).toBe(
      '403 FORBIDDEN_ORG',
    );
  });

  test('to a caller that sees only its own calls: those calls and its own jobs', async () => {
    const account = await newAccount([...calls(2, { user_id: 'usr_other' }), record('mine', { user_id: 'usr_me' })]);
    const agent = await tenants.join(account.organization, {
      organization: { country: 'US' },
      user: { id: 'usr_me', roles: ['agent'] },
      session: { own_only: ['cdr:read'] },
    });
    const own = await runExport(account, { columns: ['call_id'] }, agent);
    expect(fileOf(account, own.job)).toBe('call_id\r\nmine\r\n');
    const foreign = await runExport(account, { columns: ['call_id'], user_id: 'usr_other' }, agent);
    expect(fileOf(account, foreign.job)).toBe('call_id\r\n');
    const { job } = await runExport(account, {});
    expect([outcome(await account.read(job.job_id, agent)), outcome(await account.read(own.job.job_id))]).toEqual([
      '404 NOT_FOUND',
      '200',
    ]);
  });

  test('to a customer: no prices that only its seller sees', async () => {
    const account = await newAccount(calls(1));
    const operator = await tenants.join(1000, { user: { roles: ['operator'] } });
    const { job } = await runExport(account, { columns: ['call_id', 'cost', 'rating.wholesale.charge'] }, operator);
    expect(job.status).toBe('completed');
    expect(outcome(await account.read(job.job_id))).toBe('404 NOT_FOUND');
  });
});
