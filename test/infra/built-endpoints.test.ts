import { describe, expect, test } from 'vitest';
import { contracts } from '../../functions/contracts.ts';
import type { Effect } from '../../shared/contract/effects.ts';
import type { Endpoint } from '../../shared/contract/endpoint.ts';
import { allEffectsOf } from '../../shared/contract/pipeline-effects.ts';
import { accessPatterns } from '../../functions/access-patterns.ts';
import type { AccessPattern } from '../../shared/dynamodb/access-patterns/layout.ts';
import { additions, inventory, shapeOf } from './inventory.ts';

type Read = Extract<Effect, { kind: 'reads' }>;

const built: readonly Endpoint[] = contracts.flatMap((each) => (each.kind === 'resource' ? each.endpoints : []));
const wanted = new Map([...inventory, ...additions].map((each) => [shapeOf(each.route), each]));
const isRead = (effect: Effect): effect is Read => effect.kind === 'reads';
const keyOf = ({ entity, index }: { entity: string; index?: string }): string => `${entity} by ${index ?? 'table'}`;
const rowsOf = ({ route }: Endpoint): readonly AccessPattern[] =>
  accessPatterns.filter(({ reader }) => shapeOf(reader) === shapeOf(route));

/** Query parameters that page, name the organization or only change the form of the answer. */
const presentation = new Set([
  'limit',
  'offset',
  'page',
  'per_page',
  'page_token',
  'count',
  'org_id',
  'orgId',
  'sort',
  'order',
  'format',
  'include',
  'include_members',
  'include_history',
  'resolution',
  'view',
]);

// If one of these fails, correct the contract, or add the reader by its route to `shared/dynamodb/access-patterns/`.
describe('endpoints match the inventory', () => {
  test('every endpoint of a contract is in the inventory, with its scope', () => {
    const unexpected = built.filter(({ route, scope }) => wanted.get(shapeOf(route))?.scope !== scope);
    expect(unexpected.map(({ route, scope }) => `${route} (${scope})`)).toEqual([]);
  });

  test('an addition is not in the inventory too', () => {
    expect(wanted.size).toBe(inventory.length + additions.length);
  });

  test('every read that a contract declares is a row of the access patterns', () => {
    const rows = new Set(accessPatterns.map(keyOf));
    const read = contracts.flatMap((contract) =>
      allEffectsOf(contract)
        .filter(isRead)
        .map((effect) => ({ contract: contract.name, key: keyOf(effect) })),
    );
    expect(read.filter(({ key }) => !rows.has(key)).map(({ contract, key }) => `${contract} reads ${key}`)).toEqual([]);
  });

  test('an endpoint reads only what its rows name', () => {
    const undeclared = built.flatMap((endpoint) => {
      const rows = new Set(rowsOf(endpoint).map(keyOf));
      return endpoint.effects
        .filter(isRead)
        .filter((effect) => !rows.has(keyOf(effect)))
        .map((effect) => `${endpoint.route} reads ${keyOf(effect)}`);
    });
    expect(undeclared).toEqual([]);
  });

  test('a list queries by a key that its rows name', () => {
    const lists = built.filter((endpoint) => wanted.get(shapeOf(endpoint.route))?.kind === 'list');
    const withoutQuery = lists.filter((endpoint) => {
      const declared = new Set(
        endpoint.effects.flatMap((effect) =>
          effect.kind === 'reads' || effect.kind === 'writes' ? [keyOf(effect)] : [],
        ),
      );
      return !rowsOf(endpoint).some((row) => row.by === 'Query' && declared.has(keyOf(row)));
    });
    expect(withoutQuery.map(({ route }) => route)).toEqual([]);
  });

  test('a list filters only by what its rows describe', () => {
    const lists = built.filter((endpoint) => wanted.get(shapeOf(endpoint.route))?.kind === 'list');
    const undeclared = lists.flatMap((endpoint) => {
      const words = rowsOf(endpoint).flatMap(({ serves = '', filters = '' }) =>
        `${serves} ${filters}`.split(/[^\w-]+/),
      );
      const parameters = Object.keys(endpoint.query ?? {}).filter((name) => !presentation.has(name));
      return parameters.filter((name) => !words.includes(name)).map((name) => `${endpoint.route} by ${name}`);
    });
    expect(undeclared).toEqual([]);
  });
});
