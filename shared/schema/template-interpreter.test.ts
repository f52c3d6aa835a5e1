import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeNothing, writeTemplate } from './template-interpreter.ts';
import { parseTemplate } from './template-syntax.ts';

const render = (source: string, values: Record<string, unknown>): string =>
  writeTemplate(parseTemplate(source), values, { escape: escapeNothing });

test('blocks and values follow Handlebars', () => {
  const values = { yes: 1, no: 0, none: [], some: ['a', 'b'], people: [{ name: 'Ann' }, { name: 'Bob' }], empty: {} };
  expect(render('{{#if yes}}1{{else}}2{{/if}}{{#if no}}3{{else}}4{{/if}}', values)).toBe('14');
  expect(render('{{#unless yes}}1{{else}}2{{/unless}}{{#unless gone}}3{{/unless}}', values)).toBe('23');
  expect(render('{{#if none}}1{{/if}}{{#if empty}}2{{/if}}', values)).toBe('2');
  expect(render('{{#each some}}{{@index}}{{this}} {{/each}}', values)).toBe('0a 1b ');
  expect(render('{{#each people}}{{name}}{{this.name}}{{../yes}}{{/each}}', values)).toBe('AnnAnn1BobBob1');
  expect(render('{{#each people}}{{#each ../some}}{{../name}}{{this}} {{/each}}{{/each}}', values)).toBe(
    'Anna Annb Boba Bobb ',
  );
  expect(render('{{#each none}}x{{else}}nothing{{/each}}{{#each gone}}x{{else}} at all{{/each}}', values)).toBe(
    'nothing at all',
  );
  expect(render('{{some.1}}{{people.0.name}}{{some.length}}', values)).toBe('bAnn2');
});

test('values are texts, numbers and booleans; absent ones and null are empty', () => {
  expect(render('{{a}}|{{b}}|{{c}}|{{d}}|{{e}}', { a: 'x\0y', b: 0, c: false, d: null })).toBe('xy|0|false||');
});

test.each([
  ['{{a}}', { a: {} }, 'variables.a'],
  ['{{a.b}}', { a: { b: ['x'] } }, 'variables.a.b'],
  ['{{#each a}}x{{/each}}', { a: 'text' }, 'variables.a'],
  ['{{#each a}}{{b}}{{/each}}', { a: [{ b: 1 }, { b: [] }] }, 'variables.a[1].b'],
])('%s with %j is rejected with the path of the value', (source, values, path) => {
  expect(() => render(source, values)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path })] }),
  );
});

test('only own properties are read, and no functions', () => {
  const values = { text: 'abc', list: [], own: JSON.parse('{"toString":"mine"}') as unknown, call: () => 'x' };
  expect(render('{{text.length}}|{{list.map}}|{{own.toString}}|{{own.valueOf}}|{{call}}|{{toString}}', values)).toBe(
    '||mine|||',
  );
});

test('a rendering has 100,000 steps', () => {
  const list = Array.from({ length: 1_000 }, () => 1);
  const loops = '{{#each list}}{{#each ../few}}x{{/each}}{{/each}}';
  expect(render(loops, { list, few: list.slice(0, 45) })).toHaveLength(45_000);
  const tooMany = expect.objectContaining({
    code: 'INVALID_TEMPLATE',
    message: expect.stringContaining('100000 steps'),
  });
  expect(() => render(loops, { list, few: list.slice(0, 50) })).toThrow(tooMany);
  // Also if nothing is written.
  expect(() => render('{{#each list}}{{#each ../list}}{{/each}}{{/each}}', { list })).toThrow(tooMany);
});

test('a list has at most 1,000 items', () => {
  const items = (length: number) => ({ list: Array.from({ length }, () => 'x') });
  expect(render('{{#each list}}{{this}}{{/each}}', items(1_000))).toHaveLength(1_000);
  expect(() => render('{{#each list}}{{this}}{{/each}}', items(1_001))).toThrow(
    'variables.list has more than 1000 items',
  );
});

test('a result has at most 512 KB', () => {
  const values = { list: Array.from({ length: 1_000 }, () => 1), a: 'é'.repeat(262) };
  expect(render('{{#each list}}{{../a}}{{/each}}', values)).toHaveLength(262_000);
  expect(() => render('{{#each list}}{{../a}}{{../a}}{{/each}}', values)).toThrow(
    expect.objectContaining({ code: 'INVALID_TEMPLATE', message: expect.stringContaining('524288 bytes') }),
  );
});

// A model of templates, from which both the source and the expected text come: an oracle for the interpreter.

type Model =
  | { readonly text: string }
  | { readonly value: string }
  | {
      readonly kind: 'if' | 'unless' | 'each';
      readonly name: string;
      readonly body: Model[];
      readonly otherwise: Model[];
    };

const sourceOf = (models: readonly Model[]): string =>
  models
    .map((model) => {
      if ('text' in model) return model.text;
      if ('value' in model) return `{{${model.value}}}`;
      const { kind, name, body, otherwise } = model;
      return `{{#${kind} ${name}}}${sourceOf(body)}{{else}}${sourceOf(otherwise)}{{/${kind}}}`;
    })
    .join('');

type Item = { readonly a: string; readonly b: number | null; readonly c: boolean; readonly d: readonly Item[] };

const textOf = (value: Item[keyof Item]): string => (value === null || typeof value === 'object' ? '' : String(value));

function expected(models: readonly Model[], item: Item): string {
  return models
    .map((model) => {
      if ('text' in model) return model.text;
      const value = item[('value' in model ? model.value : model.name) as keyof Item];
      if ('value' in model) return textOf(value);
      if (model.kind === 'each') {
        const list = value as readonly Item[];
        return list.length === 0
          ? expected(model.otherwise, item)
          : list.map((each) => expected(model.body, each)).join('');
      }
      const holds = Array.isArray(value) ? value.length > 0 : Boolean(value);
      return expected(holds === (model.kind === 'if') ? model.body : model.otherwise, item);
    })
    .join('');
}

const { models } = fc.letrec<{ models: Model[]; model: Model }>((tie) => ({
  models: fc.array(tie('model'), { maxLength: 4 }),
  model: fc.oneof(
    { maxDepth: 5 },
    fc.record({ text: fc.constantFrom('x', ' y ', '<', 'é') }),
    fc.record({ value: fc.constantFrom('a', 'b', 'c') }),
    fc.record({
      kind: fc.constantFrom('if' as const, 'unless' as const),
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      body: tie('models'),
      otherwise: tie('models'),
    }),
    fc.record({
      kind: fc.constant('each' as const),
      name: fc.constant('d'),
      body: tie('models'),
      otherwise: tie('models'),
    }),
  ),
}));

const { item } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.record({
    a: fc.constantFrom('', '0', '{{a}}', '$&'),
    b: fc.constantFrom(null, 0, -1.5),
    c: fc.boolean(),
    d: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie('item'), { maxLength: 3 })),
  }),
}));

test('any template writes what its model says', () => {
  fc.assert(
    fc.property(models, item, (model, values) => {
      expect(render(sourceOf(model), values)).toBe(expected(model, values));
    }),
    { numRuns: 2_000 },
  );
});
