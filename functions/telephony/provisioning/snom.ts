import {
  clockText,
  given,
  languageName,
  macDigits,
  type Configuration,
  userText,
  type ProvisioningFile,
  type XmlNode,
} from './configuration.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/**
 * Snom: an element for each setting, its account as `idx` (Snom Service Hub, "Configuration files"; not yet checked on
 * a phone).
 */

const codecNames = { PCMU: 'pcmu', PCMA: 'pcma', G722: 'g722', G729: 'g729', OPUS: 'opus' } as const;

const twoDigits = (value: number): string => String(value).padStart(2, '0');
const changeText = ({ month, week, weekday, minutes }: ClockChange): string =>
  `${[month, week, weekday].map(twoDigits).join('.')} ${clockText(minutes)}`;

const savingText = ({ summer }: TimeZone): string | null =>
  summer === null ? null : `${summer.savedMinutes * 60} ${changeText(summer.start)} ${changeText(summer.end)}`;

export function snomFiles({
  device,
  accounts,
  keys,
  proxy,
  expiry,
  codecs,
  timezone,
  language,
  adminPassword,
  url,
}: Configuration): ProvisioningFile[] {
  const name = `snom-${macDigits(device)}.xml`;
  const perAccount = (value: (account: (typeof accounts)[number]) => XmlNode): XmlNode =>
    accounts.map((account) => ({ '@idx': account.at, '@perm': '', '#text': value(account) }));
  const plain = (text: XmlNode | null): XmlNode | null => (text === null ? null : { '@perm': '', '#text': text });
  const domain = accounts[0]?.domain ?? '';
  const spoken = plain(language === null ? null : languageName(language, 'by itself'));
  const settings = given({
    user_active: perAccount(() => 'on'),
    user_realname: perAccount(({ displayName }) => displayName),
    user_name: perAccount(({ username }) => username),
    user_pname: perAccount(({ username }) => username),
    user_pass: perAccount(({ password }) => password),
    user_host: perAccount((account) => account.domain),
    user_outbound: proxy === null ? null : perAccount(() => `sip:${proxy};transport=udp`),
    user_expiry: perAccount(() => expiry),
    // Keys that are pressed in a call go as events (RFC 4733).
    codec_priority_list: perAccount(() => [...codecs.map((codec) => codecNames[codec]), 'telephone-event'].join(',')),
    utc_offset: plain(timezone === null ? null : timezone.offsetMinutes * 60),
    dst: plain(timezone === null ? null : savingText(timezone)),
    language: spoken,
    web_language: spoken,
    // A NOTIFY of the platform answers no challenge.
    challenge_checksync: plain('off'),
    // It asks for exactly this, and puts nothing behind it.
    admin_mode_password: plain(adminPassword),
    setting_server: plain(`${url}${name}`),
  });
  const functionKeys = keys.map(({ line, extension, label }) => ({
    '@idx': line - 1,
    '@context': 'active',
    '@label': label,
    '@perm': '',
    '#text': `blf sip:${userText(extension)}@${domain}`,
  }));
  const content = {
    settings: {
      'phone-settings': { '@e': '2', ...settings },
      ...(keys.length === 0 ? {} : { functionKeys: { '@e': '2', fkey: functionKeys } }),
    },
  };
  return [{ name, contentType: 'application/xml', content }];
}
