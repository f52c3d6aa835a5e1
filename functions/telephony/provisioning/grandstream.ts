import {
  clockText,
  withoutNulls,
  hoursText,
  macDigits,
  notRenderable,
  type Account,
  type Configuration,
  type ProvisioningFile,
  type XmlNode,
} from './configuration.ts';
import { minute, second } from '#schema/time.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/** Grandstream: numbered P-values (Grandstream, "GXP21xx configuration template"; not yet tested with a phone). */

/** P-values of the first account; those of the others count up from a base. */
const firstAccount = {
  active: 271,
  name: 270,
  server: 47,
  proxy: 48,
  user: 35,
  auth: 36,
  password: 34,
  display: 3,
  expiry: 32,
  dns: 103,
  transport: 130,
  encryption: 183,
  codec: 57,
} as const;
const bases = [400, 500, 600, 1700, 1800] as const;

const numbersOf = (at: number): Record<keyof typeof firstAccount, number> | undefined => {
  if (at === 1) return firstAccount;
  const base = bases[at - 2];
  return base === undefined
    ? undefined
    : {
        active: base + 1,
        name: base + 17,
        server: base + 2,
        proxy: base + 3,
        user: base + 4,
        auth: base + 5,
        password: base + 6,
        display: base + 7,
        expiry: base + 12,
        dns: base + 8,
        transport: base + 48,
        encryption: base + 43,
        codec: base + 51,
      };
};

/** RTP payload types. That of Opus differs between families, so it is left out. */
const codecNumbers = { PCMU: 0, PCMA: 8, G722: 9, G729: 18, OPUS: null } as const;
const transports = { udp: 0, tls: 2 } as const;
const encryptions = { none: 0, prefer: 1, require: 2 } as const;
/** How a domain is located: by its address or its SRV records. */
const dnsModes = { address: 0, srv: 1 } as const;

/** Number of multi-purpose keys. */
const maxKeys = 7;
const blfMode = 1;
/** Value of `P194`: the phone fetches its file every so many minutes (`P193`). */
const checksPeriodically = 1;

function accountValues(
  { at, displayName, username, password, domain }: Account,
  { proxy, transport, encryption, expiry, codecs }: Configuration,
): [string, XmlNode | null][] {
  const numbers = numbersOf(at);
  if (numbers === undefined)
    throw notRenderable('lines', `a Grandstream phone has at most ${bases.length + 1} accounts`);
  return [
    [`P${numbers.active}`, 1],
    [`P${numbers.name}`, displayName],
    [`P${numbers.server}`, domain],
    [`P${numbers.proxy}`, proxy],
    [`P${numbers.user}`, username],
    [`P${numbers.auth}`, username],
    [`P${numbers.password}`, password],
    [`P${numbers.display}`, displayName],
    // Minutes.
    [`P${numbers.expiry}`, Math.max(1, Math.floor((expiry * second) / minute))],
    [`P${numbers.dns}`, proxy === null ? dnsModes.srv : dnsModes.address],
    [`P${numbers.transport}`, transports[transport]],
    [`P${numbers.encryption}`, encryption === 'none' ? null : encryptions[encryption]],
    ...codecs
      .flatMap((codec) => codecNumbers[codec] ?? [])
      .map((codec, position): [string, number] => [`P${numbers.codec + position}`, codec]),
  ];
}

export function grandstreamFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, timezone, language, adminPassword, url, fetchInterval } = configuration;
  if (keys.length > maxKeys)
    throw notRenderable('lines', `a Grandstream phone has at most ${maxKeys} multi-purpose keys`);
  const keyValues = keys.flatMap(({ at, extension, label }): [string, XmlNode][] => {
    const values = 301 + 3 * (at - 1);
    return [
      [`P${322 + at}`, blfMode],
      [`P${values}`, 0],
      [`P${values + 1}`, label],
      [`P${values + 2}`, extension],
    ];
  });
  const values = Object.fromEntries([
    ...accounts.flatMap((account) => accountValues(account, configuration)),
    ...keyValues,
    ['P64', timezone === null ? null : 'customize'],
    ['P246', timezone === null ? null : posixZone(timezone)],
    ['P1362', language === null ? null : new Intl.Locale(language).language],
    ['P2', adminPassword],
    // The platform's NOTIFY cannot answer a challenge.
    ['P4428', 1],
    ['P194', checksPeriodically],
    ['P193', (fetchInterval * second) / minute],
    ['P212', url.startsWith('https:') ? 2 : 1],
    ['P237', url.replace(/^https?:\/\//, '').replace(/\/$/, '')],
  ] as [string, XmlNode | null][]);
  const content = {
    gs_provision: { '@version': '1', mac: macDigits(device), config: { '@version': '1', ...withoutNulls(values) } },
  };
  return [{ name: `cfg${macDigits(device)}.xml`, contentType: 'application/xml', content }];
}

/** POSIX form: offsets count westward, weekdays from Sunday (IEEE 1003.1 §8.3, TZ). */
function posixZone({ offsetMinutes, summer }: TimeZone): string {
  const west = (minutes: number): string => `${minutes > 0 ? '-' : '+'}${hoursText(Math.abs(minutes))}`;
  const change = ({ month, week, weekday, minutes }: ClockChange): string =>
    `M${month}.${week}.${weekday % 7}/${clockText(minutes)}`;
  const standard = `LTZ${west(offsetMinutes)}`;
  return summer === null
    ? standard
    : `${standard}LDT${west(offsetMinutes + summer.savedMinutes)},${change(summer.start)},${change(summer.end)}`;
}
