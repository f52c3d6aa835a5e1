import { describe, expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { catalogueAssets } from '#test/support/event-catalogue.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body, outcome } from '#test/system/tenant.fixture.ts';
import { bespoke } from './contract.ts';
import { bespokeHandler } from './handler.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';
import { emails } from '../../messaging/email/contract.ts';
import { emailHandler } from '../../messaging/email/handler.ts';

const functions = functionsOf(
  [bespoke, (dependencies) => bespokeHandler(dependencies, catalogueAssets)],
  [events, (dependencies) => eventsHandler(dependencies, catalogueAssets)],
  [emails, emailHandler],
);

/** Settings of queue monitors and of the notifier over HTTP. */

const shown = ({ body }: Answer): Body => (body as { data: Body }).data;
const rulesIn = (answer: Answer) => shown(answer)['notification_rules'] as readonly Body[];
const etagOf = ({ headers }: Answer): string => new Headers(headers).get('etag') ?? '';
const warningsOf = ({ body }: Answer): readonly string[] => (body as { warnings?: string[] }).warnings ?? [];

describe('settings of a queue monitor', () => {
  const path = '/bespoke/queuemon';

  test('are 404 until they are set; a queue without its own has the general ones', async () => {
    const { ask } = await functions.newTenant();
    expect(outcome(await ask('GET', path))).toBe('404 NOT_FOUND');
    expect(outcome(await ask('PUT', path, { queue_id: 'sales', refresh_interval: 2 }))).toBe('201');
    expect(outcome(await ask('GET', path))).toBe('404 NOT_FOUND');
    expect(outcome(await ask('GET', `${path}?queue_id=support`))).toBe('404 NOT_FOUND');
    const saved = await ask('PUT', path, { custom_metrics: [{ name: 'Load', formula: 'queue_length / 2' }] });
    expect([outcome(saved), shown(saved)]).toEqual([
      '201',
      expect.objectContaining({ queue_id: null, refresh_interval: 5, display_columns: [] }),
    ]);
    expect(shown(await ask('GET', `${path}?queue_id=support`))).toMatchObject({ queue_id: null });
    expect(shown(await ask('GET', `${path}?queue_id=sales`))).toMatchObject({ queue_id: 'sales', refresh_interval: 2 });
    expect((await ask('GET', path)).body).toMatchObject({ status: 'success', success: true });
  });

  test('are replaced as a whole, at the version that is pinned', async () => {
    const { ask, id } = await functions.newTenant();
    const first = await ask('PUT', path, { refresh_interval: 60 });
    const pinned = { headers: { 'if-match': etagOf(first) } };
    const second = await ask('PUT', path, { display_columns: ['status'] }, pinned);
    expect([outcome(second), shown(second)['refresh_interval']]).toEqual(['200', 5]);
    expect(outcome(await ask('PUT', path, {}, pinned))).toBe('409 VERSION_CONFLICT');
    const log = shown(await ask('GET', `/events/org/${id}?type=bespoke.updated`)) as { events?: readonly Body[] };
    expect(log.events).toHaveLength(2);
  });

  test('with a wrong formula are rejected with its field and column', async () => {
    const { ask } = await functions.newTenant();
    const answer = await ask('PUT', path, { custom_metrics: [{ name: 'Load', formula: '1 + latency' }] });
    expect(outcome(answer)).toBe('422 VALIDATION_FAILED');
    const { message, details } = (answer.body as { error: { message: string; details: Body[] } }).error;
    expect(message).toContain('column 5');
    expect(details).toMatchObject([
      { path: 'custom_metrics[0].formula', message: expect.stringContaining('column 5') as string },
    ]);
    const deep = await ask('PUT', path, { custom_metrics: [{ name: 'Deep', formula: '('.repeat(256) }] });
    expect(outcome(deep)).toBe('422 VALIDATION_FAILED');
  });

  test('are those of the own organization', async () => {
    const [one, other] = await Promise.all([functions.newTenant(), functions.newTenant()]);
    await one.ask('PUT', path, {});
    expect(outcome(await other.ask('GET', path))).toBe('404 NOT_FOUND');
  });
});

describe('settings of the notifier', () => {
  const path = '/bespoke/notifier';
  const rule = (more: Body = {}) => ({
    ...{ name: 'Doors', trigger: 'custom', channels: ['email'], template: 'Door {{data.door}}' },
    ...more,
  });
  const save = ({ ask }: TestTenant, ...rules: readonly Body[]) => ask('PUT', path, { notification_rules: rules });

  test('keep the ids of rules that are sent back, and show the rules of a channel', async () => {
    const tenant = await functions.newTenant();
    expect(outcome(await tenant.ask('GET', path))).toBe('404 NOT_FOUND');
    const first = await save(tenant, rule(), rule({ channels: ['webhook'] }));
    expect(outcome(first)).toBe('201');
    const [one, two] = rulesIn(first);
    const second = await save(tenant, { ...two, name: 'Renamed' }, rule());
    expect(outcome(second)).toBe('200');
    expect(rulesIn(second)[0]).toMatchObject({ id: two?.['id'], name: 'Renamed', enabled: true, recipients: [] });
    expect(rulesIn(second)[1]?.['id']).not.toBe(one?.['id']);
    expect(rulesIn(await tenant.ask('GET', `${path}?type=webhook`))).toHaveLength(1);
    expect(outcome(await tenant.ask('GET', `${path}?type=fax`))).toBe('400 INVALID_PARAMETER');
    expect(outcome(await save(tenant, { ...one }))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await save(tenant, { ...two }, { ...two }))).toBe('422 VALIDATION_FAILED');
  });

  test.each([
    ['422 VALIDATION_FAILED', { trigger: 'call.exploded' }],
    ['422 INVALID_TEMPLATE', { template: '{{caller}}' }],
    ['422 VALIDATION_FAILED', { recipients: ['+14155550100'] }],
  ])('are %s with %j', async (expected, more) => {
    expect(outcome(await save(await functions.newTenant(), rule(more)))).toBe(expected);
  });

  test('of more than 50 rules, or of more than 96 KB, are rejected', async () => {
    const tenant = await functions.newTenant();
    const rules = (count: number, more: Body = {}) => Array.from({ length: count }, () => rule(more));
    expect(outcome(await save(tenant, ...rules(51)))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await save(tenant, ...rules(50)))).toBe('201');
    const large = await tenant.ask('PUT', path, {
      notification_rules: rules(50, { template: 'x'.repeat(1_000) }),
      more: 'x'.repeat(50_000),
    });
    expect(outcome(large)).toBe('413 BODY_TOO_LARGE');
  });

  test('warn of addresses that get no notice yet, which are asked once', async () => {
    const tenant = await functions.newTenant();
    const recipients = [`stranger-${tenant.id}@example.com`];
    const warning = `recipients: ${recipients[0]} gets no notice before it confirms by the link that is sent to it`;
    for (let time = 0; time < 2; time += 1)
      expect(warningsOf(await save(tenant, rule({ recipients })))).toEqual([warning]);
    const emails = (await tenant.ask('GET', '/email?limit=10')).body as { data: Body[] };
    expect(emails.data.map(({ template }) => template)).toEqual(['address_confirmation']);
  });
});

test('settings of an organization that is closed are deleted', async () => {
  const { ask, id, organization } = await functions.newTenant();
  await ask('PUT', '/bespoke/queuemon', { queue_id: 'sales' });
  await ask('PUT', '/bespoke/notifier', {});
  await cascadesIn(functions.store)(organization, 'org.closed', id);
  expect(outcome(await functions.askAsOperator('GET', `/bespoke/queuemon?queue_id=sales&org_id=${id}`))).toBe(
    '404 NOT_FOUND',
  );
  expect(outcome(await functions.askAsOperator('GET', `/bespoke/notifier?org_id=${id}`))).toBe('404 NOT_FOUND');
});
