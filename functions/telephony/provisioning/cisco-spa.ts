import {
  clockText,
  firstDayOf,
  withoutNulls,
  languageName,
  macDigits,
  type Account,
  type Configuration,
  uriUser,
  type ProvisioningFile,
  type WatchingKey,
  type XmlNode,
} from './configuration.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

/**
 * Cisco SPA: an element for each parameter, with the line in its name (Cisco, "SPA IP Phones Administration Guide"; not
 * yet tested with a phone).
 */

const codecNames = { PCMU: 'G711u', PCMA: 'G711a', G722: 'G722', G729: 'G729a', OPUS: null } as const;

/** Values of `Secure_Call_Option`. */
const secureCalls = { prefer: 'Optional', require: 'Required' } as const;

const yesOrNo = (value: boolean): 'Yes' | 'No' => (value ? 'Yes' : 'No');

/** Month, first possible day (-1: the last) and weekday, time. */
const changeText = ({ month, week, weekday, minutes }: ClockChange): string =>
  `${month}/${week === 5 ? -1 : firstDayOf(week)}/${weekday}/${clockText(minutes)}`;

/** The offset, as `GMT-05:00`, and the rule of summer time. */
const timeParameters = ({ offsetMinutes, summer }: TimeZone): Record<string, XmlNode | null> => ({
  Time_Zone: `GMT${offsetMinutes < 0 ? '-' : '+'}${clockText(Math.abs(offsetMinutes)).slice(0, -':00'.length)}`,
  Daylight_Saving_Time_Enable: yesOrNo(summer !== null),
  Daylight_Saving_Time_Rule:
    summer === null
      ? null
      : `start=${changeText(summer.start)};end=${changeText(summer.end)};save=${clockText(summer.savedMinutes)}`,
});

function accountParameters(
  { at, line, displayName, username, password, domain }: Account,
  { proxy, transport, encryption, expiry, codecs }: Configuration,
): Record<string, XmlNode | null> {
  const preferred = codecs.flatMap((codec) => codecNames[codec] ?? []);
  return {
    [`Line_Enable_${at}_`]: 'Yes',
    [`Display_Name_${at}_`]: displayName,
    [`User_ID_${at}_`]: username,
    [`Use_Auth_ID_${at}_`]: 'Yes',
    [`Auth_ID_${at}_`]: username,
    [`Password_${at}_`]: password,
    [`Proxy_${at}_`]: domain,
    [`Outbound_Proxy_${at}_`]: proxy,
    [`Use_Outbound_Proxy_${at}_`]: yesOrNo(proxy !== null),
    // A domain is located by its SRV records, an outbound proxy by its address.
    [`Use_DNS_SRV_${at}_`]: yesOrNo(proxy === null),
    [`DNS_SRV_Auto_Prefix_${at}_`]: yesOrNo(proxy === null),
    [`SIP_Transport_${at}_`]: transport.toUpperCase(),
    [`Secure_Call_Option_${at}_`]: encryption === 'none' ? null : secureCalls[encryption],
    [`Register_Expires_${at}_`]: expiry,
    [`Preferred_Codec_${at}_`]: preferred[0] ?? null,
    [`Second_Preferred_Codec_${at}_`]: preferred[1] ?? null,
    [`Third_Preferred_Codec_${at}_`]: preferred[2] ?? null,
    // The platform's NOTIFY cannot answer a challenge.
    [`Auth_Resync-Reboot_${at}_`]: 'No',
    [`Extension_${line}_`]: at,
    [`Short_Name_${line}_`]: displayName,
  };
}

function keyParameters({ line, extension, label }: WatchingKey, domain: string): Record<string, XmlNode | null> {
  const uri = `${uriUser(extension)}@${domain}`;
  return {
    [`Extension_${line}_`]: 'Disabled',
    [`Short_Name_${line}_`]: label,
    [`Extended_Function_${line}_`]: `fnc=blf+sd;sub=${uri};ext=${uri}`,
  };
}

export function ciscoSpaFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, timezone, language, adminPassword, url, fetchInterval } = configuration;
  const name = `spa${macDigits(device)}.xml`;
  const domain = accounts[0]?.domain ?? '';
  const general = {
    ...(timezone === null ? {} : timeParameters(timezone)),
    Language_Selection: language === null ? null : languageName(language),
    Admin_Passwd: adminPassword,
    Provision_Enable: 'Yes',
    // Seconds.
    Resync_Periodic: fetchInterval,
    Profile_Rule: `${url}${name}`,
  };
  const parameters = [
    ...accounts.map((account) => accountParameters(account, configuration)),
    ...keys.map((key) => keyParameters(key, domain)),
    general,
  ];
  const content = {
    'flat-profile': withoutNulls(Object.assign({}, ...parameters) as Record<string, XmlNode | null>),
  };
  return [{ name, contentType: 'application/xml', content }];
}
