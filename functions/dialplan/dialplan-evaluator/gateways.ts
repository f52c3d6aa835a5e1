import { rememberedId } from './remembered-id.ts';

/** Gateways as the plan knows them: which are managed, and what they do to a dialed string (dialplan.md, step 6). */

export type PlanGateway = {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly prefix: string;
  readonly strip: number;
};

/** The ids behind managed names when they were saved, by the lower-case name. */
export type GatewayIds = Readonly<Record<string, string>>;

/** `gone`: it was managed once, and leads nowhere; undefined: the switch may know it. */
type FoundGateway = PlanGateway | 'gone' | undefined;

/** How a gateway is named: by its id, or by a name, case ignored. */
export type Reference = {
  readonly text: string;
  readonly isId: boolean;
  /** The id, or the name in lower case. */ readonly key: string;
};

export const referenceTo = (text: string): Reference =>
  isGatewayId(text) ? { text, isId: true, key: text } : { text, isId: false, key: text.toLowerCase() };

export type GatewayDirectory = {
  /** A name that was managed when it was saved goes on meaning that gateway, whoever takes the name. */
  find(reference: Reference, ids: GatewayIds | undefined): FoundGateway;
};

/** Whether a gateway is named by its id: an unknown id is refused at save, an unknown name may be the switch's own. */
export const isGatewayId = (reference: string): boolean => reference.startsWith('gw_');

export function gatewayDirectory(gateways: readonly PlanGateway[]): GatewayDirectory {
  const byId = new Map(gateways.map((gateway) => [gateway.id, gateway]));
  const byName = new Map(gateways.map((gateway) => [gateway.name.toLowerCase(), gateway]));
  return {
    find({ isId, key }, ids) {
      const id = isId ? key : rememberedId(ids, key);
      return id === undefined ? byName.get(key) : (byId.get(id) ?? 'gone');
    },
  };
}

type Named = { readonly id: string; readonly name: string };

/**
 * What a save remembers of the gateways that it names, and what it says of the others: names that nobody manages
 * are passed on, ids that are nobody's refuse it. What was remembered before goes on meaning what it meant.
 */
export function rememberedGateways(
  references: readonly string[],
  managed: readonly Named[],
  before: GatewayIds = {},
): { readonly ids: GatewayIds; readonly unmanaged: readonly string[]; readonly unknown: readonly string[] } {
  const byId = new Set(managed.map(({ id }) => id));
  const byName = new Map(managed.map(({ id, name }) => [name.toLowerCase(), id]));
  const names = references.filter((reference) => !isGatewayId(reference));
  const ids = Object.fromEntries(
    names.flatMap((name) => {
      const id = rememberedId(before, name.toLowerCase()) ?? byName.get(name.toLowerCase());
      return id === undefined ? [] : [[name.toLowerCase(), id]];
    }),
  );
  return {
    ids,
    unmanaged: names.filter((name) => rememberedId(ids, name.toLowerCase()) === undefined),
    unknown: references.filter((reference) => isGatewayId(reference) && !byId.has(reference)),
  };
}

/** The string that a gateway dials for a dialed one. */
export const dialledBy = ({ prefix, strip }: PlanGateway, dialed: string): string => `${prefix}${dialed.slice(strip)}`;
