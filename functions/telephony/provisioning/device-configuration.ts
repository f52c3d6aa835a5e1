import type { AppError } from '#errors.ts';
import { accountLines, type Device } from '#schema/device.ts';
import { day, hour, second } from '#schema/time.ts';
import { vendorOf, type Vendor } from '../devices/vendor.ts';
import { ciscoSpaFiles } from './cisco-spa.ts';
import { codecs, macDigits, type Account, type Configuration, type ProvisioningFile } from './configuration.ts';
import { grandstreamFiles } from './grandstream.ts';
import { polycomFiles } from './polycom.ts';
import { snomFiles } from './snom.ts';
import { withTemplate, type Template } from './template-file.ts';
import { timeZoneOf } from './time-zone.ts';
import { watchingKeys, type ListedKey } from './watched-keys.ts';
import { yealinkFiles } from './yealink.ts';

/** Builds the configuration of a device and finds its files. */

/** JSON, for softphones and for phones without a format of their own. */

const accountValues = (
  { line, extension, displayName, username, password, domain }: Account,
  { proxy, expiry, transport, encryption }: Configuration,
) => ({
  line_number: line,
  extension,
  display_name: displayName,
  username,
  auth_name: username,
  password,
  domain,
  outbound_proxy: proxy,
  transport,
  ...(encryption === 'none' ? {} : { media_encryption: encryption }),
  registration_expiry: expiry,
});

export function plainFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, codecs, timezone, language, adminPassword, url } = configuration;
  const content = {
    device_id: device.id,
    mac_address: device.mac_address,
    name: device.name,
    provisioning_url: url,
    accounts: accounts.map((account) => accountValues(account, configuration)),
    keys: keys.map(({ line, extension, label }) => ({ line_number: line, type: 'blf', extension, label })),
    codecs,
    timezone: timezone?.name ?? null,
    language,
    admin_password: adminPassword,
    settings: device.settings,
  };
  return [
    {
      name: `${macDigits(device)}.json`,
      contentType: 'application/json',
      content: `${JSON.stringify(content, null, 2)}\n`,
    },
  ];
}

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

const fileName = /^(?:spa|cfg|snom-)?(?!0{12})[0-9a-f]{12}(?:-reg)?\.(?:cfg|xml|json)$/;

/**
 * Whether a device can have a file of this name. Phones of most makes first request others, such as
 * `y000000000000.boot` and `000000000000.cfg`.
 */
export const isFileName = (name: string): boolean => fileName.test(name);

/** Seconds. */
const registrationExpiry = hour / second;
/** Seconds. Phones of a zone whose clock changes follow no rule show the former time for a day at most. */
const fetchInterval = day / second;

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
  /** The proxy over TLS; absent: the phone finds it by the domain. */
  readonly tlsProxy?: string | null;
  /** When the file is made: its clock changes are right from then on. */
  readonly now: Date;
  /** Keys of a BLF list. */
  readonly listed?: readonly ListedKey[];
};

export function configurationOf(
  device: Device,
  secrets: Secrets,
  { proxy, tlsProxy = null, now, listed = [] }: Environment,
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
  const { media_encryption: encryption = 'none' } = device;
  const transport = encryption === 'none' ? 'udp' : 'tls';
  return {
    device,
    vendor,
    accounts,
    keys: watchingKeys(device.lines, listed, vendor),
    proxy: transport === 'tls' ? tlsProxy : proxy,
    transport,
    encryption,
    expiry: registrationExpiry,
    fetchInterval,
    codecs,
    url: secrets.url,
    timezone: timeZoneOf(timezone, now),
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
