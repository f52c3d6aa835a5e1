import {
  firstDayOf,
  given,
  hostAndPort,
  languageName,
  macDigits,
  type Account,
  type Configuration,
  type ProvisioningFile,
  type XmlNode,
} from './configuration.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/**
 * Polycom: a master file that names the phone's own (Polycom, "UC Software Administrator's Guide"; not yet checked on a
 * phone).
 */

const attributes = (fields: Readonly<Record<string, XmlNode | null>>): Record<string, XmlNode> =>
  Object.fromEntries(Object.entries(given(fields)).map(([name, value]) => [`@${name}`, value]));

const codecNames = { PCMU: 'G711_Mu', PCMA: 'G711_A', G722: 'G722', G729: 'G729_AB', OPUS: 'Opus.16kbps' } as const;

/** What `lcl.ml.lang` takes, the usual one of a language first. */
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

/** Null for a language that the phone does not have: it stays in its own. */
function languageText(tag: string): string | null {
  const name = languageName(tag).split(' ', 1)[0] ?? '';
  const wanted = `${name}_${regions[new Intl.Locale(tag).region ?? ''] ?? ''}`;
  return languages.find((each) => each === wanted) ?? languages.find((each) => each.startsWith(`${name}_`)) ?? null;
}

const registration = (
  { at, displayName, username, password, domain }: Account,
  { proxy, expiry }: Configuration,
): Record<string, XmlNode | null> => {
  const outbound = proxy === null ? null : hostAndPort(proxy);
  return {
    [`reg.${at}.displayName`]: displayName,
    [`reg.${at}.label`]: displayName,
    [`reg.${at}.address`]: username,
    [`reg.${at}.auth.userId`]: username,
    [`reg.${at}.auth.password`]: password,
    // Without a port its SRV records say how it is reached.
    [`reg.${at}.server.1.address`]: domain,
    [`reg.${at}.server.1.transport`]: 'UDPOnly',
    [`reg.${at}.server.1.expires`]: expiry,
    [`reg.${at}.outboundProxy.address`]: outbound?.host ?? null,
    [`reg.${at}.outboundProxy.port`]: outbound?.port ?? null,
    [`reg.${at}.outboundProxy.transport`]: outbound === null ? null : 'UDPOnly',
  };
};

const saving = 'tcpIpApp.sntp.daylightSavings';

/** Its week begins on Sunday. */
const change = (name: 'start' | 'stop', { month, week, weekday, minutes }: ClockChange): Record<string, number> => ({
  [`${saving}.${name}.month`]: month,
  [`${saving}.${name}.time`]: Math.floor(minutes / 60),
  [`${saving}.${name}.dayOfWeek`]: (weekday % 7) + 1,
  ...(week === 5
    ? { [`${saving}.${name}.dayOfWeek.lastInMonth`]: 1 }
    : { [`${saving}.${name}.dayOfWeek.lastInMonth`]: 0, [`${saving}.${name}.date`]: firstDayOf(week) }),
});

const time = ({ offsetMinutes, summer }: TimeZone): Record<string, number> => ({
  'tcpIpApp.sntp.gmtOffset': offsetMinutes * 60,
  ...(summer === null
    ? { [`${saving}.enable`]: 0 }
    : {
        [`${saving}.enable`]: 1,
        [`${saving}.fixedDayEnable`]: 0,
        ...change('start', summer.start),
        ...change('stop', summer.end),
      }),
});

export function polycomFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, codecs, timezone, language, adminPassword, url } = configuration;
  const mac = macDigits(device);
  const watched = keys.flatMap(({ at, extension, label }) => [
    [`attendant.resourceList.${at}.address`, extension],
    [`attendant.resourceList.${at}.label`, label],
    [`attendant.resourceList.${at}.type`, 'normal'],
  ]);
  const spoken = language === null ? null : languageText(language);
  const own = {
    polycomConfig: {
      reg: attributes(
        Object.assign({}, ...accounts.map((account) => registration(account, configuration))) as Record<
          string,
          XmlNode | null
        >,
      ),
      ...(keys.length === 0 ? {} : { attendant: attributes(Object.fromEntries(watched) as Record<string, string>) }),
      // What a check-sync then does is the one way to start this family anew.
      voIpProt: attributes({ 'voIpProt.SIP.specialEvent.checkSync.alwaysReboot': 1 }),
      voice: attributes(
        Object.fromEntries(codecs.map((codec, position) => [`voice.codecPref.${codecNames[codec]}`, position + 1])),
      ),
      ...(timezone === null ? {} : { tcpIpApp: attributes(time(timezone)) }),
      ...(spoken === null ? {} : { lcl: attributes({ 'lcl.ml.lang': spoken }) }),
      device: attributes({
        'device.set': 1,
        'device.prov.serverName.set': 1,
        'device.prov.serverName': url,
        'device.auth.localAdminPassword.set': adminPassword === null ? null : 1,
        'device.auth.localAdminPassword': adminPassword,
      }),
    },
  };
  return [
    {
      name: `${mac}.cfg`,
      contentType: 'application/xml',
      content: { APPLICATION: attributes({ APP_FILE_PATH: 'sip.ld', CONFIG_FILES: `${mac}-reg.cfg` }) },
    },
    { name: `${mac}-reg.cfg`, contentType: 'application/xml', content: own },
  ];
}
