import * as z from 'zod';

/** Phones, softphones and adapters, as devices, their provisioning and the registrar know them. */

export const deviceKinds = ['phone', 'softphone', 'ata'] as const;
export const lineTypes = ['primary', 'shared', 'blf'] as const;

export type DeviceLine = {
  /** 1–48, unique on the device. */
  readonly line_number: number;
  readonly extension: string;
  readonly label: string | null;
  /** `primary` and `shared` lines register; `blf` watches an extension. */
  readonly type: (typeof lineTypes)[number];
  /** Of the line's SIP account; null for `blf`. */
  readonly sip_username: string | null;
};

/** A device as its owners write it, without what its phone does, and without secrets. */
export type Device = {
  readonly id: string;
  readonly kind: (typeof deviceKinds)[number];
  /** `00:1A:2B:3C:4D:5E`. */
  readonly mac_address: string;
  readonly name: string | null;
  readonly user_id: string | null;
  readonly model: string | null;
  readonly manufacturer: string | null;
  readonly template_id: string;
  readonly lines: readonly DeviceLine[];
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly provisioning_status: 'pending' | 'provisioned' | 'needs_update' | 'failed';
  /** Goes up with whatever changes the provisioning file. */
  readonly config_version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

const macForm = /^[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/;
/** The bit that tells a group's address from an interface's (IEEE 802, §8.2.2). */
const multicast = 1;

const isInterface = (digits: string): boolean =>
  (parseInt(digits.slice(0, 2), 16) & multicast) === 0 && !/^0{12}$/.test(digits);

/** Twelve hex digits, plain or in pairs with `:` or `-`; answered as `00:1A:2B:3C:4D:5E`. */
export const MacAddress = z
  .string()
  .trim()
  .refine((mac) => macForm.test(mac) && isInterface(mac.replace(/[:-]/g, '')), {
    message: 'must be the MAC address of one interface: 12 hex digits, plain or with : or -',
    params: { code: 'INVALID_MAC' },
  })
  .transform((mac) => (mac.toUpperCase().replace(/[:-]/g, '').match(/../g) ?? []).join(':'));

/** A line with a SIP account. */
export type AccountLine = DeviceLine & { readonly sip_username: string };

export const accountLines = (lines: readonly DeviceLine[]): AccountLine[] =>
  lines.flatMap((line) => (line.sip_username === null ? [] : [{ ...line, sip_username: line.sip_username }]));

/** SIP user names by the extension that they ring for. */
export function extensionsOf(lines: readonly DeviceLine[]): Map<string, string[]> {
  const grouped = Map.groupBy(accountLines(lines), ({ extension }) => extension);
  return new Map([...grouped].map(([extension, of]) => [extension, of.map((line) => line.sip_username)]));
}

/** Extensions that a device has as its own. */
export const primaryExtensions = (lines: readonly DeviceLine[]): ReadonlySet<string> =>
  new Set(lines.filter(({ type }) => type === 'primary').map(({ extension }) => extension));
