import type { OrganizationIp } from '../../schema/organization-ip.ts';
import { hourExpires, hourOf } from '../../telephony/gateway-history.ts';
import { row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** `orgip#1001`, newest first by id; GSI1: those of a parent's children; GSI2: all. */
export const organizationIpRow = row<'orgip', OrganizationIp, { id: string }>('orgip', {
  unsharded: 'few writes',
  sort: ({ id }) => id,
  index1: ({ parent_id: parent, id }) => ({ partition: organizationIpsBelow(parent), sort: id }),
  index2: ({ id }) => ({ partition: allOrganizationIps, sort: id }),
});

/** Partitions of the indexes, after the entity. */
export const organizationIpsBelow = (parent: number | null): readonly string[] => ['parent', String(parent ?? 0)];
export const allOrganizationIps: readonly string[] = ['all'];

/** `orgip-network#1001` by network: a network is listed once. */
export const organizationNetworkRow = row<
  'orgip-network',
  { readonly network: string; readonly orgip_id: string },
  { network: string }
>('orgip-network', { sort: ({ network }) => network });

/** The SIP requests from a listed network in one hour. */
export type OrganizationIpUse = {
  readonly orgip_id: string;
  /** `2026-01-15T10`. */
  readonly hour: string;
  readonly requests: number;
  /** Time of the last one (ISO 8601). */
  readonly last_seen: string;
};

type UseKey = { orgip_id: string; hour: string };

/** `orgip-use#1001#orgip_…` by hour, for 24 hours. Each task of the sidecar adds its counts every 30 s. */
export const organizationIpUseRow = row<'orgip-use', OrganizationIpUse, UseKey, { orgip_id: string }>('orgip-use', {
  afterClosing: 'expires two days after its hour',
  partition: ({ orgip_id: id }) => [id],
  sort: ({ hour }) => hour,
});

/** Adds requests to their hour. Concurrent writers do not overwrite each other. @param at Unix milliseconds */
export function addOrganizationIpUse(id: string, requests: number, at: number): Write<'orgip-use'> {
  const hour = hourOf(at);
  return change<'orgip-use', UseKey>(
    organizationIpUseRow,
    { orgip_id: id, hour },
    {
      set: { orgip_id: id, hour, last_seen: new Date(at).toISOString(), ttl: hourExpires(hour) },
      add: { requests },
    },
  );
}
