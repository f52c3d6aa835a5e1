import type { AppError } from '#errors.ts';
import { accountLines, type Device } from '#schema/device.ts';
import { hour, second } from '#schema/time.ts';
import { type Vendor, vendorOf } from '../devices/vendor.ts';
import { type Account, codecs, type Configuration, type ProvisioningFile } from './configuration.ts';
import { type Template, withTemplate } from './template-file.ts';
import { timeZoneOf } from './time-zone.ts';
import { type ListedKey, watchingKeys } from './watched-keys.ts';
import { ciscoSpaFiles } from './cisco-spa.ts';
import { grandstreamFiles } from './grandstream.ts';
import { plainFiles } from './plain.ts';
import { polycomFiles } from './polycom.ts';
import { snomFiles } from './snom.ts';
import { yealinkFiles } from './yealink.ts';

/** Builds the configuration of a device and finds its files. */

const formats: Readonly<Record<Vendor, (configuration: Configuration) => ProvisioningFile[]>> = {
  yealink: yealinkFiles,
  polycom: polycomFiles,
  'cisco-spa': ciscoSpaFiles,
  grandstream: grandstreamFiles,
  snom: snomFiles,
  other: plainFiles,
};

/** The files of a device, in the order in which its phone fetches them. @throws AppError NOT_RENDERABLE */
export const filesOf = (configuration: Configuration): ProvisioningFile[] =>
  formats[configuration.vendor](configuration);

/** Seconds. */
const registrationExpiry = hour / second;

/** Replaces passwords for callers that may not see them. */
const mask = '********';

/** Secrets of a device, opened. */
export type Secrets = {
  /** Password and domain of each line, by SIP user name. */
  readonly accounts: ReadonlyMap<string, { readonly password: string; readonly domain: string }>;
  readonly adminPassword: string | null;
  readonly url: string;
};

/** The secrets with every password and the URL masked. */
export const maskSecrets = ({ accounts, adminPassword }: Secrets): Secrets => ({
  accounts: new Map([...accounts].map(([name, account]) => [name, { ...account, password: mask }])),
  adminPassword: adminPassword === null ? null : mask,
  url: `${mask}/`,
});

type Environment = {
  readonly proxy: string | null;
  /** The year whose clock changes the file contains. */
  readonly year: number;
  /** Keys of a BLF list. */
  readonly listed?: readonly ListedKey[];
};

export function configurationOf(
  device: Device,
  secrets: Secrets,
  { proxy, year, listed = [] }: Environment,
): Configuration {
  const accounts = accountLines(device.lines).flatMap((line, position): Account[] => {
    const account = secrets.accounts.get(line.sip_username);
    if (account === undefined) return [];
    return [
      {
        ...account,
        at: position + 1,
        line: line.line_number,
        extension: line.extension,
        displayName: line.label ?? device.name ?? line.extension,
        username: line.sip_username,
      },
    ];
  });
  const vendor = vendorOf(device);
  const { timezone, language } = device.settings;
  return {
    device,
    vendor,
    accounts,
    keys: watchingKeys(device.lines, listed, vendor),
    proxy,
    expiry: registrationExpiry,
    codecs,
    url: secrets.url,
    timezone: timeZoneOf(timezone, year),
    language: typeof language === 'string' ? language : null,
    adminPassword: secrets.adminPassword,
  };
}

/**
 * The file with a name, or the first one. `isLast`: the phone has its whole configuration after it.
 * @param template the organization's own, if the device has one
 */
export function findFile(
  configuration: Configuration,
  name: string | undefined,
  template?: Template,
): { readonly file: ProvisioningFile; readonly isLast: boolean } | undefined {
  const standard = filesOf(configuration);
  const files = template === undefined ? standard : withTemplate(standard, template, configuration);
  const at = name === undefined ? 0 : files.findIndex((each) => each.name === name);
  const file = files[at];
  return file === undefined ? undefined : { file, isLast: at === files.length - 1 };
}

/** Whether an error means that the format cannot carry the configuration. */
export const isNotRenderable = (error: unknown): error is AppError =>
  error instanceof Error && 'code' in error && error.code === 'NOT_RENDERABLE';
