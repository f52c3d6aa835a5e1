import { describe, expect, test } from 'vitest';
import { healthAfter, newHealth } from '#schema/webhook/health.ts';
import { activeSecrets, builtInWebhook, type Webhook, type WebhookSecret } from '#schema/webhook/webhook.ts';
import { errorOf } from '#test/support/errors.fixture.ts';
import { NewWebhook } from './contract.ts';
import {
  assertCreatable,
  assertNotBuiltIn,
  assertRotation,
  newWebhook,
  replaceWebhook,
  rotateSecrets,
} from './webhook.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const later = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000);
const secretAt = (at: Date, hint = '…new'): WebhookSecret => ({
  sealed: hint,
  hint,
  created_at: at.toISOString(),
  expires_at: null,
});
const body: NewWebhook = { url: 'https://example.com/hook', events: ['trunk.*'] };
const made = newWebhook(
  { ...body, description: 'mine' },
  { id: 'wh_1', organization: 1001 },
  {
    sealedHeaders: 'sealed',
    secret: secretAt(now, '…one'),
    now,
  },
);
const replace = (wanted: Partial<NewWebhook>, before: Webhook = made, secret?: WebhookSecret): Webhook =>
  replaceWebhook(before, { ...body, ...wanted }, { sealedHeaders: null, secret, now: later(1) });

const rejected = (work: () => unknown): readonly [string, readonly string[]] => {
  const { code = '', details = [] } = errorOf(work) ?? {};
  return [code, details.map(({ path }) => path)];
};

test('a new webhook is enabled, and not known to be quick', () => {
  expect(made).toMatchObject({
    enabled: true,
    disabled_reason: null,
    health: newHealth,
    pace: { quick: false },
    version: 1,
  });
  expect(made.events).toEqual(['trunk.*']);
});

test('URL and events are required', () => {
  const make = (wanted: NewWebhook) => () =>
    newWebhook(wanted, { id: 'wh_1', organization: 1001 }, { sealedHeaders: null, secret: undefined, now });
  expect(rejected(make({}))).toEqual(['MISSING_FIELD', ['url', 'events']]);
  expect(rejected(make({ url: 'https://example.com' }))).toEqual(['MISSING_FIELD', ['events']]);
  expect(rejected(make({ ...body, events: [] }))).toEqual(['VALIDATION_FAILED', ['events']]);
  expect(make({ ...body, events: ['*', '*'] })().events).toEqual(['*']);
  expect(rejected(() => assertCreatable({ rotate_secret: true }))).toEqual(['VALIDATION_FAILED', ['rotate_secret']]);
});

describe('a replacement', () => {
  test('returns absent fields to their defaults, except headers and secrets', () => {
    expect(replace({})).toMatchObject({
      description: null,
      sealed_headers: 'sealed',
      secrets: made.secrets,
      created_at: made.created_at,
      version: 2,
    });
    expect(replace({ headers: {} }).sealed_headers).toBeNull();
  });

  test('that enables a disabled webhook clears its failures; any other keeps them', () => {
    const health = healthAfter(newHealth, false, now);
    const failing: Webhook = { ...made, health };
    expect(replace({}, failing).health).toEqual(health);
    const disabled: Webhook = { ...failing, enabled: false, disabled_reason: 'failing' };
    expect(replace({ enabled: false }, disabled)).toMatchObject({ disabled_reason: 'requested', health });
    expect(replace({}, disabled)).toMatchObject({ enabled: true, disabled_reason: null, health: { failures: 0 } });
  });

  test('with another URL has to show again that its receiver is quick', () => {
    const quick: Webhook = { ...made, pace: { quick: true, slow_at: null } };
    expect(replace({}, quick).pace.quick).toBe(true);
    expect(replace({ url: 'https://example.com/other' }, quick).pace.quick).toBe(false);
  });
});

describe('a rotation', () => {
  const hints = (webhook: Pick<Webhook, 'secrets'>, at: Date): string[] =>
    activeSecrets(webhook, at).map(({ hint }) => hint);

  test('lets the old secret sign for the overlap, by default 24 hours; with 0 it ends at once', () => {
    const rotated = { secrets: rotateSecrets(made, secretAt(now), undefined, now) };
    expect([hints(rotated, later(23.9)), hints(rotated, later(24))]).toEqual([['…new', '…one'], ['…new']]);
    expect(hints({ secrets: rotateSecrets(made, secretAt(now), 168, now) }, later(167))).toHaveLength(2);
    expect(hints({ secrets: rotateSecrets(made, secretAt(now), 0, now) }, now)).toEqual(['…new']);
  });

  test('is rejected while two secrets sign', () => {
    const rotated = { secrets: rotateSecrets(made, secretAt(now), 1, now) };
    const rotate = (hours: number) =>
      rejected(() => rotateSecrets(rotated, secretAt(now, '…third'), 1, later(hours)))[0];
    expect([rotate(0.9), rotate(1)]).toEqual(['ROTATION_IN_PROGRESS', '']);
  });

  test('is a part of a replacement', () => {
    expect(hints(replace({ rotate_secret: true, overlap_hours: 1 }, made, secretAt(now)), later(1))).toEqual([
      '…new',
      '…one',
    ]);
  });
});

describe('the webhook default', () => {
  test('allows a rotation, and its own values beside it', () => {
    const shown = { events: [], enabled: true, rotate_secret: true };
    expect(rejected(() => assertRotation(shown))).toEqual(['', []]);
    expect(rejected(() => assertRotation({ enabled: true }))).toEqual(['VALIDATION_FAILED', ['rotate_secret']]);
  });

  test.each(['url', 'events', 'description', 'headers'] as const)('has no %s', (field) => {
    const values = { url: 'https://example.com', events: ['*'], description: 'x', headers: {} };
    const wanted = { rotate_secret: true, [field]: values[field] };
    expect(rejected(() => assertRotation(wanted))).toEqual(['VALIDATION_FAILED', [field]]);
  });

  test('is not deleted or tested', () => {
    expect(rejected(() => assertNotBuiltIn('default', 'deleted'))[0]).toBe('DEFAULT_WEBHOOK');
    expect(rejected(() => assertNotBuiltIn('wh_1', 'deleted'))[0]).toBe('');
    expect(activeSecrets(builtInWebhook(1001, now.toISOString()), now)).toEqual([]);
  });
});

describe('headers', () => {
  const accepts = (headers: object): boolean => NewWebhook.safeParse({ headers }).success;

  test.each([{}, { 'X-Api-Key': 'a b' }, { 'x-a': '!' }, { 'X-1': 'x'.repeat(256) }])('%j are accepted', (headers) => {
    expect(accepts(headers)).toBe(true);
  });

  test.each([
    { Authorization: 'x' },
    { 'X-': 'x' },
    { 'X-A B': 'x' },
    { 'X-A': 'a\r\nb' },
    { 'X-A': '' },
    { 'X-A': ' a' },
    { 'X-A': 'é' },
    { 'X-A': 'x'.repeat(257) },
    { 'X-A': 'a', 'x-a': 'b' },
    Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`X-${at}`, 'x'])),
  ])('%j are rejected', (headers) => {
    expect(accepts(headers)).toBe(false);
  });
});
