import { beforeAll, describe, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts } from '#test/system/tenant.fixture.ts';
import { sequences } from './contract.ts';
import { sequencesHandler } from './handler.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';

const functions = functionsOf([sequences, sequencesHandler], [events, eventsHandler]);

let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});
const ask: TestTenant['ask'] = (...request) => tenant.ask(...request);
const dataOf = async (...request: Parameters<TestTenant['ask']>) =>
  ((await ask(...request)).body as { readonly data: Readonly<Record<string, unknown>> }).data;

describe('a sequence', () => {
  test('is created once, taken from, shown and deleted, and remembers its numbers', async () => {
    expect(outcome(await ask('PUT', '/sequence/tickets', {}))).toBe('201');
    expect(outcome(await ask('PUT', '/sequence/tickets', {}))).toBe('409 SEQUENCE_EXISTS');
    expect(await dataOf('POST', '/sequence/tickets', { count: 3 })).toMatchObject({
      first: 1,
      last: 3,
      values: [1, 2, 3],
    });
    expect(await dataOf('POST', '/sequence/tickets')).toMatchObject({ first: 4, last: 4, count: 1 });
    expect(await dataOf('GET', '/sequence/tickets')).toMatchObject({ last: 4, next: 5, issued: 4, wraps: 0 });
    expect(outcome(await ask('DELETE', '/sequence/tickets'))).toBe('200');
    expect(outcome(await ask('GET', '/sequence/tickets'))).toBe('404 NOT_FOUND');
    expect(outcome(await ask('POST', '/sequence/tickets'))).toBe('404 NOT_FOUND');
    expect(outcome(await ask('DELETE', '/sequence/tickets'))).toBe('404 NOT_FOUND');
    expect(outcome(await ask('PUT', '/sequence/tickets', {}))).toBe('201');
    expect(await dataOf('POST', '/sequence/tickets')).toMatchObject({ first: 5 });
  });

  test('ends where it says, with nothing taken, and says so once', async () => {
    await ask('PUT', '/sequence/ends', { min: 1, max: 5 });
    expect(await dataOf('POST', '/sequence/ends', { count: 4 })).toMatchObject({ last: 4 });
    for (const _ of [1, 2])
      expect(outcome(await ask('POST', '/sequence/ends', { count: 2 }))).toBe('409 SEQUENCE_EXHAUSTED');
    expect(await dataOf('POST', '/sequence/ends')).toMatchObject({ first: 5 });
    expect(outcome(await ask('POST', '/sequence/ends', { count: 6 }))).toBe('422 VALIDATION_FAILED');
    const { events } = await dataOf('GET', `/events/org/${tenant.id}?type=sequence.exhausted`);
    expect(events).toHaveLength(1);
  });

  test('that cycles goes on at its other end, and no block spans the ends', async () => {
    await ask('PUT', '/sequence/cycles', { min: 1, max: 5, cycle: true });
    expect(await dataOf('POST', '/sequence/cycles', { count: 4 })).toMatchObject({ first: 1, last: 4 });
    expect(await dataOf('POST', '/sequence/cycles', { count: 2 })).toMatchObject({ first: 1, last: 2 });
    expect(await dataOf('GET', '/sequence/cycles')).toMatchObject({ last: 2, next: 3, wraps: 1, issued: 6 });
  });

  test('answers a repeated request with the same block', async () => {
    await ask('PUT', '/sequence/repeats', {});
    const headers = { 'idempotency-key': 'order-17' };
    const [one, other] = [
      await ask('POST', '/sequence/repeats', { count: 2 }, { headers }),
      await ask('POST', '/sequence/repeats', { count: 2 }, { headers }),
    ];
    expect(other.body).toEqual(one.body);
    expect(await dataOf('GET', '/sequence/repeats')).toMatchObject({ issued: 2 });
  });

  test.each([
    ['PUT', 'Upper', {}, '400'],
    ['PUT', 'zero', { step: 0 }, '422 VALIDATION_FAILED'],
    ['PUT', 'huge', { max: 2 ** 53 }, '422 VALIDATION_FAILED'],
    ['PUT', 'half', { start: 0.5 }, '422 VALIDATION_FAILED'],
    ['POST', 'tickets', { count: 0 }, '422 VALIDATION_FAILED'],
    ['POST', 'tickets', { count: 10_001 }, '422 VALIDATION_FAILED'],
  ])('%s of %s with %o is %s', async (method, name, body, expected) => {
    expect(outcome(await ask(method, `/sequence/${name}`, body))).toContain(expected);
  });

  test('of another organization does not exist', async () => {
    const other = await functions.newTenant();
    expect(outcome(await other.ask('POST', '/sequence/repeats'))).toBe('404 NOT_FOUND');
    expect(texts(await other.ask('PUT', '/sequence/repeats', {}))['name']).toBe('repeats');
  });
});
