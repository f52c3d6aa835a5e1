import { given, macDigits, type Configuration, type ProvisioningFile, type XmlNode } from './configuration.ts';

/** Snom: an element for each setting, its account as `idx` (names not yet checked on a phone). */

const codecNames = { PCMU: 'pcmu', PCMA: 'pcma', G722: 'g722', G729: 'g729', OPUS: 'opus' } as const;

export function snomFiles({ device, accounts, keys, proxy, expiry, codecs, timezone, language, adminPassword, url }: Configuration): ProvisioningFile[] {
  const perAccount = (value: (account: (typeof accounts)[number]) => XmlNode): XmlNode => accounts.map((account) => ({ '@idx': account.at, '@perm': '', '#text': value(account) }));
  const plain = (text: XmlNode | null): XmlNode | null => (text === null ? null : { '@perm': '', '#text': text });
  const domain = accounts[0]?.domain ?? '';
  const settings = given({
    user_active: perAccount(() => 'on'), user_realname: perAccount(({ displayName }) => displayName), user_name: perAccount(({ username }) => username),
    user_pname: perAccount(({ username }) => username), user_pass: perAccount(({ password }) => password), user_host: perAccount((account) => account.domain),
    user_outbound: proxy === null ? null : perAccount(() => `sip:${proxy};transport=udp`), user_expiry: perAccount(() => expiry),
    codec_priority_list: perAccount(() => codecs.map((codec) => codecNames[codec]).join(',')),
    utc_offset: plain(timezone === null ? null : timezone.offsetMinutes * 60), web_language: plain(language === null ? null : new Intl.Locale(language).language),
    admin_mode_password: plain(adminPassword), setting_server: plain(url),
  });
  const functionKeys = keys.map(({ line, extension, label }) => ({ '@idx': line - 1, '@context': 'active', '@label': label, '@perm': '', '#text': `blf sip:${extension}@${domain}` }));
  const content = { settings: { 'phone-settings': { '@e': '2', ...settings }, ...(keys.length === 0 ? {} : { functionKeys: { '@e': '2', fkey: functionKeys } }) } };
  return [{ name: `snom-${macDigits(device)}.xml`, contentType: 'application/xml', content }];
}
