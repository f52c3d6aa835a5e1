import fc from 'fast-check';
import * as z from 'zod';
import type { Endpoint } from '#contract/endpoint.ts';
import type { ExampleRequest } from '../support/example-request.ts';
import type { RawRequest } from '../support/api.ts';
import { methodOf } from '../authorization/example-tenants.ts';
import { anyText } from '../support/any-text.ts';

/** Requests with one error each, made from an endpoint's contract and a correct request. */

export type Malformed = RawRequest & { readonly what: string; readonly body?: string };

const long = (length: number): string => 'x'.repeat(length);
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

const oddTexts = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\u0007\u001b[31m',
  '\ud800',
  '\ufffe',
  '\u202eabc',
  '😀'.repeat(70),
  'e\u0301'.repeat(200),
  long(300),
  long(20_000),
  'null',
  'true',
  'NaN',
  '-1',
  '1e999',
  '0x10',
  '9'.repeat(40),
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  "' OR 1=1 --",
  '{"$gt":""}',
  '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  ']]>',
  '%00',
  `$\{jndi:ldap://localhost/a}`,
  '2026-02-30T00:00:00Z',
  '999999-01-01',
  'org_0',
  'org_1001x',
  'trunk_',
  '_',
  'usr_\u0130',
] as const;

const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  1e308,
  -1e308,
  Number.MAX_SAFE_INTEGER + 1,
  [],
  {},
  [[]],
  [null],
  { a: null },
  [long(10_000)],
  Array.from({ length: 2_000 }, (_, at) => at),
  { length: 1e9 },
  { toString: 1 },
  { then: 1 },
  { toJSON: 1 },
];

const oddText = fc.oneof(
  fc.constantFrom(...oddTexts),
  anyText({ maxLength: 64 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);
const oddValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...oddValues) },
  { weight: 3, arbitrary: oddText },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
);

/** Bytes that are not UTF-8, for what escapes cannot express. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
const oddEncodings = [
  '%',
  '%zz',
  '%ff%fe',
  '%00',
  '%c0%ae',
  '+',
  '%2B',
  '%2F',
  '%3F',
  '..',
  '%2e%2e',
  '%252e',
  ';',
  'a=b',
  '%E0%A4%A',
] as const;
const onTheLine = fc.oneof(
  { weight: 2, arbitrary: oddText.map(encoded) },
  { weight: 1, arbitrary: fc.constantFrom(...oddEncodings) },
);

const brokenJson = fc.constantFrom(
  '',
  '{',
  '}',
  '{"a":}',
  "{'a':1}",
  '{"a":1,}',
  '[1,2',
  'nul',
  '\u0000',
  '\ufeff{}',
  '{"a":"\u0001"}',
  '{"a":1}{"b":2}',
  '[]',
  '"text"',
  '17',
  'null',
  'true',
  '<a/>',
  'a=1&b=2',
  nested(20_000, '[', ']'),
  nested(20_000, '{"a":', '}').replace('}', '1}'),
  `{"a":"${long(1_100_000)}"}`,
  '{"\\ud800":"\\udfff"}',
  '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
);

const contentTypes = [
  '',
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;',
  'application/x-www-form-urlencoded',
  'APPLICATION/JSON',
  'application/octet-stream',
  '*/*',
  'a'.repeat(300),
];
const accepts = [
  '*/*',
  'application/xml',
  'application/json;q=0',
  'application/json;q=abc, text/xml',
  ',;,',
  'text/html',
  'application/json;q=0.1,application/xml;q=0.9',
  `${'a/b,'.repeat(300)}*/*`,
  'image/png',
  'application/*',
];
const oddHeaders: readonly (readonly [string, string])[] = [
  ['authorization', 'Bearer'],
  ['authorization', 'Bearer a.b.c'],
  ['authorization', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  ['authorization', 'Basic %%%'],
  ['authorization', `Bearer ${long(5_000)}`],
  ['authorization', 'Digest x'],
  ['if-match', '*'],
  ['if-match', '"-1"'],
  ['if-match', 'W/"x", "y"'],
  ['if-match', '"99999999999999999999"'],
  ['idempotency-key', long(256)],
  ['idempotency-key', ' '],
  ['idempotency-key', '\u00ff'.repeat(200)],
  ['content-encoding', 'gzip'],
  ['x-forwarded-for', '::1, a, ,'],
  ['x-http-method-override', 'DELETE'],
  ['cookie', `a=${long(2_000)}`],
  ['range', 'bytes=0-1'],
  ['x-long', long(10_300)],
];

type Parts = {
  readonly asked: ExampleRequest;
  readonly search?: readonly string[];
  readonly body?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly what: string;
};

const pathOf = ({ path }: Endpoint, params: Readonly<Record<string, string>>): string =>
  path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => params[name] ?? '');
