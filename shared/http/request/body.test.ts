import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { errorOf } from '#test/support/errors.fixture.ts';
import { incomingRequest } from '#test/support/requests.fixture.ts';
import { endpoint } from '../../contract/endpoint.ts';
import { AppError, commonErrors, errorKinds } from '../../errors.ts';
import { bodyObject, bodyText, parseBody, parseValues } from './body.ts';

const spec = { summary: 'Toy', scope: 'any', answers: { 200: z.object({}) }, errors: [], effects: [] } as const;
const plain = endpoint('PUT /toys', spec);
const withForm = endpoint('PUT /toys', { ...spec, bodyForms: ['form'] });
const bodyOf = (body: string, type?: string, of: typeof plain | typeof withForm = plain) =>
  bodyObject(of, incomingRequest({ body, ...(type === undefined ? {} : { headers: { 'content-type': type } }) }));
const failing = (work: () => unknown): AppError => errorOf(work) ?? expect.fail('it did not fail as it should');

describe('the body of a request', () => {
  test.each([
    undefined,
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/merge-patch+json',
  ])('is a JSON object with the media type %s', (type) => {
    expect(bodyOf('{"a":1}', type)).toEqual({ a: 1 });
  });

  test.each(['', '   ', '\n'])('is {} if it is empty: %j', (body) => {
    expect(bodyOf(body, 'text/plain')).toEqual({});
  });

  test.each(['[]', 'null', '"a"', '1', '{', '{"a":1}x', '{a:1}', '\ufeff{}', '{"a":["\\ud800"]}', '{"\\udc00":1}'])(
    'is rejected if it is no JSON object: %j',
    (body) => {
      expect(failing(() => bodyOf(body, 'application/json'))).toMatchObject({ code: 'INVALID_JSON', status: 400 });
    },
  );

  test('may escape a character as a surrogate pair', () => {
    expect(bodyOf('{"a":"\\ud83d\\ude00"}')).toEqual({ a: '\u{1f600}' });
  });

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'])(
    'is rejected with the media type %s',
    (type) => {
      expect(failing(() => bodyOf('{"a":1}', type))).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', status: 415 });
    },
  );

  test('of the media type that an endpoint takes as a text is no object, and JSON still is', () => {
    const taking = endpoint('PUT /toys', { ...spec, bodyText: { types: ['text/calendar'] } });
    const sent = (body: string, type: string) => incomingRequest({ body, headers: { 'content-type': type } });
    const file = sent('BEGIN:VCALENDAR', 'Text/Calendar; charset=utf-8');
    expect([bodyText(taking, file), bodyObject(taking, file)]).toEqual(['BEGIN:VCALENDAR', {}]);
    expect(bodyText(plain, file)).toBeUndefined();
    expect(failing(() => bodyObject(plain, file))).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
    const json = sent('{"a":1}', 'application/json');
    expect([bodyText(taking, json), bodyObject(taking, json)]).toEqual([undefined, { a: 1 }]);
    expect(bodyText(taking, sent(' ', 'text/calendar'))).toBeUndefined();
    const small = endpoint('PUT /toys', { ...spec, bodyText: { types: ['text/calendar'] }, bodyLimit: 4 });
    expect(failing(() => bodyObject(small, { ...file, bodyBytes: 15 }))).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  test('of any media type is a text if a query parameter of the endpoint says so', () => {
    const taking = endpoint('PUT /toys', { ...spec, bodyText: { types: ['text/csv'], withQuery: 'format' } });
    const sent = (query: Record<string, string>, type: string) =>
      incomingRequest({ body: '{"a":1}', query, headers: { 'content-type': type } });
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', ''])
      expect(bodyText(taking, sent({ format: 'toys' }, type))).toBe('{"a":1}');
    expect(bodyObject(taking, sent({}, 'application/json'))).toEqual({ a: 1 });
    expect(failing(() => bodyObject(taking, sent({}, 'text/csv')))).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  test('of a form may repeat a field: the last value counts', () => {
    const ofMachine = endpoint('POST /toys', { ...spec, scope: 'dialplan:read', bodyForms: ['form'] });
    expect(
      bodyObject(
        ofMachine,
        incomingRequest({ body: 'a=1&a=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      ),
    ).toEqual({ a: '2' });
  });

  test('has no null where the contract says so: such a field is absent, however deep', () => {
    const making = endpoint('PUT /toys', { ...spec, nullIsAbsent: true });
    const body = '{"a":null,"b":{"c":null,"d":[null,{"e":null}]},"f":0}';
    expect(bodyObject(making, incomingRequest({ body }))).toEqual({ b: { d: [null, {}] }, f: 0 });
    expect(bodyObject(endpoint('PUT /toys', { ...spec, nullIsAbsent: ['c'] }), incomingRequest({ body }))).toEqual({
      b: { c: null, d: [null, {}] },
      f: 0,
    });
    expect(bodyOf(body)).toEqual(JSON.parse(body));
    for (const text of ['null', `${'{"a":'.repeat(100_000)}null${'}'.repeat(100_000)}`])
      expect(failing(() => bodyObject(making, incomingRequest({ body: text })))).toMatchObject({
        code: 'INVALID_JSON',
      });
  });

  test('is a form if the endpoint accepts one', () => {
    expect(bodyOf('username=ann&password=a%26b+c', 'application/x-www-form-urlencoded', withForm)).toEqual({
      username: 'ann',
      password: 'a&b c',
    });
  });

  test('has at most 1 MiB by default, counted in bytes', () => {
    const request = (bodyBytes: number) => incomingRequest({ body: '{}', bodyBytes });
    expect(bodyObject(plain, request(1_048_576))).toEqual({});
    expect(failing(() => bodyObject(plain, request(1_048_577)))).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
    expect(bodyObject(endpoint('PUT /toys', { ...spec, bodyLimit: 4_000_000 }), request(1_048_577))).toEqual({});
  });

  test('fails with an AppError only', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('', 'application/json', 'application/x-www-form-urlencoded', 'text/xml'),
        (body, type) => {
          try {
            expect(typeof bodyOf(body, type, withForm)).toBe('object');
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        },
      ),
    );
  });
});

const Rule = z.object({ pattern: z.string().min(2), action: z.enum(['bridge', 'hangup']) });
const toyErrors = errorKinds({ INVALID_NUMBER: [400, 'The number is bad.'] });
const Toy = z.object({
  name: z.string().max(3),
  host: z
    .string()
    .refine((host) => host !== 'bad', { message: 'is bad', params: commonErrors.INVALID_HOST })
    .optional(),
  number: z
    .string()
    .refine((number) => number !== 'bad', { message: 'is bad', params: toyErrors.INVALID_NUMBER })
    .optional(),
  rules: z.array(Rule).optional(),
});
const problemOf = (value: Record<string, unknown>): AppError => {
  const parsed = parseBody(Toy, value);
  return 'problem' in parsed ? parsed.problem : failing(() => undefined);
};

describe('a body that breaks its rules', () => {
  test('is a 400 at once if a required field is missing, however deep, and names all missing fields', () => {
    const problem = failing(() =>
      parseBody(Toy, { rules: [{ pattern: 'ab', action: 'bridge' }, { pattern: 'x' }, {}] }),
    );
    expect(problem).toMatchObject({ code: 'MISSING_FIELD', status: 400 });
    expect(problem.details.map(({ path }) => path)).toEqual([
      'name',
      'rules[1].action',
      'rules[2].pattern',
      'rules[2].action',
    ]);
  });

  test('is a 422 later if a value is wrong, and lists every violation with its path', () => {
    const problem = problemOf({ name: 'long', rules: [{ pattern: 'a', action: 'sing' }] });
    expect(problem).toMatchObject({ code: 'VALIDATION_FAILED', status: 422 });
    expect(problem.details.map(({ path }) => path)).toEqual(['name', 'rules[0].pattern', 'rules[0].action']);
  });

  test('lists 100 violations of many at most, as an answer has 6 MB at most', () => {
    const empty = failing(() => parseBody(Toy, { name: 'a', rules: Array.from({ length: 200_000 }, () => ({})) }));
    expect([empty.code, empty.details.length]).toEqual(['MISSING_FIELD', 100]);
    const wrong = { pattern: 'a', action: 'sing' };
    const problem = problemOf({ name: 'a', rules: Array.from({ length: 1_000 }, () => wrong) });
    expect([problem.code, problem.details.length]).toEqual(['VALIDATION_FAILED', 100]);
    expect(problem.message.length).toBeLessThan(10_000);
  });

  test('null is a wrong value, not a missing field', () => {
    expect(problemOf({ name: null })).toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  test('has the code of its rule', () => {
    expect(problemOf({ name: 'long', host: 'bad' })).toMatchObject({
      code: 'INVALID_HOST',
      status: 422,
      details: [{ path: 'name' }, { path: 'host', message: 'is bad' }],
    });
  });

  test('is a 400 at once if the code of its rule is a 400', () => {
    expect(failing(() => parseBody(Toy, { name: 'a', number: 'bad' }))).toMatchObject({
      code: 'INVALID_NUMBER',
      status: 400,
    });
  });

  test('with parameters that are no kind of errors is an ordinary violation', () => {
    const odd = z.object({ name: z.string().refine(() => false, { params: { code: 'INVALID_HOST' } }) });
    expect(parseBody(odd, { name: 'a' })).toMatchObject({ problem: { code: 'VALIDATION_FAILED' } });
  });

  test('as a whole has no path', () => {
    const exclusive = z
      .object({ a: z.string().optional(), b: z.string().optional() })
      .refine(({ a, b }) => a === undefined || b === undefined, 'not both');
    expect(parseBody(exclusive, { a: '1', b: '2' })).toMatchObject({
      problem: { message: 'not both', details: [{ path: '', message: 'not both' }] },
    });
  });
});

test('unknown fields are ignored', () => {
  expect(parseBody(Toy, { name: 'a', unknown: 1 })).toEqual({ value: { name: 'a' } });
});

describe('values of path and query', () => {
  const schemas = {
    id: z.string().regex(/^toy_/),
    limit: z
      .string()
      .regex(/^[0-9]+$/)
      .transform(Number)
      .optional(),
  };

  test('are parsed, and undeclared ones are ignored', () => {
    expect(parseValues(schemas, { id: 'toy_1', limit: '5', other: 'x' }, 'query')).toEqual({ id: 'toy_1', limit: 5 });
    expect(parseValues(schemas, { id: 'toy_1' }, 'query')).toEqual({ id: 'toy_1' });
  });

  test.each([
    ['path', { id: 'x' }, 'INVALID_ID'],
    ['query', { id: 'x' }, 'INVALID_PARAMETER'],
    ['query', {}, 'MISSING_FIELD'],
    ['query', { limit: 'x' }, 'INVALID_PARAMETER'],
  ] as const)('in the %s, %j is 400 %s', (where, values, code) => {
    expect(failing(() => parseValues(schemas, values, where))).toMatchObject({ code, status: 400 });
  });

  test('that are wrong are all listed', () => {
    expect(
      failing(() => parseValues(schemas, { id: 'x', limit: 'y' }, 'query')).details.map(({ path }) => path),
    ).toEqual(['id', 'limit']);
  });
});
