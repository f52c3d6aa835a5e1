import {
  firstDayOf,
  withoutNulls,
  hostAndPort,
  languageName,
  macDigits,
  type Account,
  type Configuration,
  type ProvisioningFile,
  type WatchingKey,
  type XmlNode,
} from './configuration.ts';
import { minute, second } from '#schema/time.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/**
 * Polycom: a master file that names the file of the phone (Polycom, "UC Software Administrator's Guide"; not yet tested
 * with a phone).
 */

const attributes = (fields: Readonly<Record<string, XmlNode | null>>): Record<string, XmlNode> =>
  Object.fromEntries(Object.entries(withoutNulls(fields)).map(([name, value]) => [`@${name}`, value]));

const codecNames = { PCMU: 'G711_Mu', PCMA: 'G711_A', G722: 'G722', G729: 'G729_AB', OPUS: 'Opus.16kbps' } as const;

/** Values of `lcl.ml.lang`, the default region of a language first. */
const languages = [
  'Chinese_China',
  'Danish_Denmark',
  'Dutch_Netherlands',
  'English_United_States',
  'English_United_Kingdom',
  'English_Canada',
  'French_France',
  'German_Germany',
  'Italian_Italy',
  'Japanese_Japan',
  'Korean_Korea',
  'Norwegian_Norway',
  'Polish_Poland',
  'Portuguese_Portugal',
  'Russian_Russia',
  'Slovenian_Slovenia',
  'Spanish_Spain',
  'Swedish_Sweden',
] as const;

const regions: Readonly<Record<string, string>> = { GB: 'United_Kingdom', CA: 'Canada' };

/** Null for a language that the phone does not have: its own setting stays. */
function languageText(tag: string): string | null {
  const name = languageName(tag).split(' ', 1)[0] ?? '';
  const wanted = `${name}_${regions[new Intl.Locale(tag).region ?? ''] ?? ''}`;
  return languages.find((each) => each === wanted) ?? languages.find((each) => each.startsWith(`${name}_`)) ?? null;
}

const transports = { udp: 'UDPOnly', tls: 'TLS' } as const;

const registration = (
  { at, displayName, username, password, domain }: Account,
  { proxy, transport, encryption, expiry }: Configuration,
): Record<string, XmlNode | null> => {
  const outbound = proxy === null ? null : hostAndPort(proxy);
  return {
    [`reg.${at}.displayName`]: displayName,
    [`reg.${at}.label`]: displayName,
    [`reg.${at}.address`]: username,
    [`reg.${at}.auth.userId`]: username,
    [`reg.${at}.auth.password`]: password,
    // Without a port, the phone uses SRV records.
    [`reg.${at}.server.1.address`]: domain,
    [`reg.${at}.server.1.transport`]: transports[transport],
    [`reg.${at}.server.1.expires`]: expiry,
    [`reg.${at}.outboundProxy.address`]: outbound?.host ?? null,
    [`reg.${at}.outboundProxy.port`]: outbound?.port ?? null,
    [`reg.${at}.outboundProxy.transport`]: outbound === null ? null : transports[transport],
    ...(encryption === 'none'
      ? {}
      : {
          [`reg.${at}.srtp.enable`]: 1,
          [`reg.${at}.srtp.offer`]: 1,
          [`reg.${at}.srtp.require`]: encryption === 'require' ? 1 : 0,
        }),
  };
};

const daylightSaving = 'tcpIpApp.sntp.daylightSavings';

/** The first day of the week is Sunday. */
const changeParameters = (
  name: 'start' | 'stop',
  { month, week, weekday, minutes }: ClockChange,
): Record<string, number> => ({
  [`${daylightSaving}.${name}.month`]: month,
  [`${daylightSaving}.${name}.time`]: Math.floor(minutes / 60),
  [`${daylightSaving}.${name}.dayOfWeek`]: (weekday % 7) + 1,
  ...(week === 5
    ? { [`${daylightSaving}.${name}.dayOfWeek.lastInMonth`]: 1 }
    : { [`${daylightSaving}.${name}.dayOfWeek.lastInMonth`]: 0, [`${daylightSaving}.${name}.date`]: firstDayOf(week) }),
});

/** Minutes. Summer time of this family saves an hour always; a zone that saves half an hour has its present offset. */
const savedMinutes = 60;

function timeParameters({ offsetMinutes, summer, presentMinutes }: TimeZone): Record<string, number> {
  const offset = (minutes: number) => ({ 'tcpIpApp.sntp.gmtOffset': (minutes * minute) / second });
  if (summer?.savedMinutes !== savedMinutes) return { ...offset(presentMinutes), [`${daylightSaving}.enable`]: 0 };
  return {
    ...offset(offsetMinutes),
    [`${daylightSaving}.enable`]: 1,
    [`${daylightSaving}.fixedDayEnable`]: 0,
    ...changeParameters('start', summer.start),
    ...changeParameters('stop', summer.end),
  };
}

const accountParameters = (configuration: Configuration): Record<string, XmlNode> =>
  attributes(
    Object.assign({}, ...configuration.accounts.map((account) => registration(account, configuration))) as Record<
      string,
      XmlNode | null
    >,
  );

const keyParameters = (keys: readonly WatchingKey[]): Record<string, XmlNode> =>
  attributes(
    Object.fromEntries(
      keys.flatMap(({ at, extension, label }) => [
        [`attendant.resourceList.${at}.address`, extension],
        [`attendant.resourceList.${at}.label`, label],
        [`attendant.resourceList.${at}.type`, 'normal'],
      ]),
    ),
  );

const deviceParameters = ({ url, adminPassword }: Configuration): Record<string, XmlNode> =>
  attributes({
    'device.set': 1,
    'device.prov.serverName.set': 1,
    'device.prov.serverName': url,
    'device.auth.localAdminPassword.set': adminPassword === null ? null : 1,
    'device.auth.localAdminPassword': adminPassword,
  });

function phoneFile(configuration: Configuration) {
  const { keys, codecs, timezone, language, fetchInterval } = configuration;
  const phoneLanguage = language === null ? null : languageText(language);
  return {
    polycomConfig: {
      reg: accountParameters(configuration),
      ...(keys.length === 0 ? {} : { attendant: keyParameters(keys) }),
      // check-sync is the only way to reboot this family.
      voIpProt: attributes({ 'voIpProt.SIP.specialEvent.checkSync.alwaysReboot': 1 }),
      voice: attributes(
        Object.fromEntries(codecs.map((codec, position) => [`voice.codecPref.${codecNames[codec]}`, position + 1])),
      ),
      ...(timezone === null ? {} : { tcpIpApp: attributes(timeParameters(timezone)) }),
      ...(phoneLanguage === null ? {} : { lcl: attributes({ 'lcl.ml.lang': phoneLanguage }) }),
      prov: attributes({
        'prov.polling.enabled': 1,
        'prov.polling.mode': 'rel',
        'prov.polling.period': fetchInterval,
      }),
      device: deviceParameters(configuration),
    },
  };
}

export function polycomFiles(configuration: Configuration): ProvisioningFile[] {
  const mac = macDigits(configuration.device);
  const phoneFileName = `${mac}-reg.cfg`;
  return [
    {
      name: `${mac}.cfg`,
      contentType: 'application/xml',
      content: { APPLICATION: attributes({ APP_FILE_PATH: 'sip.ld', CONFIG_FILES: phoneFileName }) },
    },
    { name: phoneFileName, contentType: 'application/xml', content: phoneFile(configuration) },
  ];
}
