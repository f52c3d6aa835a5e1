import { describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { additions, inventory, shapeOf } from './inventory.ts';

const built = contracts.flatMap((each) => (each.kind === 'resource' ? each.endpoints : []));
const wanted = new Map([...inventory, ...additions].map((each) => [shapeOf(each.route), each]));

describe('endpoints match the inventory', () => {
  test('every endpoint of a contract is in the inventory, with its scope', () => {
    const unexpected = built.filter(({ route, scope }) => wanted.get(shapeOf(route))?.scope !== scope);
    expect(unexpected.map(({ route, scope }) => `${route} (${scope})`)).toEqual([]);
  });

  test('an addition is not in the inventory too', () => {
    expect(wanted.size).toBe(inventory.length + additions.length);
  });
});
