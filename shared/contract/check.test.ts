import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { assertContracts, ContractError } from './check.ts';
import {
  asks,
  callsOut,
  invokes,
  managesIdentities,
  reads,
  readsSecret,
  records,
  removesVersions,
  rotatesSecret,
  sends,
  sendsSms,
  speaks,
  writes,
  type Effect,
} from './effects.ts';
import { endpoint, type Endpoint, type WritesOnGet } from './endpoint.ts';
import { at } from './consequences.ts';
import { consumer, resource, type Consumer, type FunctionContract, type Resource } from './resource.ts';
import { errorKinds } from '../errors.ts';
import { IdInUrl } from '../schema/values.ts';

const spec = { summary: 'Toy', scope: 'any', answers: { 200: z.object({}) }, errors: [], effects: [] } as const;
const params = { id: IdInUrl };
const holding = (...endpoints: readonly Endpoint[]) =>
  resource('toys', { area: 'system', format: 'standard', endpoints });
const consumerOf = (name: string, spec: Partial<Pick<Consumer, 'queue' | 'due' | 'effects'>> = {}) =>
  consumer(name, {
    area: 'system',
    queue: name,
    message: z.object({}),
    batchSize: 1,
    batchWindow: 0,
    maximumConcurrency: 2,
    effects: [],
    timeout: 1,
    ...spec,
  });
const check =
  (...endpoints: readonly Endpoint[]) =>
  () =>
    assertContracts([holding(...endpoints), consumerOf('cdr-ingest')]);

describe('variables of a path', () => {
  test('a variable without a schema does not compile, and is rejected at run time too', () => {
    // @ts-expect-error: {id} has no schema
    const bent = endpoint('GET /toys/{id}', spec);
    expect(check(bent)).toThrow('GET /toys/{id}: path and params differ in id');
  });

  test('a schema without a variable is rejected', () => {
    // @ts-expect-error: /toys has no {id}
    const bent = endpoint('GET /toys', { ...spec, params });
    expect(check(bent)).toThrow('path and params differ in id');
  });

  test('the name of a greedy variable has no plus sign', () => {
    expect(check(endpoint('GET /toys/{path+}', { ...spec, params: { path: z.string() } }))).not.toThrow();
  });

  test('a path has no variable twice', () => {
    expect(check(endpoint('GET /toys/{id}/parts/{id}', { ...spec, params }))).toThrow('has a variable twice');
  });

  test('a position in the paths has one name for all methods', () => {
    const get = endpoint('GET /toys/{id}', { ...spec, params });
    const put = endpoint('PUT /toys/{toy}', { ...spec, params: { toy: IdInUrl } });
    const deeper = endpoint('GET /toys/{toy}/parts', { ...spec, params: { toy: IdInUrl } });
    expect(check(get, put)).toThrow('PUT /toys/{toy} has a variable {toy} where GET /toys/{id} has {id}');
    expect(check(get, deeper)).toThrow('has a variable {toy}');
  });

  test('the same name may be at different positions', () => {
    const other = endpoint('GET /games/{game}', { ...spec, params: { game: IdInUrl } });
    expect(check(endpoint('GET /toys/{id}', { ...spec, params }), other)).not.toThrow();
  });
});

describe('effects of a GET', () => {
  const get = (effects: readonly Effect[], more: { writesOnGet?: WritesOnGet } = {}) =>
    endpoint('GET /toys', { ...spec, effects, ...more });

  test.each<[string, Effect]>([
    ['a write', writes('trunk')],
    ['an event', records('trunk.created')],
    ['a message', sends('cdr-ingest')],
    ['a new secret', rotatesSecret('signing-keys')],
  ])('%s needs a reason', (_title, effect) => {
    expect(check(get([effect]))).toThrow('has write effects but no reason');
    expect(check(get([effect], { writesOnGet: 'session' }))).not.toThrow();
  });

  test.each<[string, Effect]>([
    ['a read', reads('trunk')],
    ['reading a secret', readsSecret('signing-keys')],
  ])('%s needs no reason', (_title, effect) => {
    expect(check(get([effect]))).not.toThrow();
  });

  test('a reason without a write effect is rejected', () => {
    expect(check(get([reads('trunk')], { writesOnGet: 'session' }))).toThrow('but no write effects');
  });

  test('other methods need no reason for writes', () => {
    expect(check(endpoint('DELETE /toys', { ...spec, effects: [writes('trunk')] }))).not.toThrow();
  });
});

