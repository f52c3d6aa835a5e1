import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { memorySecrets } from '#test/support/secrets.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { noManifest } from '#archive/archive.ts';
import { archiveHeadRow } from '../archives/row.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { replace } from '#dynamodb/write.ts';
import { archiveSealing } from '../archive-sealing/contract.ts';
import { archiveSealingHandler } from '../archive-sealing/handler.ts';
import { archivingPoliciesHandler } from '../archiving-policies/handler.ts';
import { archivingProvisioningHandler } from '../archiving-provisioning/handler.ts';
import { archivingRow } from '../archiving-provisioning/row.ts';
import { examples } from './examples.ts';
import { smsExportsHandler } from './handler.ts';

const running = testStore();
let tenants: Tenants;
let organization = 8_200;
let last = 0;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
});

const secrets = memorySecrets();
const { data } = examples.storeSmsExport;
const smsOf = (...ids: string[]) => ({ ...data, messages: ids.map((message_id) => ({ message_id, message: 'Hi' })) });
const idIn = ({ body }: Reply): string => body.data['archive_id'] ?? '';
const sha256 = (bytes: Uint8Array = Buffer.of()): string => createHash('sha256').update(bytes).digest('hex');

/** A tenant with an archive of a GB and a policy, and the objects of its archives. */
async function newTenant() {
  organization += 1;
  const own = organization;
  const token = await tenants.join(own);
  const objects = memoryObjects();
  const dependencies = testDependencies(running.store, {
    secrets,
    environment: { BUCKET_ARCHIVES: 'bucket', ARCHIVE_LOCK_MODES: 'governance' },
  });
  dependencies.now = noon;
  const handler = smsExportsHandler({ ...dependencies, objects });
  const provisioning = archivingProvisioningHandler(dependencies);
  const policies = archivingPoliciesHandler(dependencies);
  const newPolicy = async (more: object = {}): Promise<string> => {
    last += 1;
    const json = { name: `Policy ${last}`, class: 'sms', retention_days: 30, enabled: false, ...more };
    const made = await call(policies, 'PUT /archiving/policies/{id}', { token, params: { id: 'new' }, json });
    return made.body.data['id'] ?? '';
  };
  const policyId = await newPolicy({ name: 'SMS' });
  const sealing = archiveSealingHandler({ ...dependencies, objects });
  const table = tableFor<'archive' | 'archivehead' | 'archiving'>(running.store, own);
  const archives = async () => (await table.query(archiveRow, {})).items;
  return {
    ...{ own, objects, archives, newPolicy },
    provision: (json: object) => call(provisioning, 'PUT /archiving/provisioning', { token, json }),
    usage: async () => (await call(provisioning, 'GET /archiving/provisioning', { token })).body.data,
    store: (of: object, more: object = {}) =>
      call(handler, 'PUT /archiving/store/smsexport', {
        ...{ token, json: { policyId, data: of, ...more } },
      }),
    /** Leaves this many bytes of a quota of a GB. */
    fill: async (left: number) => {
      const before = await table.get(archivingRow, {});
      if (before === undefined) throw new Error('the tenant has no archive');
      const after = { ...before, used_bytes: 1_000_000_000 - left, version: before.version + 1 };
      await commit(running.store, own, [replace(archivingRow, after, before)]);
    },
    /** As the message that the event of an archive sends. */
    seal: async () => {
      const [event] = (await eventsOf(running.store, own)).filter(({ type }) => type === 'archiving.stored');
      if (event === undefined) throw new Error('no archive is recorded');
      const message = archiveSealing.startedBy.message(event);
      return sealing(batchOf([message?.body]), { getRemainingTimeInMillis: () => 30_000 });
    },
    head: () => table.get(archiveHeadRow, {}),
    /** The file of a manifest, and what it says. */
    manifestOf: async (id: string) => {
      const file = objects.kept.get((await archives()).find((each) => each.id === id)?.manifest_key ?? '');
      return {
        sha256: sha256(file),
        manifest: JSON.parse(Buffer.from(file ?? '{}').toString()) as { readonly previous_manifest_sha256: string },
      };
    },
    /** Objects are not written while `fails` matches their key. */
    failing: async <T>(fails: RegExp, work: () => Promise<T>): Promise<T> => {
      const { put } = objects;
      Object.assign(objects, {
        put: (...args: Parameters<typeof put>) =>
          fails.test(args[0].key) ? Promise.reject(new Error('killed')) : put(...args),
      });
      try {
        return await work();
      } finally {
        Object.assign(objects, { put });
      }
    },
  };
}

