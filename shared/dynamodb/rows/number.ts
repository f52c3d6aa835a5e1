import type { StoredMoney } from '../../schema/money.ts';
import { platformRow } from '../row.ts';

export type RouteType = 'trunk' | 'device' | 'user' | 'policy_group' | 'voicemail';

/** A number of the platform, whoever holds it. */
export type NumberItem = {
  readonly id: string;
  /** `+46890510`. */
  readonly number: string;
  readonly country: string;
  readonly type: 'geographic' | 'mobile' | 'toll_free' | 'national' | 'shared_cost' | 'premium';
  readonly state: 'available' | 'active' | 'released';
  /** Who holds it, or held it last while it is in quarantine; null while it is available. */
  readonly org_id: number | null;
  /** What the inventory offers, and what of it the holder uses. */
  readonly offered: readonly string[];
  readonly capabilities: readonly string[];
  readonly label: string | null;
  readonly route: { readonly type: RouteType; readonly id: string } | null;
  readonly max_channels: number | null;
  readonly max_inbound: number | null;
  readonly max_outbound: number | null;
  /** Micro-units of the operator's currency. */
  readonly monthly_fee: StoredMoney;
  readonly activated_at: string | null;
  readonly released_at: string | null;
  readonly quarantine_until: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The thing that a route names, as keys have it: `device/dev_…`. */
export const routeThing = ({ type, id }: { readonly type: RouteType; readonly id: string }): string => `${type}/${id}`;

/** `number#+46890510`; GSI1 the held ones of an organization, or all that are available; GSI2 what is routed to a thing. */
export const numberRow = platformRow<'number', NumberItem, { number: string }, { number: string }>('number', {
  partition: ({ number }) => [number],
  sort: () => 'number',
  index1: (item) => ({ partition: item.org_id === null ? availableNumbers : numbersOf(item.org_id), sort: item.number }),
  index2: (item) => (item.org_id === null || item.route === null ? undefined : { partition: numbersRoutedTo(item.org_id, routeThing(item.route)), sort: item.number }),
});

/** Partitions of the indexes, after the entity. */
export const numbersOf = (organization: number): readonly string[] => [String(organization)];
export const availableNumbers: readonly string[] = ['available'];
export const numbersRoutedTo = (organization: number, thing: string): readonly string[] => [String(organization), thing];

/** The number behind a `num_` id. */
export const numberIdRow = platformRow<'number-id', { id: string; number: string }, { id: string }, { id: string }>('number-id', {
  partition: ({ id }) => [id],
  sort: () => 'number',
});
