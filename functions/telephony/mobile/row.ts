import { platformRow, row } from '#dynamodb/row.ts';
import type { SimItem } from './sim.ts';

/** `mobile#1001`, newest first by id; GSI1 lists those of a user. */
export const simRow = row<'mobile', SimItem, { id: string }>('mobile', {
  sort: ({ id }) => id,
  index1: (item, organization) =>
    item.user_id === null ? undefined : { partition: simsOfUser(organization, item.user_id), sort: item.id },
});

/** The partition of GSI1 that holds a user's SIMs, after the entity. */
export const simsOfUser = (organization: number, user: string): readonly string[] => [
  String(organization),
  'user',
  user,
];

type SimKey = { readonly kind: 'iccid' | 'imsi' | 'msisdn'; readonly number: string };

/** The SIM with an ICCID, IMSI or MSISDN, each unique on the platform. */
export const simKeyRow = platformRow<
  'mobile-key',
  SimKey & { readonly org_id: number; readonly sim_id: string },
  SimKey,
  SimKey
>('mobile-key', {
  partition: ({ kind, number }) => [kind, number],
  sort: () => 'mobile',
});