describe('an export', () => {
  test('is one part, whose manifest is the head of the chain', async () => {
    const { own, objects, provision, store, usage, head, manifestOf } = await newTenant();
    await provision({ quota_gb: 1, object_lock: 'governance' });
    const answer = await store(smsOf('a', 'b'));
    const folder = `archive/org_${own}/sms/2026-11/${idIn(answer)}/`;
    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          ...{ status: 'stored', message_count: 2, storage_location: `s3://bucket/${folder}` },
          policy_applied: { name: 'SMS', retention_days: 30 },
        },
      },
    });
    const part = objects.kept.get(`${folder}part-00000.jsonl.gz`);
    const lines = '{"message":"Hi","message_id":"a"}\n{"message":"Hi","message_id":"b"}\n';
    expect(gunzipSync(part ?? '').toString()).toBe(lines);
    const { manifest, sha256: hash } = await manifestOf(idIn(answer));
    expect(manifest).toMatchObject({ records: 2, previous_manifest_sha256: noManifest, class: 'sms' });
    expect(await head()).toMatchObject({ manifest_sha256: hash, length: 1 });
    const bytes = (part?.length ?? 0) + (objects.kept.get(`${folder}manifest.json`)?.length ?? 0);
    expect(await usage()).toMatchObject({ used_bytes: bytes, objects: 3, last_run_at: noon.toISOString() });
    const [event] = (await eventsOf(running.store, own)).filter(({ type }) => type === 'archiving.stored');
    expect(event).toMatchObject({
      entity: { type: 'archive', id: idIn(answer) },
      data: { manifest_sha256: hash, records: 2, locked_until: '2026-12-21T00:00:00.000Z', lock_mode: 'governance' },
    });
  });

  test('that is repeated has the archive of before, whatever became of the rest', async () => {
    const { objects, provision, store, usage, archives } = await newTenant();
    await provision({ quota_gb: 1 });
    const first = await store(smsOf('a', 'b'));
    const [used, kept] = [await usage(), new Map(objects.kept)];
    await provision({ quota_gb: 1, enabled: false });
    const { messages } = smsOf('b', 'a');
    const again = await store({ ...data, messages: messages.map((each) => ({ ...each, message: 'Other' })) });
    expect(again.body.data).toEqual(first.body.data);
    expect(objects.kept).toEqual(kept);
    expect([(await usage())['used_bytes'], (await archives()).length]).toEqual([used['used_bytes'], 1]);
  });

  test('that is stored ten times at once is one archive', async () => {
    const { provision, store, archives, head, usage, manifestOf } = await newTenant();
    await provision({ quota_gb: 1 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => store(smsOf('a'))));
    expect(new Set(answers.map(outcome))).toEqual(new Set(['200']));
    expect(new Set(answers.map(idIn)).size).toBe(1);
    expect([await archives(), await head()]).toMatchObject([[{ sealed_at: noon.toISOString() }], { length: 1 }]);
    expect((await usage())['objects']).toBe(3);
    expect((await head())?.manifest_sha256).toBe((await manifestOf(idIn(answers[0] ?? expect.unreachable()))).sha256);
  });

  test('with other texts at once is one archive, which is as its manifest says', async () => {
    const { objects, provision, store, archives, manifestOf } = await newTenant();
    await provision({ quota_gb: 1 });
    const texts = Array.from({ length: 6 }, (_, at) => ({ ...data, messages: [{ message_id: 'a', text: at }] }));
    const answers = await Promise.all(texts.map((each) => store(each)));
    expect(new Set(answers.map(idIn)).size).toBe(1);
    const [archive] = await archives();
    const [part] = archive?.parts ?? [];
    expect(sha256(objects.kept.get(part?.key ?? ''))).toBe(part?.sha256);
    expect((await manifestOf(archive?.id ?? '')).sha256).toBe(archive?.manifest_sha256);
    expect([...objects.kept.keys()].filter((key) => key.endsWith('manifest.json'))).toHaveLength(1);
  });

  test('follows the others that are stored at once: the chain has no fork', async () => {
    const { provision, store, archives, head, manifestOf } = await newTenant();
    await provision({ quota_gb: 1 });
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => store(smsOf(id))));
    expect(answers.map(outcome)).toEqual(Array<string>(5).fill('200'));
    const stored = await archives();
    const manifests = await Promise.all(stored.map(({ id }) => manifestOf(id)));
    const previous = manifests.map(({ manifest }) => manifest.previous_manifest_sha256);
    const hashes = manifests.map((each) => each.sha256);
    expect(new Set([...previous, (await head())?.manifest_sha256])).toEqual(new Set([noManifest, ...hashes]));
    expect((await head())?.length).toBe(5);
  });
});