describe('overlapping paths', () => {
  const config = endpoint('GET /devices/{id}/config', { ...spec, params });
  const byMac = (id: z.ZodType) => endpoint('GET /devices/mac/{address}', { ...spec, params: { address: id } });

  test('are undecidable if each is more specific in another segment', () => {
    const loose = endpoint('GET /devices/{id}/config', { ...spec, params: { id: z.string() } });
    expect(check(loose, byMac(z.string()))).toThrow(
      'GET /devices/{id}/config and GET /devices/mac/{address} overlap undecidably',
    );
    expect(check(byMac(z.string()), loose)).toThrow('overlap undecidably');
  });

  test('are decidable if a variable rejects the literal of the other path: mac is no valid id', () => {
    expect(check(config, byMac(z.string()))).not.toThrow();
    expect(check(byMac(z.string()), config)).not.toThrow();
  });

  test('are decidable from the other side too: config is no address', () => {
    const loose = endpoint('GET /devices/{id}/config', { ...spec, params: { id: z.string() } });
    expect(check(loose, byMac(z.string().regex(/^[0-9A-F]{12}$/)))).not.toThrow();
  });

  test('are ordered if one path is more specific in every segment', () => {
    const one = endpoint('GET /toys/new', spec);
    const other = endpoint('GET /toys/{id}', { ...spec, params: { id: z.string() } });
    expect(check(one, other)).not.toThrow();
    expect(check(other, one)).not.toThrow();
  });

  test('do not overlap if a literal differs', () => {
    const loose = endpoint('GET /devices/{id}/config/text', { ...spec, params: { id: z.string() } });
    expect(
      check(loose, endpoint('GET /devices/mac/{address}/image', { ...spec, params: { address: z.string() } })),
    ).not.toThrow();
  });

  test('may have different methods, but ANY includes every method', () => {
    const loose = { ...spec, params: { id: z.string() } };
    const other = byMac(z.string());
    expect(check(endpoint('PUT /devices/{id}/config', loose), other)).not.toThrow();
    expect(check(endpoint('ANY /devices/{id}/config', loose), other)).toThrow('overlap undecidably');
  });

  test('a route is declared once', () => {
    expect(check(config, config)).toThrow('GET /devices/{id}/config is declared twice');
  });
});

describe('all contracts together', () => {
  test('two functions with one name are rejected', () => {
    expect(() => assertContracts([holding(), holding()])).toThrow(
      new ContractError('two functions have the name toys'),
    );
  });

  test('at most 300 routes are allowed, including those for HEAD and $default', () => {
    const many = Array.from({ length: 298 }, (_item, at) => endpoint(`GET /toys/${at}`, spec));
    const rest = endpoint('ANY /errors', { ...spec, fallback: true });
    expect(check(...many, rest)).not.toThrow();
    expect(check(...many, rest, endpoint('GET /one-more', spec))).toThrow('more than 300 routes');
    expect(check(...many.slice(2), rest, endpoint('GET /health', { ...spec, head: true }))).not.toThrow();
    expect(check(...many.slice(1), rest, endpoint('GET /health', { ...spec, head: true }))).toThrow(
      'more than 300 routes',
    );
  });

  test('functions without endpoints have no routes', () => {
    const ingest = consumer('ingest', {
      area: 'billing',
      queue: 'cdr-ingest',
      message: z.object({}),
      effects: [writes('cdr')],
      timeout: 5,
      batchSize: 10,
      batchWindow: 1,
      maximumConcurrency: 2,
    });
    expect(() => assertContracts([ingest])).not.toThrow();
  });
});

