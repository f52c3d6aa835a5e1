import { beforeAll, describe, expect, test } from 'vitest';
import { textAt } from '#test/support/example-request.ts';
import { eventually } from '#test/support/eventually.ts';
import { archivesBucket, verify } from '../archives.fixture.ts';
import { connect } from '../cloud.ts';
import { storeOf } from '../people.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { archiveHeadRow } from '#functions/system/archives/row.ts';
import { archiveRow } from '#dynamodb/rows/archive.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { StoredArchive } from '#schema/stored-archive.ts';

let tenant: AdministeredTenant;
let policyId: string;
beforeAll(async () => {
  tenant = await newTenant();
  policyId = await newPolicy(tenant);
});

/** A tenant with an archive that is locked in governance mode. */
async function newTenant(): Promise<AdministeredTenant> {
  const made = await newAdministeredTenant('exports');
  const provisioned = await made.ask('PUT', '/archiving/provisioning', { quota_gb: 1, object_lock: true });
  expect(outcome(provisioned)).toBe('200');
  return made;
}

async function newPolicy({ ask }: AdministeredTenant, more: object = {}): Promise<string> {
  const policy = { name: uniqueName('policy'), class: 'sms', retention_days: 30, enabled: false, ...more };
  return texts(await ask('PUT', '/archiving/policies/new', policy))['id'] ?? '';
}

const range = { start: '2026-01-01T00:00:00Z', end: '2026-01-31T23:59:59Z' };
const exportOf = (ids: readonly string[], policy = policyId) => ({
  policyId: policy,
  data: {
    messages: ids.map((message_id) => ({ message_id, from: '+14155550100', message: `SMS ${message_id} \u2028` })),
    export_date: '2026-02-01T00:00:00Z',
    date_range: range,
  },
  metadata: { ticket: 'A-7' },
});
const store = (body: object, { ask }: AdministeredTenant = tenant) => ask('PUT', '/archiving/store/smsexport', body);
const table = ({ organization }: AdministeredTenant) =>
  tableFor<'archivehead' | 'archiving'>(storeOf(connect().outputs), organization);
const headOf = async (of: AdministeredTenant) => (await table(of).get(archiveHeadRow, {}))?.manifest_sha256;

describe('an export', () => {
  test('is an archive that anyone can verify, with an entry of custody', async () => {
    const answer = await store({ ...exportOf(['a', 'b']), orgId: tenant.organization });
    expect(outcome(answer)).toBe('200');
    const { archive_id: id = '' } = texts(answer);
    const month = new Date().toISOString().slice(0, 7);
    expect(texts(answer)).toMatchObject({
      ...{ status: 'stored', message_count: 2, policy_applied: { id: policyId, retention_days: 30 } },
      storage_location: `s3://${archivesBucket}/archive/org_${tenant.organization}/sms/${month}/${id}/`,
    });
    const verdict = await verify(connect(), tenant.organization, await headOf(tenant));
    expect(verdict).toMatchObject({ code: 0, text: expect.stringContaining(`${id}: 2 records in 1 parts: holds`) });
    const { events } = (
      (await eventually(async () => {
        const { body } = await tenant.ask('GET', `/events/archive/${id}`);
        expect(textAt(body, 'data', 'events', '0', 'type')).toBe('archiving.stored');
        return body;
      })) as { data: { events: { data: object }[] } }
    ).data;
    expect(events[0]?.data).toMatchObject({
      ...{ records: 2, manifest_sha256: await headOf(tenant), lock_mode: 'governance', metadata: { ticket: 'A-7' } },
    });
    const other = await newTenant();
    expect(outcome(await other.ask('GET', `/events/archive/${id}`))).toBe('404 NOT_FOUND');
  });

  test('is known when its events have expired, to its organization only', async () => {
    const [own, other] = [await newTenant(), await newTenant()];
    const archive: StoredArchive = {
      ...{ id: 'arch_old', class: 'sms', policy: null, range: null, records: 0, parts: [], bytes: 0, objects: 2 },
      ...{ previous_manifest_sha256: '', manifest_sha256: '', manifest_key: '', lock: null, by: null },
      ...{ created_at: '2026-01-01T00:00:00.000Z', sealed_at: '2026-01-01T00:00:00.000Z' },
    };
    await commit(storeOf(connect().outputs), own.organization, [create(archiveRow, archive)]);
    const known = await own.ask('GET', '/events/archive/arch_old');
    expect([outcome(known), known.body]).toMatchObject(['200', { data: { events: [] } }]);
    expect(outcome(await other.ask('GET', '/events/archive/arch_old'))).toBe('404 NOT_FOUND');
  });

  test('of 5,000 messages and nearly 4 MiB is stored', async () => {
    const own = await newTenant();
    const body = exportOf([], await newPolicy(own));
    const messages = Array.from({ length: 5_000 }, (_, at) => ({
      message_id: `m${at}`,
      text: `${at}`.padEnd(780, 'x'),
    }));
    const answer = await store({ ...body, data: { ...body.data, messages } }, own);
    expect([outcome(answer), texts(answer)]).toMatchObject(['200', { message_count: 5_000 }]);
    const more = [...messages, { message_id: 'more', text: '' }];
    expect(outcome(await store({ ...body, data: { ...body.data, messages: more } }, own))).toBe(
      '400 INVALID_DATA_FORMAT',
    );
  });
});
