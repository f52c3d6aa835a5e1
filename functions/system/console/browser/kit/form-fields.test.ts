import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asText, bodyOf, editableOf, fieldsOf, isWellFormed, problemOf } from './form-fields.ts';
import { labelOf } from './words.ts';

const operations = {
  operations: {},
  schemas: {
    Body: {
      required: ['name'],
      properties: {
        note: { type: ['string', 'null'], description: 'A note' },
        name: { type: 'string', maxLength: 10 },
        org_id: { type: 'string' },
        version: { type: 'integer' },
        confirm_removal: { type: 'boolean' },
        size: { anyOf: [{ type: 'integer', minimum: 1, maximum: 9 }, { type: 'null' }], description: 'Its size' },
        kind: { enum: ['a', 'b'] },
        isOpen: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' } },
        codes: { type: 'array', items: { type: 'integer', minimum: 400 } },
        days: { type: 'array', items: { enum: ['mo', 'tu'], type: 'string' } },
        parts: { type: 'array', items: { type: 'object' } },
        either: {
          anyOf: [
            { type: 'string', const: 'x' },
            { type: 'string', pattern: '^y' },
          ],
        },
        any: { anyOf: [{ type: 'string' }, { type: 'object' }] },
        password: { type: 'string' },
        user_id: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        route: {
          anyOf: [
            {
              type: 'object',
              properties: { type: { type: 'string', enum: ['user', 'flow'] }, id: { type: 'string' } },
            },
            { type: 'null' },
          ],
        },
        user_ids: { type: 'array', items: { type: 'string' } },
        to: {
          type: 'array',
          items: {
            anyOf: [
              { type: 'string' },
              { type: 'object', properties: { user: { type: 'string' } } },
              { type: 'object', properties: { ring_group: { type: 'string' } } },
            ],
          },
        },
        mixed: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'object', properties: { file: {} } }] } },
        recipients: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
        fee: { anyOf: [{ type: 'number' }, { type: 'string', maxLength: 40 }] },
        rates: {
          type: 'array',
          items: {
            type: 'object',
            properties: { note: { anyOf: [{ type: 'string' }, { type: 'null' }] }, prefix: { type: 'string' } },
            required: ['prefix'],
          },
        },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        flags: { type: 'object', additionalProperties: {} },
        limits: {
          type: 'object',
          properties: { calls: { type: ['integer', 'null'] }, rate: { type: 'integer' } },
        },
        later: { description: 'Takes no value yet' },
        named: { type: 'object', properties: { type: { type: 'string' }, id: { type: 'string' } } },
      },
    },
  },
};
const fields = fieldsOf({ $ref: '#/components/schemas/Body' }, operations, { note: 'hello' });
const field = (name: string) => {
  const found = fields.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no field ${name}`);
  return found;
};

test('required fields come first; organization, version, confirmations and what takes no value have none', () => {
  expect(fields[0]).toMatchObject({ name: 'name', isRequired: true, kind: 'text', maxLength: 10 });
  for (const name of ['org_id', 'version', 'confirm_removal', 'later'])
    expect(fields.map((each) => each.name)).not.toContain(name);
});

test.each([
  ['note', { kind: 'text', help: 'A note', example: 'hello', isSecret: false }],
  ['size', { kind: 'number', min: 1, max: 9, help: 'Its size' }],
  ['kind', { kind: 'choice', choices: ['a', 'b'] }],
  ['isOpen', { kind: 'boolean', label: 'Is open' }],
  ['tags', { kind: 'texts', choices: [] }],
  ['user_ids', { kind: 'references', to: 'user' }],
  ['to', { kind: 'targets', choices: ['number', 'user', 'ring_group'] }],
  ['mixed', { kind: 'json' }],
  ['codes', { kind: 'texts', choices: [], isNumeric: true }],
  ['days', { kind: 'texts', choices: ['mo', 'tu'] }],
  ['parts', { kind: 'json' }],
  ['either', { kind: 'text' }],
  ['any', { kind: 'json' }],
  ['password', { kind: 'text', isSecret: true }],
  ['user_id', { kind: 'reference', to: 'user' }],
  ['route', { kind: 'target', choices: ['user', 'flow'] }],
  ['named', { kind: 'group', fields: [{ name: 'type', kind: 'text' }, { name: 'id' }] }],
  ['recipients', { kind: 'texts', choices: [] }],
  ['fee', { kind: 'text' }],
  [
    'rates',
    {
      kind: 'rows',
      fields: [
        { name: 'prefix', isRequired: true },
        { name: 'note', isNullable: true },
      ],
    },
  ],
  ['headers', { kind: 'pairs', keys: [], value: { kind: 'text' } }],
  ['flags', { kind: 'json' }],
])('%s has the control of its schema', (name, expected) => {
  expect(field(name)).toMatchObject(expected);
});

test.each([
  ['caller_name_prefix', 'Caller name prefix'],
  ['callerNamePrefix', 'Caller name prefix'],
  ['sip_url', 'SIP URL'],
  ['id', 'ID'],
  ['device_ids', 'Device IDs'],
])('%s is labelled %s', (name, label) => {
  expect(labelOf(name)).toBe(label);
});

test('what is left empty is left out, what was emptied is cleared', () => {
  expect(bodyOf(fields, { name: 'x', note: '', tags: [] }, undefined)).toEqual({ name: 'x' });
  const before = { name: 'x', note: 'old', tags: ['t'], days: [], size: null };
  expect(bodyOf(fields, { name: 'x', note: '', tags: [], days: [], size: '' }, before)).toEqual({
    ...{ name: 'x', note: null, tags: [] },
  });
});

test('objects, rows and values by name are sent as they were filled in', () => {
  const before = { limits: { calls: 5, rate: 2, used: 1 }, rates: [{ prefix: '44', note: null }], headers: { A: '1' } };
  const names = ['limits', 'rates', 'headers'] as const;
  const edited = Object.fromEntries(names.map((name) => [name, editableOf(field(name), before[name])]));
  const sent = (values: object) => bodyOf(names.map(field), { ...edited, ...values }, before);
  expect(sent({})).toEqual({ limits: { calls: 5, rate: 2 }, rates: [{ prefix: '44' }], headers: { A: '1' } });
  // What may be null is cleared by it.
  expect(sent({ limits: { calls: '', rate: '' } })).toMatchObject({ limits: { calls: null } });
  expect(sent({ rates: [{ prefix: '49', note: 'x' }, { prefix: '' }] })).toMatchObject({
    rates: [{ prefix: '49', note: 'x' }],
  });
  const pairs = [
    { key: 'B', value: '2' },
    { key: '', value: '3' },
  ];
  expect(sent({ headers: pairs })).toMatchObject({ headers: { B: '2' } });
  expect(sent({ headers: [], rates: [] })).toMatchObject({ headers: null, rates: [] });
});

test('numbers of a list are sent as numbers, and what is none as it was typed', () => {
  expect(bodyOf([field('codes')], { codes: ['404', ' 486 ', '4xx'] }, undefined)).toEqual({ codes: [404, 486, '4xx'] });
  expect(bodyOf([field('codes')], { codes: [] }, { codes: [404] })).toEqual({ codes: [] });
});

test('JSON within an object is a problem before anything is sent', () => {
  const inner = field('parts');
  const group = { ...field('limits'), kind: 'group', fields: [inner] } as const;
  expect(isWellFormed(group, { parts: '[1' })).toBe(false);
  expect(isWellFormed({ ...group, kind: 'rows' }, [{ parts: '[1]' }, { parts: '' }])).toBe(true);
});

test('JSON that is none is a problem before anything is sent', () => {
  expect(problemOf(field('parts'), '[1')).toMatch(/is no JSON/);
  expect(problemOf(field('parts'), '')).toBeNull();
  expect(problemOf(field('name'), '[1')).toBeNull();
});

test('what is not edited is sent as it was', () => {
  const value = fc.record({
    name: fc.string({ minLength: 1 }),
    size: fc.integer(),
    kind: fc.constantFrom('a', 'b'),
    isOpen: fc.boolean(),
    tags: fc.array(fc.string(), { minLength: 1 }),
    codes: fc.array(fc.nat(), { minLength: 1 }),
    parts: fc.array(fc.record({ a: fc.integer() }), { minLength: 1 }),
  });
  fc.assert(
    fc.property(value, (before) => {
      const values = Object.fromEntries(
        fields.map((each) => [each.name, editableOf(each, (before as Record<string, unknown>)[each.name])]),
      );
      expect(bodyOf(fields, values, before)).toEqual(before);
    }),
  );
});

test('the name of what is made is typed, also where others are chosen by it', () => {
  const [chosen] = fieldsOf({ properties: { mailbox: { type: 'string' } }, required: ['mailbox'] }, operations, {});
  if (chosen === undefined) throw new Error('there is no field');
  expect([chosen.kind, asText(chosen)]).toMatchObject([
    'reference',
    { kind: 'text', name: 'mailbox', isRequired: true },
  ]);
  expect(asText(chosen)).not.toHaveProperty('to');
});

test('targets of a list are edited by kind and id, and those that were not filled in are left out', () => {
  const to = field('to');
  const edited = editableOf(to, ['+4930', { user: 'usr_1' }]);
  expect(edited).toEqual([
    { kind: 'number', to: '+4930' },
    { kind: 'user', to: 'usr_1' },
  ]);
  const values = { to: [...(edited as object[]), { kind: 'ring_group', to: ' ' }] };
  expect(bodyOf([to], values, undefined)).toEqual({ to: ['+4930', { user: 'usr_1' }] });
  expect(bodyOf([to], { to: [] }, { to: ['+4930'] })).toEqual({ to: [] });
});

test('a word, or something that is named by its id, is one control', () => {
  const action = {
    anyOf: [
      { type: 'string', enum: ['reject', 'busy'] },
      { type: 'object', properties: { flow: { type: 'string' } } },
    ],
  };
  const [field] = fieldsOf({ properties: { action } }, operations, undefined);
  if (field === undefined) throw new Error('There is a field');
  expect(field).toMatchObject({ kind: 'option', choices: ['reject', 'busy'], targets: ['flow'] });
  for (const value of ['busy', { flow: 'flow_1' }])
    expect(bodyOf([field], { action: editableOf(field, value) }, undefined)).toEqual({ action: value });
  expect(bodyOf([field], { action: editableOf(field, undefined) }, undefined)).toEqual({});
});
