import type { Derive } from '#contract/derived.ts';
import type { FunctionContract } from '#contract/resource.ts';
import type { DeclaredCascades } from './handler.ts';

/** What a contract declares of cascades; none: an empty list. */
export function declaredBy(area: string, contract: FunctionContract): readonly DeclaredCascades[] {
  const { name, folder = name, cascades = [] } = contract;
  if (cascades.length === 0) return [];
  const events = cascades.map(({ event }) => event);
  const stored = contract.kind === 'resource' ? contract.stored : undefined;
  if (stored === undefined) return [{ area, folder, events }];
  const { entity, noun, plural, owner } = stored;
  return [{ area, folder, events, stored: { entity, noun, plural, owner } }];
}

/** All cascades, area by area. */
export const derive = ((_contracts, byArea) => ({
  'cascades.json': Object.entries(byArea).flatMap(([area, contracts]) =>
    contracts.flatMap((contract) => declaredBy(area, contract)),
  ),
})) satisfies Derive;
