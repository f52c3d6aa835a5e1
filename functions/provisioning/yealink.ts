import { hostAndPort, macDigits, type Account, type Codec, type Configuration, type ProvisioningFile, type WatchingKey } from './configuration.ts';

/** Yealink: `<mac>.cfg`, one `name = value` a line (names not yet checked on a phone). */

type Entry = readonly [name: string, value: string | number];

/** Value of `linekey.X.type` for BLF. */
const blf = 16;

const accountEntries = ({ at, displayName, extension, username, password, domain }: Account, { proxy, expiry, codecs }: Configuration): Entry[] => {
  const outbound = proxy === null ? undefined : hostAndPort(proxy);
  const entries: Entry[] = [
    ['enable', 1], ['label', displayName], ['display_name', displayName], ['user_name', username], ['auth_name', username], ['password', password],
    ['sip_server.1.address', domain], ['sip_server.1.port', 5060], ['sip_server.1.transport_type', 0], ['sip_server.1.expires', expiry],
    ['outbound_proxy_enable', outbound === undefined ? 0 : 1],
    ...(outbound === undefined ? [] : [['outbound_proxy.1.address', outbound.host], ['outbound_proxy.1.port', outbound.port]] as const),
    ['number', extension],
    ...codecs.flatMap((codec: Codec, position): Entry[] => [[`codec.${codec.toLowerCase()}.enable`, 1], [`codec.${codec.toLowerCase()}.priority`, position + 1]]),
  ];
  return entries.map(([name, value]) => [`account.${at}.${name}`, value]);
};

const keyEntries = ({ line, extension, label }: WatchingKey): Entry[] =>
  ([['type', blf], ['line', 1], ['value', extension], ['label', label]] as const).map(([name, value]) => [`linekey.${line}.${name}`, value]);

const hours = (minutes: number): string => `${minutes < 0 ? '-' : '+'}${Math.floor(Math.abs(minutes) / 60)}${minutes % 60 === 0 ? '' : `:${String(Math.abs(minutes) % 60).padStart(2, '0')}`}`;

export function yealinkFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, timezone, language, adminPassword, url } = configuration;
  const entries: Entry[] = [
    ...accounts.flatMap((account) => accountEntries(account, configuration)),
    ...keys.flatMap(keyEntries),
    ...(timezone === null ? [] : [['local_time.time_zone', hours(timezone.offsetMinutes)], ['local_time.summer_time', timezone.savesDaylight ? 2 : 0]] as const),
    ...(language === null ? [] : [['lang.gui', new Intl.DisplayNames(['en'], { type: 'language' }).of(new Intl.Locale(language).language) ?? language]] as const),
    ...(adminPassword === null ? [] : [['static.security.user_password', `admin:${adminPassword}`]] as const),
    ['static.auto_provision.server.url', url],
  ];
  const content = ['#!version:1.0.0.1', ...entries.map(([name, value]) => `${name} = ${value}`), ''].join('\n');
  return [{ name: `${macDigits(device)}.cfg`, contentType: 'text/plain', content }];
}
