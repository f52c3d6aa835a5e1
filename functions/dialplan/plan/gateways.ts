import { resolvedId } from '../schema/policy.ts';

/** Gateways as the plan contains them: the managed ones, and how they change a dialed string. */

export type PlanGateway = {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Added in front of the number, after `strip`. */
  readonly prefix: string;
  /** Leading characters of the dialed string to remove. */
  readonly strip: number;
};

/** The resolved ids of gateway names, by the lower-case name. */
export type GatewayIds = Readonly<Record<string, string>>;

/** `gone`: a managed gateway that is deleted; undefined: not managed, but the switch may know it. */
type FoundGateway = PlanGateway | 'gone' | undefined;

/** The id or name of a gateway; names ignore case. */
export type Reference = {
  readonly text: string;
  readonly isId: boolean;
  /** The id, or the name in lower case. */
  readonly key: string;
};

export const referenceTo = (text: string): Reference =>
  isGatewayId(text) ? { text, isId: true, key: text } : { text, isId: false, key: text.toLowerCase() };

export type GatewayDirectory = {
  /** A name that the save resolved stays the same gateway, even if another takes the name. */
  find(reference: Reference, ids: GatewayIds | undefined): FoundGateway;
};

/** Whether a reference is an id. An unknown id is rejected at the save; an unknown name may be one of the switch. */
export const isGatewayId = (reference: string): boolean => reference.startsWith('gw_');

export function gatewayDirectory(gateways: readonly PlanGateway[]): GatewayDirectory {
  const byId = new Map(gateways.map((gateway) => [gateway.id, gateway]));
  const byName = new Map(gateways.map((gateway) => [gateway.name.toLowerCase(), gateway]));
  return {
    find({ isId, key }, ids) {
      const id = isId ? key : resolvedId(ids, key);
      return id === undefined ? byName.get(key) : (byId.get(id) ?? 'gone');
    },
  };
}

type Named = { readonly id: string; readonly name: string };

/**
 * Resolves gateway names to ids. Names without a managed gateway are `unmanaged`, ids without one are `unknown`.
 * @param before ids that were resolved before, which stay
 */
export function resolveGateways(
  references: readonly string[],
  managed: readonly Named[],
  before: GatewayIds = {},
): { readonly ids: GatewayIds; readonly unmanaged: readonly string[]; readonly unknown: readonly string[] } {
  const byId = new Set(managed.map(({ id }) => id));
  const byName = new Map(managed.map(({ id, name }) => [name.toLowerCase(), id]));
  const names = references.filter((reference) => !isGatewayId(reference));
  const ids = Object.fromEntries(
    names.flatMap((name) => {
      const id = resolvedId(before, name.toLowerCase()) ?? byName.get(name.toLowerCase());
      return id === undefined ? [] : [[name.toLowerCase(), id]];
    }),
  );
  return {
    ids,
    unmanaged: names.filter((name) => resolvedId(ids, name.toLowerCase()) === undefined),
    unknown: references.filter((reference) => isGatewayId(reference) && !byId.has(reference)),
  };
}

/** The number that a gateway dials for a dialed string. */
export const gatewayNumber = ({ prefix, strip }: PlanGateway, dialed: string): string =>
  `${prefix}${dialed.slice(strip)}`;
