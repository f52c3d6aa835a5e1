import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { endpoint } from '../contract/endpoint.ts';
import { parseBody } from './request/body.ts';
import { nearestName, unknownFieldDetails, unknownFieldWarnings } from './unknown-fields.ts';

const rate = z.object({ prefix: z.string(), connect_fee: z.string().optional() });
const saveTariff = endpoint('PUT /tariffs/{id}', {
  summary: 'Tariff',
  scope: 'billing:write',
  params: { id: z.string() },
  query: { dry_run: z.string().optional() },
  body: z.object({
    name: z.string(),
    max_channels: z.int().optional(),
    rates: z.array(rate).optional(),
    limits: z.object({ daily_spend: z.string() }).optional(),
    variables: z.record(z.string(), z.string()).optional(),
    metadata: z.unknown(),
  }),
  answers: { 200: z.object({}) },
  errors: [],
  effects: [],
});

const warningsOf = (content: Record<string, unknown>, query: Record<string, string> = {}) =>
  unknownFieldWarnings(saveTariff, { query, content });

test('an unknown name is named beside the field that is missing, which it may be', () => {
  const content = { nmae: 'A', metadata: 1, colour: 1 };
  const parse = () => parseBody(saveTariff.body, content, () => unknownFieldDetails(saveTariff, content));
  expect(parse).toThrow('Required: name; nmae is unknown; did you mean name?; colour is unknown');
  expect(parse).toThrow(
    expect.objectContaining({
      code: 'MISSING_FIELD',
      details: [
        { path: 'name', message: 'is required' },
        { path: 'nmae', message: 'is unknown; did you mean name?' },
        { path: 'colour', message: 'is unknown' },
      ],
    }),
  );
});

describe('a warning', () => {
  test('names the field with its path, and the nearest name at its place', () => {
    expect(
      warningsOf({
        name: 'A',
        max_chanels: 1,
        rates: [{ prefix: '1', conect_fee: '0.1' }],
        limits: { dailySpend: '5' },
      }),
    ).toEqual([
      'The field max_chanels is unknown and has no effect; did you mean max_channels?',
      'The field rates[0].conect_fee is unknown and has no effect; did you mean connect_fee?',
      'The field limits.dailySpend is unknown and has no effect; did you mean daily_spend?',
    ]);
  });

  test('has no suggestion where no name is near, and says where a parameter belongs', () => {
    expect(warningsOf({ colour: 1, dry_run: true })).toEqual([
      'The field colour is unknown and has no effect',
      'The field dry_run is unknown and has no effect; it is a parameter of the query',
    ]);
  });

  test('names parameters of the query', () => {
    expect(warningsOf({}, { dryrun: 'true', org_id: '1001', accesskey: 'key', id: 'a' })).toEqual([
      'The parameter dryrun is unknown and has no effect; did you mean dry_run?',
    ]);
  });
});

test('names that clients choose, the organization and the version are known', () => {
  const content = { variables: { anything: '1' }, metadata: { any: { thing: 1 } }, orgId: 1, version: 3 };
  expect(warningsOf(content)).toEqual([]);
});

test('a list where an object is expected, and texts in a list of objects, are left to the schema', () => {
  expect(warningsOf({ limits: [{ a: 1 }], rates: ['1', null], name: { a: 1 } })).toEqual([]);
});

test('there are at most 20 warnings, and a large body is not read to its end', () => {
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`unknown${at}`, 1]));
  expect(warningsOf(many)).toHaveLength(20);
  const rates = Array.from({ length: 11_000 }, () => ({ prefix: '1' }));
  expect(warningsOf({ rates: [...rates, { conect_fee: '1' }] })).toEqual([]);
});

test('a long name is cut', () => {
  expect(warningsOf({ ['a'.repeat(10_000)]: 1 })[0]?.length).toBeLessThan(130);
});

test('of the near names the nearest is suggested, whatever its style', () => {
  const names = ['max_channels', 'max_users', 'maxChannelsIn'];
  expect(nearestName('maxChanels', names)).toBe('max_channels');
  expect(nearestName('max_uesrs', names)).toBe('max_users');
  expect(nearestName('name', names)).toBeUndefined();
});
