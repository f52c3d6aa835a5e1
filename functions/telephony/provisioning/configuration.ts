import { AppError } from '../../../shared/errors.ts';
import type { Device } from '../../../shared/schema/device.ts';
import type { Vendor } from '../devices/vendor.ts';
import type { TimeZone } from './time-zone.ts';

/** What stands in a provisioning file, whatever the format. */
export type Configuration = {
  readonly device: Device;
  readonly vendor: Vendor;
  readonly accounts: readonly Account[];
  /** Extensions that keys of the phone watch, in the order of their lines. */
  readonly keys: readonly WatchingKey[];
  /** `sip.example.com:5060`, through which all requests go; null: straight to the domain. */
  readonly proxy: string | null;
  /** Seconds. */
  readonly expiry: number;
  readonly codecs: readonly Codec[];
  readonly timezone: TimeZone | null;
  readonly language: string | null;
  readonly adminPassword: string | null;
  /** Where the file itself lies; the phone puts its file's name behind it. */
  readonly url: string;
};

export type Account = {
  /** 1 for the first, without gaps: most phones count their accounts. */
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

/** An element's text, its children, or several of its name; `@` begins an attribute. */
export type XmlNode = string | number | readonly XmlNode[] | { readonly [name: string]: XmlNode };

export type ProvisioningFile = {
  readonly name: string;
  readonly contentType: 'text/plain' | 'application/xml' | 'application/json';
  readonly content: string | { readonly [root: string]: XmlNode };
};

/** A configuration that a format has no place for. */
export const notRenderable = (path: string, message: string): AppError =>
  new AppError('NOT_RENDERABLE', `The file cannot be made: ${message}`, { details: [{ path, message }] });

/** As file names have it: lower case, no separators. */
export const macDigits = ({ mac_address: mac }: Pick<Device, 'mac_address'>): string =>
  mac.replaceAll(':', '').toLowerCase();

/** `5`, or `5:30` where hours do not do. */
export function hoursText(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? String(hours) : `${hours}:${String(rest).padStart(2, '0')}`;
}

/** `05:30:00`. */
export const clockText = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60, 0].map((part) => String(part).padStart(2, '0')).join(':');

/** As the user part of a SIP URI has it, where `#` stands escaped only (RFC 3261 §19.1.2). */
export const userText = (extension: string): string => extension.replaceAll('#', '%23');

/** The first day of a month that may be the weekday of a week: the 8th for the second. */
export const firstDayOf = (week: number): number => (week - 1) * 7 + 1;

/** What a language is called, `French` for `fr-CA`; by itself, `Français`. */
export function languageName(tag: string, by: 'in English' | 'by itself' = 'in English'): string {
  const { language } = new Intl.Locale(tag);
  const name = new Intl.DisplayNames([by === 'in English' ? 'en' : language], { type: 'language' }).of(language) ?? tag;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Host and port of a proxy, 5060 where it names none. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const [, host = address, port = '5060'] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: Number(port) };
}

/** Fields of an object that are there: formats leave out what a device does not say. */
export const given = (fields: Readonly<Record<string, XmlNode | null>>): Record<string, XmlNode> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
