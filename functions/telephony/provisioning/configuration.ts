import { AppError, errorKinds } from '#errors.ts';
import type { Device } from '#schema/device.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import type { Vendor } from '../devices/vendor.ts';
import type { TimeZone } from './time-zone.ts';

export const provisioningErrors = errorKinds({
  NOT_RENDERABLE: [409, 'The provisioning file cannot be rendered; `details` says why.'],
});

/** Contents of a provisioning file, independent of its format. */
export type Configuration = {
  readonly device: Device;
  readonly vendor: Vendor;
  readonly accounts: readonly Account[];
  /** Extensions that keys of the phone watch, by line. */
  readonly keys: readonly WatchingKey[];
  /** Outbound proxy, such as `sip.example.com:5060`; null: requests go to the domain. */
  readonly proxy: string | null;
  /** Of SIP. Media are encrypted over TLS only, as it protects their keys. */
  readonly transport: 'udp' | 'tls';
  readonly encryption: MediaEncryption;
  /** Registration expiry, seconds. */
  readonly expiry: number;
  /** After how many seconds the phone fetches its files again. */
  readonly fetchInterval: number;
  readonly codecs: readonly Codec[];
  readonly timezone: TimeZone | null;
  readonly language: string | null;
  readonly adminPassword: string | null;
  /** Provisioning URL; the phone appends the name of its file. */
  readonly url: string;
};

export type Account = {
  /** Number of the account, from 1 without gaps: most phones count their accounts. */
  readonly at: number;
  readonly line: number;
  readonly extension: string;
  readonly displayName: string;
  readonly username: string;
  readonly password: string;
  readonly domain: string;
};

export type WatchingKey = {
  readonly at: number;
  readonly line: number;
  readonly extension: string;
  readonly label: string;
};

export const codecs = ['PCMU', 'PCMA', 'G722', 'G729', 'OPUS'] as const;
export type Codec = (typeof codecs)[number];

/** Text of an XML element, its children, or several elements of its name. Names that begin with `@` are attributes. */
export type XmlNode = string | number | readonly XmlNode[] | { readonly [name: string]: XmlNode };

export type ProvisioningFile = {
  readonly name: string;
  readonly contentType: 'text/plain' | 'application/xml' | 'application/json';
  readonly content: string | { readonly [root: string]: XmlNode };
};

/** A configuration that the format cannot carry. */
export const notRenderable = (path: string, message: string): AppError =>
  new AppError(provisioningErrors.NOT_RENDERABLE, `The file cannot be rendered: ${message}`, {
    details: [{ path, message }],
  });

/** The MAC address in file names: lower case, without separators. */
export const macDigits = ({ mac_address: mac }: Pick<Device, 'mac_address'>): string =>
  mac.replaceAll(':', '').toLowerCase();

/** Hours, `5`, or hours and minutes, `5:30`. */
export function hoursText(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? String(hours) : `${hours}:${String(rest).padStart(2, '0')}`;
}

/** Hours, minutes and seconds: `05:30:00`. */
export const clockText = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60, 0].map((part) => String(part).padStart(2, '0')).join(':');

/** An extension as the user part of a SIP URI, which must escape `#` (RFC 3261 §19.1.2). */
export const uriUser = (extension: string): string => extension.replaceAll('#', '%23');

/** The first day of the month that can be in a week: the 8th for the second week. */
export const firstDayOf = (week: number): number => (week - 1) * 7 + 1;

/** Name of a language: `French` for `fr-CA`; in the language itself, `Français`. */
export function languageName(tag: string, form: 'English' | 'native' = 'English'): string {
  const { language } = new Intl.Locale(tag);
  const name = new Intl.DisplayNames([form === 'English' ? 'en' : language], { type: 'language' }).of(language) ?? tag;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Host and port of a proxy; default port 5060. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port = '5060'] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: Number(port) };
}

/** The fields that are not null: formats leave out what a device does not have. */
export const withoutNulls = (fields: Readonly<Record<string, XmlNode | null>>): Record<string, XmlNode> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
