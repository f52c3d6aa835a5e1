import { AppError } from '#errors.ts';
import { accountLines, type Device } from '#schema/device.ts';
import type { PhoneLine } from '#schema/phone.ts';
import type { Trunk } from '#telephony/trunk.ts';
import { domainErrors } from './errors.ts';

/** What uses a domain: trunks by their realm, devices and phone lines by the SIP domain of their accounts. */

/** Users that an error names. */
const maxNamed = 20;

const sameHost = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The trunks whose realm is a domain. */
export const trunksOfRealm = <T extends Pick<Trunk, 'realm'>>(trunks: readonly T[], host: string): T[] =>
  trunks.filter(({ realm }) => realm !== null && sameHost(realm, host));

type Users = {
  readonly trunks: readonly Pick<Trunk, 'id' | 'name' | 'realm'>[];
  /** Devices whose accounts have the domain. */
  readonly devices: readonly Pick<Device, 'id' | 'mac_address' | 'lines'>[];
  /** Live phone lines. */
  readonly lines: readonly Pick<PhoneLine, 'username' | 'domain'>[];
};

/** @throws AppError DOMAIN_IN_USE, with details of up to 20 trunks, devices and phone lines */
export function assertUnused(host: string, { trunks, devices, lines: phoneLines }: Users): void {
  const users = [
    ...trunksOfRealm(trunks, host).map(({ id, name }) => ({ path: id, message: `trunk ${name} has it as realm` })),
    ...devices
      .filter(({ lines }) => accountLines(lines).length > 0)
      .map(({ id, mac_address: mac }) => ({ path: id, message: `device ${mac} registers with it` })),
    ...phoneLines
      .filter(({ domain }) => sameHost(domain, host))
      .map(({ username }) => ({ path: username, message: `phone line ${username} registers with it` })),
  ];
  if (users.length === 0) return;
  throw new AppError(
    domainErrors.DOMAIN_IN_USE,
    'Trunks, devices or phone lines use this domain; force=true deletes it, and they use the primary domain or that ' +
      'of the platform',
    { details: users.slice(0, maxNamed) },
  );
}
