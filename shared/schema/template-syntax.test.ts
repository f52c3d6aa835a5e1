import { parse } from '@handlebars/parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import * as z from 'zod';
import { namesIn, parseTemplate, textPositionOf, TemplateFault, type Node } from './template-syntax.ts';

/** The fault of a source: its place and message. */
function faultOf(source: string): string {
  try {
    parseTemplate(source);
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { line, column } = textPositionOf(source, error.at);
    return `${line}:${column} ${error.message}`;
  }
  return 'none';
}

test('a template is text, values, blocks and comments', () => {
  expect(parseTemplate('Hi {{customer.name}}{{! greeting }}{{#if a}}x{{else}}{{this.b}}{{/if}}')).toEqual([
    { kind: 'text', text: 'Hi ', at: 0 },
    { kind: 'value', path: { up: 0, parts: ['customer', 'name'] }, at: 3 },
    {
      kind: 'if',
      path: { up: 0, parts: ['a'] },
      at: 35,
      body: [{ kind: 'text', text: 'x', at: 44 }],
      otherwise: [{ kind: 'value', path: { up: 0, parts: ['b'] }, at: 53 }],
    },
  ]);
});

test.each([
  ['{{{name}}}', '1:1 values without escaping ({{{…}}}) are not allowed'],
  ['a\n {{&name}}', '2:2 values without escaping ({{&…}}) are not allowed'],
  ['{{> footer}}', '1:1 partials are not allowed'],
  ['{{*d}}', '1:1 decorators are not allowed'],
  ['{{^}}', '1:1 inverse blocks are written with {{else}} or {{#unless}}'],
  ['{{~a}}', '1:1 whitespace control (~) is not supported'],
  ['{{a ~}}', '1:1 whitespace control (~) is not supported'],
  ['{{@root.a}}', '1:1 only @index is supported'],
  ['{{upper name}}', '1:1 a tag names one value; helpers and their parameters are not supported'],
  ['{{#with a}}{{/with}}', '1:1 helpers are not supported: blocks are #if, #unless and #each'],
  ['{{#if (eq a b)}}{{/if}}', '1:1 a tag names one value; helpers and their parameters are not supported'],
  ['{{#each a as |b|}}{{/each}}', '1:1 a tag names one value; helpers and their parameters are not supported'],
  ['{{#if a}}{{else if b}}{{/if}}', '1:10 {{else}} takes no condition: put a block into it'],
  ['{{}}', '1:1 an empty tag is not the name of a value, such as customer.name'],
  ['{{a[0]}}', '1:1 this is not the name of a value, such as customer.name'],
  ['{{"a"}}', '1:1 this is not the name of a value, such as customer.name'],
  ['{{true}}', '1:1 true cannot be part of the name of a value'],
  ['{{__proto__}}', '1:1 __proto__ cannot be part of the name of a value'],
  ['{{a.constructor.name}}', '1:1 constructor cannot be part of the name of a value'],
  ['{{this.prototype}}', '1:1 prototype cannot be part of the name of a value'],
  ['{{a.this}}', '1:1 this cannot be part of the name of a value'],
  ['\\{{a}}', '1:2 a tag cannot be escaped by a backslash'],
  ['{{a}}}', '1:1 a tag ends with two braces'],
  ['x{{a', '1:2 this tag is not closed'],
  ['x{{!-- a }}', '1:2 this comment is not closed'],
  ['{{#if a}}\n{{#each b}}', '2:1 {{#each}} is not closed'],
  ['{{#if a}}{{/each}}', '1:10 {{#if}} must be closed before this'],
  ['{{/if}}', '1:1 this closes no block'],
  ['{{else}}', '1:1 {{else}} is outside of a block'],
  ['{{#if a}}{{else}}{{else}}{{/if}}', '1:18 this block has two {{else}}'],
  ['{{@index}}', '1:1 @index is known inside #each only'],
  ['{{#each a}}{{else}}{{@index}}{{/each}}', '1:20 @index is known inside #each only'],
  ['{{#if a}}{{../b}}{{/if}}', '1:10 ../ leaves an #each, and there is none left here'],
  [`{{${'a'.repeat(301)}}}`, '1:1 a tag has at most 300 characters'],
])('%s is rejected with its place', (source, fault) => {
  expect(faultOf(source)).toBe(fault);
});

test('blocks are nested at most 8 deep', () => {
  const nested = (depth: number) => '{{#if a}}'.repeat(depth) + '{{/if}}'.repeat(depth);
  expect(faultOf(nested(8))).toBe('none');
  expect(faultOf(nested(9))).toBe('1:73 blocks are nested at most 8 deep');
});

test('hostile sources of 256 KB are read in a time that grows with their length', () => {
  const fill = (part: string) => part.repeat(Math.floor(262_144 / part.length));
  const sources = [
    ...['{{#if a}}', '{{a}}', '{{{{', '{{!', '{{!--', '\\{{', '{{#if a}}{{/if}}', '\n{{!a}}\n', ' \t', '\n', '}}'].map(
      fill,
    ),
    `{{${fill('a.')}a}}`,
    `{{a ${fill('(a ')}}}`,
    `${fill('\n')}x{{#if a}}${fill(' ')}{{/if}}`,
    `{{!--${fill('-')}}}`,
  ];
  const started = performance.now();
  for (const source of sources) faultOf(source);
  // 4 MB in all; a parser whose time grows with the square of the length takes minutes.
  expect(performance.now() - started).toBeLessThan(20_000);
});

