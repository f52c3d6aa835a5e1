import { platformRow } from '#dynamodb/row.ts';
import { omit } from '#schema/omit.ts';

/** The organization of a device, and the secret of its provisioning URL: found by the device that the URL names. */
export type ProvisionItem = {
  readonly device_id: string;
  readonly org_id: number;
  /** SHA-256 (hex) of the secret. */
  readonly hash: string;
  /** Sealed for the field `provisioning_secret` of the device, as answers contain the URL. */
  readonly secret: string;
  /** The previous secret: valid until the first fetch by the new one, or `valid_until` (ISO 8601). */
  readonly previous?: { readonly hash: string; readonly valid_until: string };
  /** Password of the phone's own pages, sealed for the field `admin_password` of the device. */
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

/** The secret of a URL: its hash, and sealed. */
type UrlSecret = { readonly hash: string; readonly sealed: string };

/** The item of a new device. @param adminPassword sealed */
export const newProvision = (
  device_id: string,
  org_id: number,
  { secret, adminPassword }: { readonly secret: UrlSecret; readonly adminPassword: string | undefined },
): ProvisionItem => ({
  device_id,
  org_id,
  hash: secret.hash,
  secret: secret.sealed,
  version: 1,
  ...(adminPassword === undefined ? {} : { admin_password: adminPassword }),
});

/** What changes: an absent field stays. */
type ProvisionChange = {
  /** The new secret of the URL, and until when the previous one is valid (ISO 8601); null: it ends at once. */
  readonly secret?: (UrlSecret & { readonly previousValidUntil: string | null }) | undefined;
  /** Sealed; null removes it. */
  readonly adminPassword?: string | null | undefined;
};

/** The item after a rotation of the URL's secret or a change of the admin password. */
export function changeProvision(before: ProvisionItem, { secret, adminPassword }: ProvisionChange): ProvisionItem {
  const password = adminPassword === undefined ? before.admin_password : adminPassword;
  return {
    ...(secret === undefined ? omit(before, 'admin_password') : omit(before, 'admin_password', 'previous')),
    version: before.version + 1,
    ...(password === null || password === undefined ? {} : { admin_password: password }),
    ...(secret === undefined
      ? {}
      : {
          hash: secret.hash,
          secret: secret.sealed,
          ...(secret.previousValidUntil === null
            ? {}
            : { previous: { hash: before.hash, valid_until: secret.previousValidUntil } }),
        }),
  };
}
