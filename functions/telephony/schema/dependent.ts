import { BlockedCaller } from '#telephony/blocked-caller.ts';
import { RingGroup, ringReferences } from '#telephony/ring-group.ts';
import type { CallFlow } from './call-flow.ts';

/**
 * What depends on a user, call flow, ring group or schedule (functions/telephony/README.md, "Dependents"):
 * resources that name it.
 */

export const dependentTypes = ['number', 'device', 'sim', 'ring_group', 'flow', 'blocked_caller', 'user'] as const;

export type Dependent = {
  readonly type: (typeof dependentTypes)[number];
  readonly id: string;
  readonly name: string;
  /** Its field that names the target. */
  readonly path: string;
};

/** What is asked about, with all by which others name it. */
export type Target = {
  readonly type: 'user' | 'flow' | 'ring_group' | 'schedule';
  readonly id: string;
  readonly extension: string | null;
  /** Name of the mailbox of the user; null: there is none. */
  readonly mailbox: string | null;
};

export const flowTarget = ({ id, extension = null }: Pick<CallFlow, 'id' | 'extension'>): Target => ({
  ...{ type: 'flow', id, extension, mailbox: null },
});

/** @param extension null: it has none */
export const targetOf = (
  type: 'ring_group' | 'schedule',
  { id, extension = null }: { readonly id: string; readonly extension?: string | null },
): Target => ({ type, id, extension, mailbox: null });

/** A name in a resource. `kind`: the type of a route, the kind of a reference, or `extension`. */
export type Naming = { readonly kind: string; readonly id: string; readonly path: string };

/** The names of a target, by the kinds under which others have them. */
const namesOf = ({ type, id, extension, mailbox }: Target): Readonly<Record<string, string | null>> => ({
  ...{ [type]: id, extension },
  ...{ mailbox, voicemail: mailbox },
});

/** The routes of numbers to a target. */
export const routesTo = (target: Target) =>
  (['user', 'flow', 'ring_group', 'voicemail', 'mailbox'] as const).flatMap((type) => {
    const id = namesOf(target)[type];
    return id == null ? [] : [{ type, id }];
  });

/** The path of the first name that is one of the target; undefined: none is. */
function pathTo(target: Target, namings: readonly Naming[]): string | undefined {
  const names = namesOf(target);
  return namings.find(({ kind, id }) => names[kind] === id)?.path;
}

type Named = { readonly id: string; readonly name: string };

/** The items that name a target. @param namingsOf all that an item names */
export const dependentsAmong = <Item extends Named>(
  type: Dependent['type'],
  target: Target,
  items: readonly Item[],
  namingsOf: (item: Item) => readonly Naming[],
): Dependent[] =>
  items.flatMap((item) => {
    const path = pathTo(target, namingsOf(item));
    return path === undefined ? [] : [{ type, id: item.id, name: item.name, path }];
  });

/** @param groups as stored */
export const dependentGroups = (target: Target, groups: readonly Named[]): Dependent[] =>
  dependentsAmong('ring_group', target, groups, (group) => ringReferences(RingGroup.parse(group)));

/** @param blocked as stored */
export const dependentBlocks = (target: Target, blocked: readonly Named[]): Dependent[] =>
  dependentsAmong('blocked_caller', target, blocked, (entry) => {
    const { action } = BlockedCaller.parse(entry);
    return typeof action === 'string' ? [] : [{ kind: 'flow', id: action.flow, path: 'action.flow' }];
  });
