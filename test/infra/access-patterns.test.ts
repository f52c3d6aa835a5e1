import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accessPatterns, allReads, type AccessPattern } from '#bin/access-patterns/patterns.ts';
import { loadRows } from '#bin/access-patterns/rows.ts';
import { contracts } from '#functions/contracts.ts';
import type { Entity } from '#contract/entities.ts';
import { effectsOf } from '#contract/resource.ts';
import { inventory, shapeOf } from './inventory.ts';
import { areDisjoint, fieldsIn, hidesSeparators, longestOf } from './key-templates.ts';

const root = new URL('../../', import.meta.url);
const rows = await loadRows();
const patterns = await accessPatterns();

const keyOf = ({ entity, index }: Pick<AccessPattern, 'entity' | 'index'>): string => `${entity} by ${index}`;
const formOf = ({ row, index, partition, sort }: AccessPattern): string => `${row} ${index}: ${partition} | ${sort}`;

describe('rows', () => {
  test('are exported by the files that access patterns are derived from', () => {
    const files = globSync(['functions/**/*.ts', 'shared/**/*.ts'], { cwd: root }).filter(
      (file) => !/[.](test|fixture)[.]ts$/.test(file),
    );
    const declared = files.flatMap((file) =>
      [
        ...readFileSync(new URL(file, root), 'utf8').matchAll(/^(?:export )?const (\w+) = (?:platformRow|row)[<(]/gm),
      ].map(([, name]) => name),
    );
    expect(declared.filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
    expect(declared.length).toBeGreaterThan(140);
  });

  test('have entities whose names cannot be taken for the start of others', () => {
    expect(rows.map(({ row }) => row.entity).filter((entity) => !/^[a-z]+(-[a-z]+)*$/.test(entity))).toEqual([]);
  });

  test('exist for every entity that a contract names', () => {
    const declared = new Set(rows.map(({ row }) => row.entity));
    const declarations = contracts.flatMap((contract) => [
      ...(contract.kind === 'resource' ? contract.endpoints.map(({ id, effects }) => ({ at: id, effects })) : []),
      { at: contract.name, effects: effectsOf(contract) },
      ...(contract.cascades ?? []).map(({ event, effects }) => ({ at: `${contract.name}, ${event}`, effects })),
    ]);
    const missing = declarations.flatMap(({ at, effects }) =>
      [...effects].flatMap((effect) =>
        'entity' in effect && !declared.has(effect.entity)
          ? [`${at} ${effect.kind} '${effect.entity}': declare row('${effect.entity}', …) in row.ts, or mend the name`]
          : [],
      ),
    );
    expect(missing, missing[0]).toEqual([]);
  });
});

test('requests that write a row whose writers take turns declare it, and no others', () => {
  const inTurn = new Set(rows.flatMap(({ row }) => (row.inTurn === true ? [row.entity] : [])));
  const written = contracts.flatMap((contract) =>
    contract.kind === 'resource'
      ? contract.endpoints.flatMap(({ route, effects }) =>
          effects.flatMap((effect) => (effect.kind === 'writes' ? [{ route, ...effect }] : [])),
        )
      : [],
  );
  const wrong = written.filter(({ entity, inTurn: isDeclared = false }) => isDeclared !== inTurn.has(entity));
  expect(wrong.map(({ route, entity }) => `${route}: ${entity}`)).toEqual([]);
  expect(written.filter(({ entity }) => inTurn.has(entity)).length).toBeGreaterThan(8);
});

describe('when an organization is closed', () => {
  /** What the cascades of an event delete or change. */
  const writtenAfter = (event: string): readonly string[] =>
    contracts.flatMap(({ cascades = [] }) =>
      cascades
        .filter((cascade) => cascade.event === event)
        .flatMap(({ effects }) => effects.flatMap((effect) => (effect.kind === 'writes' ? [effect.entity] : []))),
    );
  // The cascade of an organization runs those of its users.
  const deleted = new Set([...writtenAfter('org.closed'), ...writtenAfter('user.deleted')]);

  test('its items are deleted, expire, or say why they stay', () => {
    const stays = new Set(rows.flatMap(({ row }) => (row.afterClosing === undefined ? [] : [row.entity])));
    const forgotten = rows.filter(
      ({ row }) =>
        row.scope === 'organization' && !deleted.has(row.entity) && !stays.has(row.entity) && row.expires === undefined,
    );
    expect(
      forgotten.map(
        ({ name, row }) =>
          `${name}: declare after('org.closed', [writes('${row.entity}')]) in a contract, or afterClosing: '<why>'`,
      ),
    ).toEqual([]);
  });

  test('no row that a cascade deletes says that it stays', () => {
    const stays = rows.filter(({ row }) => row.afterClosing !== undefined);
    expect(stays.filter(({ row }) => writtenAfter('org.closed').includes(row.entity)).map(({ name }) => name)).toEqual(
      [],
    );
    expect(stays.length).toBeGreaterThan(20);
  });
});

describe('every read', () => {
  test('is by a key that a row of its entity declares', () => {
    const declared = new Set(patterns.map(keyOf));
    expect(
      allReads.filter((read) => !declared.has(keyOf(read))).map((read) => `${read.reader}: ${keyOf(read)}`),
    ).toEqual([]);
  });

  test('has a key, and every key is read', () => {
    expect(patterns.filter(({ readers }) => readers.length === 0).map(formOf)).toEqual([]);
  });

  test('of a list is declared', () => {
    const reading = new Set(allReads.map(({ reader }) => shapeOf(reader)));
    const built = new Set(
      contracts.flatMap((each) => (each.kind === 'resource' ? each.endpoints : [])).map(({ route }) => shapeOf(route)),
    );
    const lists = inventory.filter(({ kind, route }) => kind === 'list' && built.has(shapeOf(route)));
    expect(lists.map(({ route }) => route).filter((route) => !reading.has(shapeOf(route)))).toEqual([]);
  });
});

describe('keys', () => {
  test('of one entity never match two forms of a partition', () => {
    const clashes = [...Map.groupBy(patterns, keyOf)].flatMap(([key, forms]) => {
      const partitions = [...new Set(forms.map(({ partition }) => partition.replace(/#(<shard>|\d+)/, '')))];
      return partitions.flatMap((one, at) =>
        partitions.slice(at + 1).flatMap((other) => (areDisjoint(one, other) ? [] : [`${key}: ${one} and ${other}`])),
      );
    });
    expect(clashes).toEqual([]);
  });

  test('have free text at their end only', () => {
    const texts = patterns.flatMap(({ index, partition, sort }) =>
      index === 'table' ? [partition, sort] : [partition],
    );
    expect([...new Set(texts.filter(hidesSeparators))]).toEqual([]);
  });

  test('fit: 2,048 bytes of partition key, 1,024 bytes of sort key', () => {
    expect(patterns.filter(({ partition }) => longestOf(partition) > 2_048).map(formOf)).toEqual([]);
    expect(patterns.filter(({ sort }) => longestOf(sort) > 1_024).map(formOf)).toEqual([]);
  });
});

describe('partitions with many writes', () => {
  /** Entities that traffic writes: calls, messages, charges and their events. */
  const traffic: readonly Entity[] = [
    'balance',
    'batch',
    'binding',
    'call',
    'cdr',
    'cdrcall',
    'cdrparty',
    'channel',
    'chargeday',
    'dialog',
    'due',
    'email',
    'event',
    'eventlog',
    'log',
    'numberday',
    'sms',
    'smslog',
    'voicemail',
    'webhookdelivery',
  ];
  /** Fields with few values. */
  const coarse = new Set(['organization', 'org_id', 'parent', 'parent_id', 'kind', 'status', 'type', 'mailbox']);
  const hasShards = ({ partition, sort }: AccessPattern): boolean => /#(<shard>|\d+)(#|$)/.test(`${partition}#${sort}`);
  const isSpread = ({ row, index, partition }: AccessPattern): boolean =>
    patterns.some((other) => other.row === row && other.index === index && hasShards(other)) ||
    fieldsIn(partition).some((name) => !coarse.has(name));

  test('are spread over shards or many partitions, or the row says why one suffices', () => {
    const crowded = patterns.filter(({ entity, unsharded }) => traffic.includes(entity) && unsharded === undefined);
    expect(crowded.filter((pattern) => !isSpread(pattern)).map(formOf)).toEqual([]);
  });

  test('are sharded if they span the platform, or the row says why not', () => {
    const whole = patterns.filter(({ partition }) => fieldsIn(partition).length === 0 && !/#\d+$/.test(partition));
    expect(whole.filter(({ unsharded }) => unsharded === undefined).map(formOf)).toEqual([]);
  });
});