describe('the quota', () => {
  const some = ['a', 'b', 'c', 'd', 'e'];

  test('that is full stores nothing', async () => {
    const { objects, provision, fill, store, usage, archives } = await newTenant();
    await provision({ quota_gb: 1 });
    await fill(100);
    expect(outcome(await store(smsOf('a')))).toBe('507 STORAGE_FULL');
    expect([await archives(), objects.kept.size]).toEqual([[], 0]);
    expect(await usage()).toMatchObject({ used_bytes: 999_999_900, objects: 0 });
  });

  test('is not exceeded by exports at once', async () => {
    const { provision, fill, store, usage, archives, head } = await newTenant();
    await provision({ quota_gb: 1 });
    await store(smsOf('z'));
    await fill(Number((await usage())['used_bytes']) + 50);
    const answers = await Promise.all(some.map((id) => store(smsOf(id))));
    expect(answers.map(outcome).toSorted()).toEqual(['200', ...Array<string>(4).fill('507 STORAGE_FULL')]);
    expect(Number((await usage())['used_bytes'])).toBeLessThanOrEqual(1_000_000_000);
    expect([(await archives()).length, (await head())?.length]).toEqual([2, 2]);
  });

  test('that is set while exports are stored counts all of them', async () => {
    const { provision, store, usage, archives } = await newTenant();
    await provision({ quota_gb: 1 });
    const quotas = [2, 3, 4].map((quota_gb) => provision({ quota_gb }));
    const answers = await Promise.all([...some.map((id) => store(smsOf(id))), ...quotas]);
    expect(new Set(answers.map(outcome))).toEqual(new Set(['200']));
    const stored = (await archives()).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(await usage()).toMatchObject({ used_bytes: stored, objects: 15 });
  });
});

describe('a process that dies', () => {
  test('before the archive is recorded leaves nothing that counts', async () => {
    const { provision, store, archives, head, usage, failing } = await newTenant();
    await provision({ quota_gb: 1 });
    expect(outcome(await failing(/part-/, () => store(smsOf('a'))))).toBe('500 INTERNAL_ERROR');
    expect([await archives(), await head(), (await usage())['used_bytes']]).toEqual([[], undefined, 0]);
    expect(outcome(await store(smsOf('a')))).toBe('200');
  });

  test.each([/manifest\.jws$/, /manifest\.json$/])(
    'before %s leaves an archive that is sealed later',
    async (killed) => {
      const { objects, provision, store, archives, seal, failing, manifestOf } = await newTenant();
      await provision({ quota_gb: 1 });
      expect(outcome(await failing(killed, () => store(smsOf('a'))))).toBe('500 INTERNAL_ERROR');
      const [archive] = await archives();
      expect(archive).toMatchObject({ records: 1, sealed_at: null });
      expect(await seal()).toEqual({ batchItemFailures: [] });
      expect((await archives())[0]?.sealed_at).toBe(noon.toISOString());
      expect((await manifestOf(archive?.id ?? '')).sha256).toBe(archive?.manifest_sha256);
      const kept = new Map(objects.kept);
      expect(await seal()).toEqual({ batchItemFailures: [] });
      expect(objects.kept).toEqual(kept);
      expect(idIn(await store(smsOf('a')))).toBe(archive?.id);
    },
  );

  test('before the manifest leaves an archive that a repetition seals', async () => {
    const { provision, store, archives, failing } = await newTenant();
    await provision({ quota_gb: 1 });
    await failing(/manifest\.json$/, () => store(smsOf('a')));
    expect(outcome(await store(smsOf('a')))).toBe('200');
    expect(await archives()).toMatchObject([{ sealed_at: noon.toISOString() }]);
  });
});

describe('an export is rejected', () => {
  test('without an archive that is enabled', async () => {
    const { objects, provision, store } = await newTenant();
    expect(outcome(await store(smsOf('a')))).toBe('422 ARCHIVING_NOT_PROVISIONED');
    await provision({ quota_gb: 1, enabled: false });
    expect(outcome(await store(smsOf('a')))).toBe('422 ARCHIVING_NOT_PROVISIONED');
    expect(objects.kept.size).toBe(0);
  });

  test('with a policy that is unknown, of another class or of another organization', async () => {
    const { objects, provision, store, newPolicy } = await newTenant();
    await provision({ quota_gb: 1 });
    const others = [7, await newPolicy({ class: 'email' }), await (await newTenant()).newPolicy()];
    for (const policyId of others) {
      const answer = await store(smsOf('a'), { policyId });
      expect(outcome(answer)).toBe('400 POLICY_NOT_FOUND');
      expect(answer.body.error.details).toMatchObject([{ path: 'policyId' }]);
    }
    expect(objects.kept.size).toBe(0);
  });

  test('in a wrong form, with the path of each field', async () => {
    const answer = await (await newTenant()).store({ ...data, messages: [{ message_id: 'a' }, {}], export_date: 'x' });
    expect(outcome(answer)).toBe('400 INVALID_DATA_FORMAT');
    expect(answer.body.error.details.map(({ path }) => path).toSorted()).toEqual([
      'data.export_date',
      'data.messages[1].message_id',
    ]);
  });
});