const escaped = (of: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(of).map(([name, value]) => [name, encodeURIComponent(value).replaceAll('%2F', '/')]),
  );

function requestOf(endpoint: Endpoint, parts: Parts): Malformed {
  const { asked, what, headers = [], body } = parts;
  const params = asked.params ?? {};
  const search = [
    ...Object.entries(escaped(asked.query)).map(([name, value]) => `${name}=${value}`),
    ...(parts.search ?? []),
  ].join('&');
  const usual: [string, string][] =
    asked.body === undefined && body === undefined ? [] : [['content-type', 'application/json']];
  const named = new Set(headers.map(([name]) => name));
  return {
    what,
    method: methodOf(endpoint),
    path: pathOf(endpoint, params) + (search === '' ? '' : `?${search}`),
    headers: [
      ...[...usual, ['accept', 'application/json'] as const].filter(([name]) => !named.has(name)),
      ...headers.filter(([, value]) => value !== ''),
    ],
    ...(body === undefined ? (asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }) : { body }),
  };
}

const bodyFields = ({ body }: Endpoint, asked: ExampleRequest): string[] => {
  const declared = body instanceof z.ZodObject ? body.shape : {};
  return [...new Set([...Object.keys(declared), ...Object.keys(Object(asked.body) as object), 'org_id', 'version'])];
};

const everywhere = ['org_id', 'orgId', 'organization_id', 'accesskey', 'limit', 'page_token'];

/**
 * Any malformed request of an endpoint, and a few correct ones. `asked` is a correct request; its path and query are
 * escaped here.
 */
export function malformed(endpoint: Endpoint, example: ExampleRequest): fc.Arbitrary<Malformed> {
  const asked: ExampleRequest = { ...example, params: escaped(example.params) };
  const fields = Object(asked.body) as Readonly<Record<string, unknown>>;
  const variables = Object.keys(endpoint.params ?? {});
  const queries = [...Object.keys(endpoint.query ?? {}), ...everywhere];

  const ways: { readonly weight: number; readonly arbitrary: fc.Arbitrary<Parts> }[] = [
    {
      weight: 3,
      arbitrary: fc
        .record({ name: fc.constantFrom(...queries), value: onTheLine })
        .map(({ name, value }) => ({ what: `query ${name}`, asked, search: [`${name}=${value}`] })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...queries).map((name) => ({
        what: `query ${name} twice`,
        asked,
        search: [`${name}=1`, `${name}=two`, name, `${name}[]=3`],
      })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(2_000, 9_000, 12_000)
        .map((length) => ({ what: `${length} characters of query`, asked, search: [`q=${long(length)}`] })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...accepts)
        .map((accept) => ({ what: 'Accept', asked: { ...asked, params: {} }, headers: [['accept', accept] as const] })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({ header: fc.constantFrom(...oddHeaders), accept: fc.constantFrom('application/json', ...accepts) })
        .map(({ header, accept }) => ({ what: header[0], asked, headers: [header, ['accept', accept] as const] })),
    },
  ];
  if (variables.length > 0)
    ways.push({
      weight: 4,
      arbitrary: fc.record({ name: fc.constantFrom(...variables), value: onTheLine }).map(({ name, value }) => ({
        what: `path ${name}`,
        asked: { ...asked, params: { ...asked.params, [name]: value } },
      })),
    });
  if (endpoint.body !== undefined)
    ways.push(
      {
        weight: 6,
        arbitrary: fc
          .record({ name: fc.constantFrom(...bodyFields(endpoint, asked)), value: oddValue })
          .map(({ name, value }) => ({
            what: `field ${name}`,
            asked: { ...asked, body: { ...fields, [name]: value } },
          })),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(...bodyFields(endpoint, asked)).map((name) => ({
          what: `without ${name}`,
          asked: { ...asked, body: Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name)) },
        })),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(...bodyFields(endpoint, asked)).map((name) => ({
          what: `${name} twice`,
          asked,
          body:
            `{${JSON.stringify(name)}:1,` +
            `${JSON.stringify(asked.body ?? {}).slice(1, -1) || '"a":1'},${JSON.stringify(name)}:[]}`,
        })),
      },
      { weight: 3, arbitrary: brokenJson.map((body) => ({ what: 'body', asked, body })) },
      {
        weight: 2,
        arbitrary: fc
          .record({
            type: fc.constantFrom(...contentTypes),
            body: fc.oneof(fc.constant(JSON.stringify(asked.body ?? {})), brokenJson),
          })
          .map(({ type, body }) => ({ what: 'Content-Type', asked, body, headers: [['content-type', type] as const] })),
      },
    );
  return fc.oneof(...ways).map((parts) => requestOf(endpoint, parts));
}
