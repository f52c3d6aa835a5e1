import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { checkContracts, ContractError } from './check.ts';
import { reads, readsSecret, records, rotatesSecret, sends, writes, type Effect } from './effects.ts';
import { endpoint, type Endpoint } from './endpoint.ts';
import { at } from './consequences.ts';
import { consumer, resource, type Consumer, type FunctionContract } from './resource.ts';
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
    checkContracts([holding(...endpoints), consumerOf('cdr-ingest')]);

describe('variables of a path', () => {
  test('a variable without a schema does not compile, and is refused where types were bent', () => {
    // @ts-expect-error: {id} has no schema
    const bent = endpoint('GET /toys/{id}', spec);
    expect(check(bent)).toThrow('GET /toys/{id}: path and params differ in id');
  });

  test('a schema without its variable is refused', () => {
    // @ts-expect-error: /toys has no {id}
    const bent = endpoint('GET /toys', { ...spec, params });
    expect(check(bent)).toThrow('path and params differ in id');
  });

  test('a greedy variable is known by its name without the plus', () => {
    expect(check(endpoint('GET /toys/{path+}', { ...spec, params: { path: z.string() } }))).not.toThrow();
  });

  test('a variable is not named twice', () => {
    expect(check(endpoint('GET /toys/{id}/parts/{id}', { ...spec, params }))).toThrow('names a variable twice');
  });

  test('one place of the paths has one name, whatever the method', () => {
    const get = endpoint('GET /toys/{id}', { ...spec, params });
    const put = endpoint('PUT /toys/{toy}', { ...spec, params: { toy: IdInUrl } });
    const deeper = endpoint('GET /toys/{toy}/parts', { ...spec, params: { toy: IdInUrl } });
    expect(check(get, put)).toThrow('PUT /toys/{toy} calls a variable {toy} that GET /toys/{id} calls {id}');
    expect(check(get, deeper)).toThrow('calls a variable {toy}');
  });

  test('the same name may stand in different places', () => {
    const other = endpoint('GET /games/{game}', { ...spec, params: { game: IdInUrl } });
    expect(check(endpoint('GET /toys/{id}', { ...spec, params }), other)).not.toThrow();
  });
});

describe('effects of a GET', () => {
  const get = (effects: readonly Effect[], more: { writesOnGet?: string } = {}) =>
    endpoint('GET /toys', { ...spec, effects, ...more });

  test.each<[string, Effect]>([
    ['a write', writes('trunk')],
    ['an event', records('trunk.created')],
    ['a message', sends('cdr-ingest')],
    ['a new secret', rotatesSecret('signing-keys')],
  ])('%s needs a stated reason', (_, effect) => {
    expect(check(get([effect]))).toThrow('gives no reason');
    expect(check(get([effect], { writesOnGet: 'log-in counts failures' }))).not.toThrow();
  });

  test.each<[string, Effect]>([
    ['a read', reads('trunk')],
    ['reading a secret', readsSecret('signing-keys')],
  ])('%s needs none', (_, effect) => {
    expect(check(get([effect]))).not.toThrow();
  });

  test('a reason without a write is refused', () => {
    expect(check(get([reads('trunk')], { writesOnGet: 'habit' }))).toThrow('writes nothing');
  });

  test('other methods write without a reason', () => {
    expect(check(endpoint('DELETE /toys', { ...spec, effects: [writes('trunk')] }))).not.toThrow();
  });
});

describe('overlapping paths', () => {
  const config = endpoint('GET /devices/{id}/config', { ...spec, params });
  const byMac = (id: z.ZodType) => endpoint('GET /devices/mac/{address}', { ...spec, params: { address: id } });

  test('are undecidable where each is the more special in another place', () => {
    const loose = endpoint('GET /devices/{id}/config', { ...spec, params: { id: z.string() } });
    expect(check(loose, byMac(z.string()))).toThrow(
      'GET /devices/{id}/config and GET /devices/mac/{address} overlap undecidably',
    );
    expect(check(byMac(z.string()), loose)).toThrow('overlap undecidably');
  });

  test("are told apart by a variable that refuses the other's word: mac is no valid id", () => {
    expect(check(config, byMac(z.string()))).not.toThrow();
    expect(check(byMac(z.string()), config)).not.toThrow();
  });

  test('are told apart from the other side just as well: config is no address', () => {
    const loose = endpoint('GET /devices/{id}/config', { ...spec, params: { id: z.string() } });
    expect(check(loose, byMac(z.string().regex(/^[0-9A-F]{12}$/)))).not.toThrow();
  });

  test('are ordered where one is the more special throughout', () => {
    const one = endpoint('GET /toys/new', spec);
    const other = endpoint('GET /toys/{id}', { ...spec, params: { id: z.string() } });
    expect(check(one, other)).not.toThrow();
    expect(check(other, one)).not.toThrow();
  });

  test('are none where a fixed word differs', () => {
    const loose = endpoint('GET /devices/{id}/config/text', { ...spec, params: { id: z.string() } });
    expect(
      check(loose, endpoint('GET /devices/mac/{address}/image', { ...spec, params: { address: z.string() } })),
    ).not.toThrow();
  });

  test('are no matter under different methods, but ANY is every method', () => {
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
  test('two functions of one name are refused', () => {
    expect(() => checkContracts([holding(), holding()])).toThrow(new ContractError('two functions are called toys'));
  });

  test('at most 300 routes, those for HEAD and $default among them', () => {
    const many = Array.from({ length: 298 }, (_, at) => endpoint(`GET /toys/${at}`, spec));
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
    expect(() => checkContracts([ingest])).not.toThrow();
  });
});

describe('queues and due kinds', () => {
  const refusing = (...contracts: readonly FunctionContract[]) => expect(() => checkContracts(contracts));
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
});
