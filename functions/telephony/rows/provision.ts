import { platformRow } from '../../../shared/dynamodb/row.ts';

/** How a phone fetches its file: whose it is, found by the device that its URL names, and the URL's secret. */
export type ProvisionItem = {
  readonly device_id: string;
  readonly org_id: number;
  /** SHA-256 (hex) of the secret. */
  readonly hash: string;
  /** Sealed, as the URL is shown again: `provisioning_secret` of the device. */
  readonly secret: string;
  /** The secret before, until the first fetch by the new one or `valid_until` (ISO 8601). */
  readonly previous?: { readonly hash: string; readonly valid_until: string };
  /** Password of the phone's own pages, sealed: `admin_password` of the device. */
  readonly admin_password?: string;
  readonly version: number;
};

export const provisionRow = platformRow<'provision', ProvisionItem, { device_id: string }, { device_id: string }>(
  'provision',
  {
    partition: ({ device_id }) => [device_id],
    sort: () => 'device',
  },
);
