import type { AppError } from '../../../shared/errors.ts';
import { accountLines, type Device } from '../../../shared/schema/device.ts';
import { vendorOf } from '../devices/vendor.ts';
import { codecs, type Account, type Configuration, type ProvisioningFile } from './configuration.ts';
import { filesOf } from './formats.ts';
import { timeZoneOf } from './time-zone.ts';

/** What a device is configured to, as far as its file says it. */

/** Seconds: phones register anew well within the time that networks keep a flow open for. */
const registrationExpiry = 3_600;

/** In place of what a reader may not see. */
const mask = '********';

/** What only the platform knows. */
export type Secrets = {
  /** Of each line, by its SIP user name: the password and its domain. */
  readonly accounts: ReadonlyMap<string, { readonly password: string; readonly domain: string }>;
  readonly adminPassword: string | null;
  readonly url: string;
};

/** The same, to be shown to those who may not know it. */
export const masked = ({ accounts, adminPassword }: Secrets): Secrets => ({
  accounts: new Map([...accounts].map(([name, account]) => [name, { ...account, password: mask }])),
  adminPassword: adminPassword === null ? null : mask,
  url: `${mask}/`,
});

type Surroundings = { readonly proxy: string | null; readonly year: number };

export function configurationOf(device: Device, secrets: Secrets, { proxy, year }: Surroundings): Configuration {
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
  const keys = device.lines
    .filter(({ type }) => type === 'blf')
    .map((line, position) => ({
      at: position + 1,
      line: line.line_number,
      extension: line.extension,
      label: line.label ?? line.extension,
    }));
  const { timezone, language } = device.settings;
  return {
    device,
    vendor: vendorOf(device),
    accounts,
    keys,
    proxy,
    expiry: registrationExpiry,
    codecs,
    url: secrets.url,
    timezone: timeZoneOf(timezone, year),
    language: typeof language === 'string' ? language : null,
    adminPassword: secrets.adminPassword,
  };
}

/** The file of that name, or the first: its position among the device's files, the last of which completes them. */
export function fileNamed(
  configuration: Configuration,
  name: string | undefined,
): { readonly file: ProvisioningFile; readonly isLast: boolean } | undefined {
  const files = filesOf(configuration);
  const at = name === undefined ? 0 : files.findIndex((each) => each.name === name);
  const file = files[at];
  return file === undefined ? undefined : { file, isLast: at === files.length - 1 };
}

/** Whether a problem is the format's and not ours. */
export const isNotRenderable = (error: unknown): error is AppError =>
  error instanceof Error && 'code' in error && error.code === 'NOT_RENDERABLE';