describe('queues, due kinds and networks', () => {
  const refusing = (...contracts: readonly FunctionContract[]) => expect(() => assertContracts(contracts));
  const everyHour = at('toy.hourly', ({ org_id }) => ({ body: { org_id } }));

  test('a queue has one consumer', () => {
    refusing(consumerOf('toys'), consumerOf('games', { queue: 'toys' })).toThrow('the queue toys has two consumers');
  });

  test('a function sends only to queues that a consumer takes', () => {
    refusing(consumerOf('toys', { effects: [sends('games')] })).toThrow(
      'toys uses the queue games, which has no consumer',
    );
    refusing(consumerOf('toys', { effects: [sends('toys')] })).not.toThrow();
  });

  test('what is due as one kind has one consumer', () => {
    refusing(consumerOf('toys', { due: everyHour }), consumerOf('games', { due: everyHour })).toThrow(
      'two consumers take what is due as toy.hourly',
    );
  });

  test('a consumer that may schedule its own timers says what becomes of missed turns', () => {
    const effects = [writes('due')];
    const declared = at('toy.hourly', () => ({ body: {} }), { 'toy.hourly': 'skipped' });
    refusing(consumerOf('toys', { due: everyHour, effects })).toThrow(
      "write at(kinds, message, { 'toy.hourly': 'made up' })",
    );
    refusing(consumerOf('toys', { due: declared, effects })).not.toThrow();
    refusing(consumerOf('toys', { due: at('toy.daily', declared.message, declared.successors ?? {}) })).toThrow(
      'toys takes no pointers toy.hourly, which it declares to schedule',
    );
  });

  test('a function in the network of the sidecar calls nothing that this network has no way to', () => {
    const others: [Effect, string][] = [
      [callsOut(), 'the internet'],
      [sendsSms(), 'AWS End User Messaging'],
      [speaks(), 'Amazon Polly'],
      [managesIdentities(), 'Amazon SES'],
      [removesVersions('files'), 'Amazon S3'],
      [invokes('speech'), 'AWS Lambda'],
    ];
    for (const [effect, service] of others) {
      refusing(consumerOf('toys', { effects: [asks('sip-sidecar'), effect] })).toThrow(
        `toys calls the sidecar, so it cannot reach ${service}: its network has no way there`,
      );
      refusing(consumerOf('toys', { effects: [effect] })).not.toThrow();
    }
    refusing(consumerOf('toys', { effects: [asks('sip-sidecar'), reads('device')] })).not.toThrow();
  });
});

describe('accounts', () => {
  const touching = (more: Partial<Endpoint> = {}, route: 'PUT /toys/{id}' | 'POST /toys/{id}' = 'PUT /toys/{id}') =>
    ({ ...endpoint(route, { ...spec, params, effects: [writes('user')] }), ...more }) as Endpoint;

  test('an endpoint that writes what belongs to a user says whose account it changes', () => {
    expect(check(touching())).toThrow(
      'PUT /toys/{id} writes user and does not declare the account that it changes (actsOn)',
    );
    for (const entity of ['credential', 'session', 'accesskey', 'foreignid', 'groupmember', 'subscription'] as const)
      expect(check(touching({ effects: [writes(entity)] }))).toThrow(`writes ${entity}`);
    expect(check(touching({ actsOn: 'found' }))).not.toThrow();
    expect(check(touching({ effects: [reads('user')] }))).not.toThrow();
  });

  test('an endpoint that takes the id of a user says so too, however deep the body has it', () => {
    const body = z.object({ lines: z.array(z.object({ user_id: z.string() })).optional() });
    expect(check(touching({ body, effects: [writes('trunk')] }))).toThrow('takes user_id');
    expect(check(touching({ body, effects: [reads('trunk')] }))).not.toThrow();
    const none = { none: 'a filter' };
    expect(check(touching({ body, effects: [writes('trunk')], actsOn: none }))).not.toThrow();
  });

  test('the user in the path is in the path, and a public endpoint has no caller', () => {
    expect(check(touching({ actsOn: { path: 'userId' } }))).toThrow('which is no variable of its path');
    expect(check(touching({ actsOn: { path: 'id' } }))).not.toThrow();
    expect(check(touching({ actsOn: 'found', scope: 'public' }))).toThrow('is public');
    expect(check(touching({ actsOn: 'self', scope: 'public' }))).not.toThrow();
  });
});