// The parser of Handlebars as an independent reader: what it makes of a template must be what ours makes of it.

type Simple =
  | string
  | { readonly tag: string; readonly body?: readonly Simple[]; readonly otherwise?: readonly Simple[] };

const joinTexts = (nodes: readonly Simple[]): Simple[] =>
  nodes.reduce<Simple[]>((all, node) => {
    const last = all.at(-1);
    if (typeof node === 'string' && typeof last === 'string') return [...all.slice(0, -1), last + node];
    return node === '' ? all : [...all, node];
  }, []);

const pathText = ({ up, parts }: Extract<Node, { kind: 'value' }>['path']): string =>
  `${'../'.repeat(up)}${parts === '@index' ? parts : parts.join('.')}`;

const ours = (nodes: readonly Node[]): Simple[] =>
  joinTexts(
    nodes.map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind === 'value') return { tag: pathText(node.path) };
      return {
        tag: `#${node.kind} ${pathText(node.path)}`,
        body: ours(node.body),
        otherwise: ours(node.otherwise),
      };
    }),
  );

/** The parts of a tree of Handlebars that are compared. */
const TheirPath = z.object({ depth: z.number(), data: z.boolean(), parts: z.array(z.string()), original: z.string() });
const TheirProgram = z.object({
  get body() {
    return z.array(TheirNode);
  },
});
const TheirNode = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ContentStatement'), value: z.string() }),
  z.object({ type: z.literal('CommentStatement') }),
  z.object({ type: z.literal('MustacheStatement'), path: TheirPath }),
  z.object({
    type: z.literal('BlockStatement'),
    path: TheirPath,
    params: z.tuple([TheirPath]),
    program: TheirProgram.optional(),
    inverse: TheirProgram.optional(),
  }),
]);

const theirPath = ({ depth, data, parts }: z.output<typeof TheirPath>): string =>
  `${'../'.repeat(depth)}${data ? '@' : ''}${parts.join('.')}`;

const theirNode = (node: z.output<typeof TheirNode>): Simple => {
  if (node.type === 'ContentStatement') return node.value;
  if (node.type === 'CommentStatement') return '';
  if (node.type === 'MustacheStatement') return { tag: theirPath(node.path) };
  return {
    tag: `#${node.path.original} ${theirPath(node.params[0])}`,
    body: joinTexts((node.program?.body ?? []).map(theirNode)),
    otherwise: joinTexts((node.inverse?.body ?? []).map(theirNode)),
  };
};

const theirs = (source: string): Simple[] => joinTexts(TheirProgram.parse(parse(source)).body.map(theirNode));

const text = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\r\n', 'a', 'b', '<', '"', 'é', '😀'),
  maxLength: 6,
});
const path = fc.constantFrom('a', 'a.b', 'this', 'this.c', 'list.0.x-y', '_z');
const { template } = fc.letrec<{ template: string; piece: string; block: string }>((tie) => ({
  template: fc.array(tie('piece'), { maxLength: 5 }).map((pieces) => pieces.join('')),
  piece: fc.oneof(
    { maxDepth: 3 },
    text,
    path.map((name) => `{{ ${name} }}`),
    fc.constantFrom('{{! c }}', '{{!-- {{x}} --}}', '{{!}}'),
    tie('block'),
  ),
  block: fc
    .tuple(fc.constantFrom('if', 'unless', 'each'), path, tie('template'), fc.option(tie('template')))
    .map(([kind, name, body, otherwise]) =>
      [`{{#${kind} ${name}}}`, body, ...(otherwise === null ? [] : ['{{else}}', otherwise]), `{{/${kind}}}`].join(''),
    ),
}));

test('a template has the tree that the parser of Handlebars makes of it, blank lines of tags included', () => {
  fc.assert(
    fc.property(template, (source) => {
      expect(ours(parseTemplate(source))).toEqual(theirs(source));
    }),
    { numRuns: runs(300) },
  );
});

const fragments = [
  '{{',
  '}}',
  '{',
  '}',
  '#if a',
  '/if',
  'else',
  '!',
  '--',
  '&',
  '>',
  '^',
  '~',
  '@index',
  '../',
  'a',
  '\\',
];
const noise = fc
  .array(fc.constantFrom(...fragments, ' ', '\n', 'this', '.', '(', '[', '"', '|', '#each a', '/each'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

test('of any text, what is accepted has the tree of Handlebars, and nothing but a fault is thrown', () => {
  fc.assert(
    fc.property(noise, (source) => {
      // Handlebars reads {{elsewhere}} as {{else where}}.
      fc.pre(!/\{\{\s*else[^\s}]/.test(source));
      if (faultOf(source) === 'none') expect(ours(parseTemplate(source))).toEqual(theirs(source));
    }),
    { numRuns: runs(500) },
  );
});

test('the names of a template are those of its blocks, too', () => {
  const text = '{{a.b}}{{#each header}}{{this}}{{@index}}{{else}}{{#unless c}}{{d}}{{/unless}}{{/each}}';
  expect([...namesIn(text)].toSorted()).toEqual(expect.arrayContaining(['a', 'c', 'd', 'header']));
});
