import type { Caller } from '#http/admission/caller.ts';
import { coversRecord } from '#http/authorization/own-records.ts';
import type { Device } from '#schema/device.ts';
import { deviceSecrets } from '#secrets/device-secrets.ts';
import type { Seals } from '#secrets/seals.ts';
import type { ProvisionItem } from '../rows/provision.ts';

/** The provisioning URL of a device contains a secret, and is for those that may change the device. */
export const maySeeUrl = (caller: Caller, device: Pick<Device, 'user_id'>): boolean =>
  caller.scopes.has('telephony:write') && coversRecord(caller, 'telephony:write', device.user_id);

/** The provisioning URLs of devices. */
export async function openUrls(
  provisions: readonly (ProvisionItem | undefined)[],
  { organization: { org_id: organization } }: { readonly organization: { readonly org_id: number } },
  { seals, url }: { readonly seals: Seals; readonly url: string },
): Promise<(string | null)[]> {
  return Promise.all(
    provisions.map(async (item) => {
      if (item === undefined) return null;
      const secret = await deviceSecrets(seals, organization, item.device_id).openUrlSecret(item.secret);
      return `${url}/provision/${item.device_id}/${secret}/`;
    }),
  );
}
