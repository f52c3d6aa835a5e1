import { beforeAll, describe, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body, outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { archivingPolicies } from './contract.ts';
import { archivingPoliciesHandler } from './handler.ts';
import { archivingProvisioning } from '../archiving-provisioning/contract.ts';
import { archivingProvisioningHandler } from '../archiving-provisioning/handler.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';

const functions = functionsOf(
  [archivingPolicies, archivingPoliciesHandler],
  [archivingProvisioning, archivingProvisioningHandler],
  [events, eventsHandler],
);

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});

const policies = '/archiving/policies';
const filter = { numbers: ['+14155550100'] };
const put = (more: Body = {}, id = 'new', { ask }: Pick<TestTenant, 'ask'> = tenant) =>
  ask('PUT', `${policies}/${id}`, { name: uniqueName('policy'), class: 'sms', retention_days: 30, filter, ...more });
const provision = (body: Body, { ask }: Pick<TestTenant, 'ask'> = tenant) =>
  ask('PUT', '/archiving/provisioning', body);
const asSeller = (body: Body, { id }: TestTenant = tenant) =>
  functions.askAsOperator('PUT', `/archiving/provisioning?org_id=${id}`, body);
const remove = (id: string) => tenant.ask('DELETE', `${policies}/${id}`);

describe('a policy', () => {
  test('is created, replaced, listed and deleted, and leaves its events', async () => {
    const name = uniqueName('year');
    const made = await put({ name });
    expect(outcome(made)).toBe('201');
    const { id = '' } = texts(made);
    expect(outcome(await put({ name: name.toUpperCase() }))).toBe('409 NAME_TAKEN');
    const after = await put({ name, retention_days: 365 }, id);
    expect([outcome(after), outcome(await put({ name, retention_days: 7 }, 'arp_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'))]).toEqual(
      ['200', '404 NOT_FOUND'],
    );
    const shown = { id, name, organization_id: tenant.id, retention_days: 365, filter, last_run: null };
    expect(texts(await tenant.ask('GET', `${policies}/${id}`))).toMatchObject(shown);
    const list = await tenant.ask('GET', `${policies}?class=sms&q=${name.slice(0, -1)}`);
    expect(list.body).toMatchObject({ data: [shown], total: 1 });
    expect(outcome(await remove(id))).toBe('200');
    expect([outcome(await remove(id)), outcome(await put({ name }))]).toEqual(['404 NOT_FOUND', '201']);
    const { body } = await tenant.ask('GET', `/events/org/${tenant.id}?type=archiving.*`);
    const events = (body as { data: { events: { type: string }[] } }).data.events.map(({ type }) => type);
    expect(new Set(events)).toEqual(
      new Set(['archiving.policy_created', 'archiving.policy_updated', 'archiving.policy_deleted']),
    );
  });

  test('of another organization does not exist', async () => {
    const { id = '' } = texts(await put());
    const other = await functions.newTenant();
    const answers = [
      await other.ask('GET', `${policies}/${id}`),
      await put({}, id, other),
      await other.ask('DELETE', `${policies}/${id}`),
      await other.ask('GET', `${policies}/${id}?org_id=${tenant.id}`),
    ];
    expect(answers.map(outcome)).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '404 NOT_FOUND', '403 FORBIDDEN_ORG']);
    expect((await other.ask('GET', policies)).body).toMatchObject({ data: [], total: 0 });
  });

  test('keeps records for the least time of their class', async () =>
    expect(outcome(await put({ class: 'logs', retention_days: 29 }))).toBe('422 RETENTION_TOO_SHORT'));

  test('for a whole class exists once, also of several that are created at once', async () => {
    const general = { class: 'recordings', filter: {} };
    const answers = await Promise.all([1, 2, 3, 4].map(() => put(general)));
    expect(answers.map(outcome).toSorted()).toEqual(['201', ...Array<string>(3).fill('409 POLICY_EXISTS')]);
    const { id = '' } = texts(answers.find(({ status }) => status === 201) ?? expect.unreachable());
    const { id: other = '' } = texts(await put({ ...general, enabled: false }));
    expect(outcome(await put(general, other))).toBe('409 POLICY_EXISTS');
    expect(outcome(await put({ ...general, class: 'voicemail' }, id))).toBe('200');
    expect(outcome(await put(general, other))).toBe('200');
    expect(outcome(await put(general, id))).toBe('409 POLICY_EXISTS');
    expect(outcome(await remove(other))).toBe('200');
    expect(outcome(await put(general, id))).toBe('200');
  });

  test('that archives needs an archive that is enabled', async () => {
    const own = await functions.newTenant();
    for (const action of ['export', 'export_then_delete'])
      expect(outcome(await put({ action }, 'new', own))).toBe('422 ARCHIVING_NOT_PROVISIONED');
    expect(outcome(await provision({ enabled: false, quota_gb: 1 }, own))).toBe('200');
    expect(outcome(await put({ action: 'export' }, 'new', own))).toBe('422 ARCHIVING_NOT_PROVISIONED');
    expect(outcome(await provision({ quota_gb: 1 }, own))).toBe('200');
    expect(outcome(await put({ action: 'export' }, 'new', own))).toBe('201');
  });
});

describe('an archive', () => {
  test('is disabled until it is provisioned, and changed at the version that is pinned', async () => {
    const own = await functions.newTenant();
    expect(texts(await own.ask('GET', '/archiving/provisioning'))).toMatchObject({
      ...{ organization_id: own.id, enabled: false, updated_at: null },
    });
    const body = { quota_gb: 5, storage_class: 'GLACIER_IR', object_lock: true };
    const answer = await provision(body, own);
    const shown = { enabled: true, quota_gb: 5, storage_class: 'GLACIER_IR', object_lock: 'governance', used_bytes: 0 };
    expect([outcome(answer), texts(answer)]).toMatchObject(['200', shown]);
    const read = await own.ask('GET', '/archiving/provisioning');
    expect(texts(read)).toMatchObject(shown);
    const headers = { 'if-match': '"0"' };
    expect(outcome(await own.ask('PUT', '/archiving/provisioning', body, { headers }))).toBe('409 VERSION_CONFLICT');
  });

  test('is locked in compliance mode with the consent of the seller and the name of the organization', async () => {
    const locked = { quota_gb: 5, object_lock: 'compliance' };
    const confirmed = { ...locked, confirm: tenant.name };
    expect(outcome(await provision(confirmed))).toBe('422 LOCK_NOT_ALLOWED');
    expect(outcome(await provision({ ...confirmed, max_compliance_years: 10 }))).toBe('403 NOT_THE_SELLER');
    expect(outcome(await asSeller({ quota_gb: 5, max_compliance_years: 10 }))).toBe('200');
    expect(outcome(await provision(locked))).toBe('422 CONFIRMATION_REQUIRED');
    expect(outcome(await provision({ ...locked, confirm: 'another' }))).toBe('422 CONFIRMATION_REQUIRED');
    expect(outcome(await provision({ quota_gb: 5, max_compliance_years: 99 }))).toBe('403 NOT_THE_SELLER');
    const answer = await provision(confirmed);
    expect([outcome(answer), texts(answer)]).toMatchObject([
      '200',
      { object_lock: 'compliance', max_compliance_years: 10 },
    ]);
  });

  test('of another organization is not provisioned', async () => {
    const other = await functions.newTenant();
    const answer = await other.ask('PUT', `/archiving/provisioning?org_id=${tenant.id}`, { quota_gb: 1 });
    expect(outcome(answer)).toBe('403 FORBIDDEN_ORG');
  });
});
