import * as z from 'zod';
import { commonErrors } from '../errors.ts';

/** Phones, softphones and adapters. Shared by devices, provisioning and the registrar. */

export const deviceKinds = ['phone', 'softphone', 'ata'] as const;
export const lineTypes = ['primary', 'shared', 'blf'] as const;

export type DeviceLine = {
  /** 1–48, unique on the device. */
  readonly line_number: number;
  readonly extension: string;
  readonly label: string | null;
  /** `primary` and `shared` lines register; a `blf` line monitors an extension. */
  readonly type: (typeof lineTypes)[number];
  /** User name of the line's SIP account; null for `blf`. */
  readonly sip_username: string | null;
};

/** The settings of a device, without the state of its phone and without secrets. */
export type Device = {
  readonly id: string;
  readonly kind: (typeof deviceKinds)[number];
  /** `00:1A:2B:3C:4D:5E`. */
  readonly mac_address: string;
  readonly name: string | null;
  readonly user_id: string | null;
  readonly model: string | null;
  readonly manufacturer: string | null;
  /** `tmpl_standard`, or a file of kind `provisioning_template`. */
  readonly template_id: string;
  /** Number of the file's content that `config_version` counts; null or absent without a file. */
  readonly template_number?: number | null;
  readonly lines: readonly DeviceLine[];
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Whether its phone calls without a registration, from anywhere; absent: not. */
  readonly calls_without_registration?: boolean;
  /** SRTP of its phone; absent: as its phone wants. */
  readonly media_encryption?: 'none' | 'prefer' | 'require';
  /** Whether its user was deleted: its phone neither registers nor fetches files before it has new credentials. */
  readonly locked?: true;
  readonly provisioning_status: 'pending' | 'provisioned' | 'needs_update' | 'failed';
  /** Incremented by every change of the provisioning file. */
  readonly config_version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The template of every device that names no other. */
export const builtInTemplate = 'tmpl_standard';

/** The file that is the template of a device; none if that is the built-in one. */
export const templateFilesOf = ({ template_id: id }: Pick<Device, 'template_id'>): readonly string[] =>
  id === builtInTemplate ? [] : [id];

const macForm = /^[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/;
/** The bit of the first octet that marks a group address (IEEE 802 §8.2.2). */
const multicast = 1;

const isInterface = (digits: string): boolean =>
  (parseInt(digits.slice(0, 2), 16) & multicast) === 0 && !/^0{12}$/.test(digits);

/** Twelve hex digits, with or without `:` or `-`; converted to `00:1A:2B:3C:4D:5E`. */
export const MacAddress = z
  .string()
  .trim()
  .refine((mac) => macForm.test(mac) && isInterface(mac.replace(/[:-]/g, '')), {
    message: 'must be the MAC address of one interface: 12 hex digits, plain or with : or -',
    params: commonErrors.INVALID_MAC,
  })
  .transform((mac) => (mac.toUpperCase().replace(/[:-]/g, '').match(/../g) ?? []).join(':'));

/** A line with a SIP account. */
export type AccountLine = DeviceLine & { readonly sip_username: string };

/** The lines with a SIP account. */
export const accountLines = (lines: readonly DeviceLine[]): AccountLine[] =>
  lines.flatMap((line) => (line.sip_username === null ? [] : [{ ...line, sip_username: line.sip_username }]));

/** The SIP user names of each extension. */
export function extensionsOf(lines: readonly DeviceLine[]): Map<string, string[]> {
  const grouped = Map.groupBy(accountLines(lines), ({ extension }) => extension);
  return new Map([...grouped].map(([extension, of]) => [extension, of.map((line) => line.sip_username)]));
}

/** The extensions of the primary lines. */
export const primaryExtensions = (lines: readonly DeviceLine[]): ReadonlySet<string> =>
  new Set(lines.filter(({ type }) => type === 'primary').map(({ extension }) => extension));
