import {
  hostAndPort,
  hoursText,
  languageName,
  macDigits,
  type Account,
  type Codec,
  type Configuration,
  type ProvisioningFile,
  type WatchingKey,
} from './configuration.ts';
import { minute, second } from '#schema/time.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/**
 * Yealink: `<mac>.cfg`, one `name = value` a line (Yealink, "Administrator's Guide for SIP IP Phones"; not yet tested
 * with a phone).
 */

type Entry = readonly [name: string, value: string | number];

/** Values of `linekey.X.type`. */
const keyTypes = { line: 15, blf: 16 } as const;
/**
 * Values of `account.X.sip_server.Y.transport_type`. With `naptr` and port 0 the phone uses the SRV records of the
 * domain.
 */
const transports = { udp: 0, tls: 2, naptr: 3 } as const;
/** Values of `account.X.srtp_encryption`. */
const encryptions = { none: 0, prefer: 1, require: 2 } as const;

const accountEntries = (
  { at, displayName, username, password, domain }: Account,
  { proxy, transport, encryption, expiry, codecs }: Configuration,
): Entry[] => {
  const outbound = proxy === null ? undefined : hostAndPort(proxy);
  const located = outbound === undefined && transport === 'udp' ? 'naptr' : transport;
  const entries: Entry[] = [
    ['enable', 1],
    ['label', displayName],
    ['display_name', displayName],
    ['user_name', username],
    ['auth_name', username],
    ['password', password],
    ['sip_server.1.address', domain],
    ['sip_server.1.port', outbound?.port ?? 0],
    ['sip_server.1.transport_type', transports[located]],
    ['sip_server.1.expires', expiry],
    ...(encryption === 'none' ? [] : [['srtp_encryption', encryptions[encryption]] as const]),
    ['outbound_proxy_enable', outbound === undefined ? 0 : 1],
    ...(outbound === undefined
      ? []
      : ([
          ['outbound_proxy.1.address', outbound.host],
          ['outbound_proxy.1.port', outbound.port],
        ] as const)),
    ...codecs.flatMap((codec: Codec, position): Entry[] => [
      [`codec.${codec.toLowerCase()}.enable`, 1],
      [`codec.${codec.toLowerCase()}.priority`, position + 1],
    ]),
  ];
  return entries.map(([name, value]) => [`account.${at}.${name}`, value]);
};

const lineEntries = ({ at, line, displayName }: Account): Entry[] =>
  (
    [
      ['type', keyTypes.line],
      ['line', at],
      ['label', displayName],
    ] as const
  ).map(([name, value]) => [`linekey.${line}.${name}`, value]);

const keyEntries = ({ line, extension, label }: WatchingKey): Entry[] =>
  (
    [
      ['type', keyTypes.blf],
      ['line', 1],
      ['value', extension],
      ['label', label],
    ] as const
  ).map(([name, value]) => [`linekey.${line}.${name}`, value]);

const changeText = ({ month, week, weekday, minutes }: ClockChange): string =>
  [month, week, weekday, Math.floor(minutes / 60)].join('/');

function timeEntries({ offsetMinutes, summer }: TimeZone): Entry[] {
  const zone: Entry = ['local_time.time_zone', `${offsetMinutes < 0 ? '-' : '+'}${hoursText(Math.abs(offsetMinutes))}`];
  if (summer === null) return [zone, ['local_time.summer_time', 0]];
  return [
    zone,
    ['local_time.summer_time', 1],
    ['local_time.dst_time_type', 1],
    ['local_time.start_time', changeText(summer.start)],
    ['local_time.end_time', changeText(summer.end)],
    ['local_time.offset_time', summer.savedMinutes],
  ];
}

/** Yealink has Chinese in two scripts. */
const languageText = (tag: string): string =>
  new Intl.Locale(tag).language === 'zh'
    ? `Chinese_${new Intl.Locale(tag).maximize().script === 'Hant' ? 'T' : 'S'}`
    : languageName(tag);

export function yealinkFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, timezone, language, adminPassword, url, fetchInterval } = configuration;
  const entries: Entry[] = [
    ...accounts.flatMap((account) => [...accountEntries(account, configuration), ...lineEntries(account)]),
    ...keys.flatMap(keyEntries),
    ...(timezone === null ? [] : timeEntries(timezone)),
    ...(language === null ? [] : ([['lang.gui', languageText(language)]] as const)),
    ...(adminPassword === null ? [] : ([['static.security.user_password', `admin:${adminPassword}`]] as const)),
    // Otherwise the phone reboots whenever it is asked to fetch its file.
    ['sip.notify_reboot_enable', 0],
    ['static.auto_provision.server.url', url],
    ['static.auto_provision.repeat.enable', 1],
    ['static.auto_provision.repeat.minutes', (fetchInterval * second) / minute],
  ];
  const content = ['#!version:1.0.0.1', ...entries.map(([name, value]) => `${name} = ${value}`), ''].join('\n');
  return [{ name: `${macDigits(device)}.cfg`, contentType: 'text/plain', content }];
}
