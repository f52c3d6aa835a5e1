import {
  clockText,
  withoutNulls,
  languageName,
  macDigits,
  type Account,
  type Configuration,
  uriUser,
  type ProvisioningFile,
  type XmlNode,
} from './configuration.ts';
import { minute, second } from '#schema/time.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/**
 * Snom: an element for each setting, with the account as `idx` (Snom Service Hub, "Configuration files"; not yet tested
 * with a phone).
 */

const codecNames = { PCMU: 'pcmu', PCMA: 'pcma', G722: 'g722', G729: 'g729', OPUS: 'opus' } as const;

/** Values of `user_savp`. */
const savp = { prefer: 'optional', require: 'mandatory' } as const;

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const changeText = ({ month, week, weekday, minutes }: ClockChange): string =>
  `${[month, week, weekday].map(twoDigits).join('.')} ${clockText(minutes)}`;

/** Empty without summer time: a phone keeps the rules of a former file otherwise. */
const savingText = ({ summer }: TimeZone): string =>
  summer === null
    ? ''
    : `${(summer.savedMinutes * minute) / second} ${changeText(summer.start)} ${changeText(summer.end)}`;

/** A setting of the whole phone. */
const globalSetting = (text: XmlNode | null): XmlNode | null => (text === null ? null : { '@perm': '', '#text': text });

function accountSettings({
  accounts,
  proxy,
  transport,
  encryption,
  expiry,
  codecs,
}: Configuration): Record<string, XmlNode | null> {
  const perAccount = (value: (account: Account) => XmlNode): XmlNode =>
    accounts.map((account) => ({ '@idx': account.at, '@perm': '', '#text': value(account) }));
  return {
    user_active: perAccount(() => 'on'),
    user_realname: perAccount(({ displayName }) => displayName),
    user_name: perAccount(({ username }) => username),
    user_pname: perAccount(({ username }) => username),
    user_pass: perAccount(({ password }) => password),
    user_host: perAccount(({ domain }) => domain),
    user_outbound:
      proxy === null && transport === 'udp'
        ? null
        : perAccount(({ domain }) => `sip:${proxy ?? domain};transport=${transport}`),
    user_srtp: encryption === 'none' ? null : perAccount(() => 'on'),
    user_savp: encryption === 'none' ? null : perAccount(() => savp[encryption]),
    user_expiry: perAccount(() => expiry),
    // DTMF digits are sent as events (RFC 4733).
    codec_priority_list: perAccount(() => [...codecs.map((codec) => codecNames[codec]), 'telephone-event'].join(',')),
  };
}

function phoneSettings({
  device,
  timezone,
  language,
  adminPassword,
  url,
  fetchInterval,
}: Configuration): Record<string, XmlNode | null> {
  const native = globalSetting(language === null ? null : languageName(language, 'native'));
  return {
    utc_offset: globalSetting(timezone === null ? null : (timezone.offsetMinutes * minute) / second),
    dst: globalSetting(timezone === null ? null : savingText(timezone)),
    language: native,
    web_language: native,
    // The platform's NOTIFY cannot answer a challenge.
    challenge_checksync: globalSetting('off'),
    admin_mode_password: globalSetting(adminPassword),
    settings_refresh_timer: globalSetting(fetchInterval),
    // The phone requests exactly this URL and appends nothing.
    setting_server: globalSetting(`${url}${fileName(device)}`),
  };
}

const watchingKeys = ({ accounts, keys }: Configuration): XmlNode[] => {
  const domain = accounts[0]?.domain ?? '';
  return keys.map(({ line, extension, label }) => ({
    '@idx': line - 1,
    '@context': 'active',
    '@label': label,
    '@perm': '',
    '#text': `blf sip:${uriUser(extension)}@${domain}`,
  }));
};

const fileName = (device: Configuration['device']): string => `snom-${macDigits(device)}.xml`;

export function snomFiles(configuration: Configuration): ProvisioningFile[] {
  const settings = withoutNulls({ ...accountSettings(configuration), ...phoneSettings(configuration) });
  const keys = watchingKeys(configuration);
  const content = {
    settings: {
      'phone-settings': { '@e': '2', ...settings },
      ...(keys.length === 0 ? {} : { functionKeys: { '@e': '2', fkey: keys } }),
    },
  };
  return [{ name: fileName(configuration.device), contentType: 'application/xml', content }];
}