describe('owners', () => {
  const read = endpoint('GET /toys', { ...spec, scope: 'telephony:read' });
  const owned = (owner: Resource['owner']) => () =>
    assertContracts([{ ...holding(read), ...(owner === undefined ? {} : { owner }) }, consumerOf('cdr-ingest')]);

  test('an endpoint whose scope may be limited to own records says whose those are, or its resource does', () => {
    expect(owned(undefined)).toThrow(
      "GET /toys does not declare the owner of its records: write owner: 'organization' if no user has one",
    );
    for (const owner of ['organization', 'found', { user: { device: 'user_id' } }, { none: 'a toy' }] as const)
      expect(owned(owner)).not.toThrow();
    expect(check({ ...read, owner: 'found' })).not.toThrow();
  });

  test('scopes that no role limits need none', () => {
    for (const scope of ['any', 'public', 'orgs:read', 'billing:write'] as const)
      expect(check(endpoint('GET /toys', { ...spec, scope }))).not.toThrow();
  });
});

describe('errors', () => {
  const broken = errorKinds({ TOY_BROKEN: [409, 'The toy is broken.'] });
  const declaring = (name: string, errors: Resource['errors'], ...endpoints: readonly Endpoint[]) =>
    resource(name, { area: 'system', format: 'standard', endpoints, ...(errors === undefined ? {} : { errors }) });
  const naming = (named: Partial<Pick<Endpoint, 'errors' | 'errorNames'>>): Endpoint =>
    endpoint('GET /toys', { ...spec, ...named });
  const checking = (...contracts: readonly FunctionContract[]) => expect(() => assertContracts(contracts));

  test('an endpoint names codes that are common or that its resource declares', () => {
    checking(declaring('toys', broken, naming({ errors: ['TOY_BROKEN', 'NOT_FOUND'] }))).not.toThrow();
    checking(declaring('toys', undefined, naming({ errors: ['TOY_BROKEN'] }))).toThrow(
      'GET /toys names the error TOY_BROKEN, which toys does not declare. Write export const … = ' +
        "errorKinds({ TOY_BROKEN: [409, 'What it means.'] }) where it is thrown. Name it by errors in " +
        "resource('toys', …)",
    );
    checking(declaring('toys', undefined, naming({ errors: [] })), declaring('games', broken)).not.toThrow();
  });

  test('so do the codes that it answers in place of others', () => {
    const renamed = naming({ errorNames: { NOT_FOUND: broken.TOY_BROKEN } });
    checking(declaring('toys', broken, renamed)).not.toThrow();
    checking(declaring('toys', undefined, renamed)).toThrow('GET /toys names the error TOY_BROKEN');
    checking(declaring('toys', undefined, naming({ errorNames: { NOT_FOUND: 'FORBIDDEN_ORG' } }))).not.toThrow();
  });

  test.each([
    ['another status', errorKinds({ TOY_BROKEN: [422, 'The toy is broken.'] })],
    ['another meaning', errorKinds({ TOY_BROKEN: [409, 'The game is broken.'] })],
  ])('a code of two resources has not %s in one of them', (_, other) => {
    checking(declaring('toys', broken), declaring('games', broken)).not.toThrow();
    checking(declaring('toys', broken), declaring('games', other)).toThrow(
      'games and toys declare TOY_BROKEN with different statuses or meanings',
    );
  });

  test('a resource does not declare a common code in another way', () => {
    checking(declaring('toys', errorKinds({ NOT_FOUND: [404, 'No toy.'] }))).toThrow(
      'toys and shared/errors.ts declare NOT_FOUND with different statuses or meanings',
    );
  });
});
