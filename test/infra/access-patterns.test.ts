import { describe, expect, test } from 'vitest';
import { entities, type Entity } from '../../shared/contract/entities.ts';
import { accessPatterns, layoutList } from '../../functions/access-patterns.ts';
import { backgroundReaders, formsOf, type AccessPattern } from '../../shared/dynamodb/access-patterns/layout.ts';
import {
  alternativesOf,
  areDistinct,
  hidesSeparators,
  longestOf,
  namesIn,
  unknownVariables,
  variableNames,
} from './key-templates.ts';
import { inventory, shapeOf } from './inventory.ts';

const forms = layoutList.flatMap(([entity, layout]) => formsOf(layout).map((form) => ({ entity, layout, ...form })));
const isBackground = (reader: string): boolean => backgroundReaders.some((name) => name === reader);
const shapes = new Map(inventory.map((each) => [shapeOf(each.route), each]));
const shapeOfReader = ({ reader }: AccessPattern): string => (isBackground(reader) ? reader : shapeOf(reader));

/** Readers of the store without a row, or whose rows have no query. */
const without = (rows: readonly AccessPattern[], wanted: readonly (typeof inventory)[number][]): string[] => {
  const read = new Set(rows.map(shapeOfReader));
  return wanted.map(({ route }) => route).filter((route) => !read.has(shapeOf(route)));
};

describe('the inventory of endpoints', () => {
  test('has 239 endpoints, each of them once', () => {
    expect(inventory).toHaveLength(239);
    expect(shapes.size).toBe(239);
  });
});

describe('every endpoint has access patterns', () => {
  test('each endpoint that reads the store has a row', () => {
    expect(
      without(
        accessPatterns,
        inventory.filter(({ kind }) => kind !== 'storeless'),
      ),
    ).toEqual([]);
  });

  test('every list and search is a Query', () => {
    expect(
      without(
        accessPatterns.filter(({ by }) => by === 'Query'),
        inventory.filter(({ kind }) => kind === 'list'),
      ),
    ).toEqual([]);
  });

  test('an endpoint that a row names is in the inventory and reads the store', () => {
    const named = [...new Set(accessPatterns.filter(({ reader }) => !isBackground(reader)).map(shapeOfReader))];
    expect(named.filter((shape) => (shapes.get(shape)?.kind ?? 'storeless') === 'storeless')).toEqual([]);
  });

  test('every background process reads the store', () => {
    expect(backgroundReaders.filter((name) => !accessPatterns.some(({ reader }) => reader === name))).toEqual([]);
  });

  test('a reader has one row per key', () => {
    const rows = accessPatterns.map((row) =>
      [row.entity, row.index, row.partition, row.by, shapeOfReader(row)].join(' '),
    );
    expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([]);
  });
});

describe('every kind of item has a layout', () => {
  test('the entities of the vocabulary and of the layouts are the same', () => {
    expect(layoutList.map(([entity]) => entity).toSorted()).toEqual([...entities].toSorted());
  });

  test('each entity is read, through each of its keys', () => {
    const read = new Set(accessPatterns.map(({ entity, index, partition }) => `${entity} ${index} ${partition}`));
    const written = forms.filter(({ index }) => index !== 'table');
    expect(
      written
        .map(({ entity, index, partition }) => `${entity} ${index} ${partition}`)
        .filter((form) => !read.has(form)),
    ).toEqual([]);
    expect(layoutList.filter(([, { reads }]) => reads.length === 0)).toEqual([]);
  });

  test('every partition of the table and of both indexes begins with its entity', () => {
    expect(
      forms.filter(({ entity, partition }) => !partition.startsWith(`${entity}#`)).map(({ partition }) => partition),
    ).toEqual([]);
  });

  test('no key of an entity matches two templates of one index', () => {
    const partitions = Map.groupBy(forms, ({ entity, index }) => `${entity} ${index}`);
    const clashes = [...partitions].filter(([, of]) => !areDistinct(of.map(({ partition }) => partition)));
    expect(clashes.map(([of]) => of)).toEqual([]);
  });

  test('an index with several templates says which items each has', () => {
    const several = [...Map.groupBy(forms, ({ entity, index }) => `${entity} ${index}`)].filter(
      ([, of]) => of.length > 1,
    );
    expect(several.filter(([, of]) => of.some(({ when }) => when === undefined)).map(([of]) => of)).toEqual([]);
  });
});

describe('key templates', () => {
  test('use known variables, and every variable is used', () => {
    const templates = forms.flatMap(({ partition, sort }) => [partition, sort]);
    expect(templates.flatMap(unknownVariables)).toEqual([]);
    expect(variableNames.filter((name) => !templates.some((template) => namesIn(template).includes(name)))).toEqual([]);
  });

  test('have free text at their end only', () => {
    const partitions = forms.map(({ partition }) => partition);
    const sorts = forms.filter(({ index }) => index === 'table').map(({ sort }) => sort);
    expect([...partitions, ...sorts].filter(hidesSeparators)).toEqual([]);
  });

  test('fit: 2,048 bytes of partition key, 1,024 bytes of sort key', () => {
    expect(forms.filter(({ partition }) => longestOf(partition) > 2_048).map(({ partition }) => partition)).toEqual([]);
    expect(
      forms
        .filter(({ sort }) => alternativesOf(sort).some((each) => longestOf(each) > 1_024))
        .map(({ entity, sort }) => `${entity} ${sort}`),
    ).toEqual([]);
  });
});

describe('partitions with many writes', () => {
  /** Entities that traffic writes: calls, messages, charges and their events. */
  const traffic: readonly Entity[] = [
    'cdr',
    'cdrparty',
    'cdrcall',
    'balance',
    'chargeday',
    'numberday',
    'call',
    'channel',
    'binding',
    'dialog',
    'event',
    'eventlog',
    'log',
    'webhookdelivery',
    'sms',
    'smslog',
    'batch',
    'email',
    'voicemail',
    'due',
  ];
  /** Variables with few values. */
  const coarse = new Set(['org', 'parent', 'kind', 'state', 'type', 'class', 'mailbox']);
  const isSpread = ({ partition, sort }: (typeof forms)[number]): boolean =>
    namesIn(`${partition} ${sort}`).includes('shard') || namesIn(partition).some((name) => !coarse.has(name));

  test('are spread over shards or many partitions, or the layout says why one suffices', () => {
    const crowded = forms
      .filter(({ entity }) => traffic.includes(entity))
      .filter((form) => !isSpread(form) && form.layout.unsharded === undefined);
    expect(crowded.map(({ entity, index, partition }) => `${entity} ${index} ${partition}`)).toEqual([]);
  });

  test('are sharded if they span the platform, or the layout says why not', () => {
    const whole = forms.filter(({ partition }) => namesIn(partition).length === 0 && !partition.includes('<shard>'));
    expect(whole.filter(({ layout }) => layout.unsharded === undefined).map(({ partition }) => partition)).toEqual([]);
  });
});
