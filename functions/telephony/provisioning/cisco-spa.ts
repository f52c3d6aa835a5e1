import {
  clockText,
  firstDayOf,
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
 * Cisco SPA: an element for each parameter, its line in the name (Cisco, "SPA IP Phones Administration Guide"; not yet
 * checked on a phone).
 */

const codecNames = { PCMU: 'G711u', PCMA: 'G711a', G722: 'G722', G729: 'G729a', OPUS: null } as const;

const answer = (isSo: boolean): 'Yes' | 'No' => (isSo ? 'Yes' : 'No');

/** From that day on, or the last one. */
const changeText = ({ month, week, weekday, minutes }: ClockChange): string =>
  `${month}/${week === 5 ? -1 : firstDayOf(week)}/${weekday}/${clockText(minutes)}`;

/** `GMT-05:00`, and how clocks are changed. */
const time = ({ offsetMinutes, summer }: TimeZone): Record<string, XmlNode | null> => ({
  Time_Zone: `GMT${offsetMinutes < 0 ? '-' : '+'}${clockText(Math.abs(offsetMinutes)).slice(0, -':00'.length)}`,
  Daylight_Saving_Time_Enable: answer(summer !== null),
  Daylight_Saving_Time_Rule:
    summer === null
      ? null
      : `start=${changeText(summer.start)};end=${changeText(summer.end)};save=${clockText(summer.savedMinutes)}`,
});

export function ciscoSpaFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, proxy, expiry, codecs, timezone, language, adminPassword, url } = configuration;
  const preferred = codecs.flatMap((codec) => codecNames[codec] ?? []);
  const lines = accounts.map(
    ({ at, line, displayName, username, password, domain }): Record<string, XmlNode | null> => ({
      [`Line_Enable_${at}_`]: 'Yes',
      [`Display_Name_${at}_`]: displayName,
      [`User_ID_${at}_`]: username,
      [`Use_Auth_ID_${at}_`]: 'Yes',
      [`Auth_ID_${at}_`]: username,
      [`Password_${at}_`]: password,
      [`Proxy_${at}_`]: domain,
      [`Outbound_Proxy_${at}_`]: proxy,
      [`Use_Outbound_Proxy_${at}_`]: answer(proxy !== null),
      // A domain is found by its SRV records, an outbound proxy by its address.
      [`Use_DNS_SRV_${at}_`]: answer(proxy === null),
      [`DNS_SRV_Auto_Prefix_${at}_`]: answer(proxy === null),
      [`SIP_Transport_${at}_`]: 'UDP',
      [`Register_Expires_${at}_`]: expiry,
      [`Preferred_Codec_${at}_`]: preferred[0] ?? null,
      [`Second_Preferred_Codec_${at}_`]: preferred[1] ?? null,
      [`Third_Preferred_Codec_${at}_`]: preferred[2] ?? null,
      // A NOTIFY of the platform answers no challenge.
      [`Auth_Resync-Reboot_${at}_`]: 'No',
      [`Extension_${line}_`]: at,
      [`Short_Name_${line}_`]: displayName,
    }),
  );
  const domain = accounts[0]?.domain ?? '';
  const watched = keys.map(({ line, extension, label }) => ({
    [`Extension_${line}_`]: 'Disabled',
    [`Short_Name_${line}_`]: label,
    [`Extended_Function_${line}_`]: `fnc=blf+sd;sub=${userText(extension)}@${domain};ext=${userText(extension)}@${domain}`,
  }));
  const general = {
    ...(timezone === null ? {} : time(timezone)),
    Language_Selection: language === null ? null : languageName(language),
    Admin_Passwd: adminPassword,
    Provision_Enable: 'Yes',
    Profile_Rule: `${url}${fileName(device)}`,
  };
  const content = {
    'flat-profile': given(Object.assign({}, ...lines, ...watched, general) as Record<string, XmlNode | null>),
  };
  return [{ name: fileName(device), contentType: 'application/xml', content }];
}

const fileName = (device: Configuration['device']): string => `spa${macDigits(device)}.xml`;
