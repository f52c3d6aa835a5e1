import { given, gmtText, macDigits, type Configuration, type ProvisioningFile, type XmlNode } from './configuration.ts';

/** Cisco SPA: an element for each parameter, its line in the name (names not yet checked on a phone). */

const codecNames = { PCMU: 'G711u', PCMA: 'G711a', G722: 'G722', G729: 'G729a', OPUS: null } as const;

export function ciscoSpaFiles(configuration: Configuration): ProvisioningFile[] {
  const { device, accounts, keys, proxy, expiry, codecs, timezone, language, adminPassword, url } = configuration;
  const preferred = codecs.flatMap((codec) => codecNames[codec] ?? []);
  const lines = accounts.map(({ at, displayName, username, password, domain }): Record<string, XmlNode | null> => ({
    [`Line_Enable_${at}_`]: 'Yes', [`Display_Name_${at}_`]: displayName, [`User_ID_${at}_`]: username, [`Use_Auth_ID_${at}_`]: 'Yes', [`Auth_ID_${at}_`]: username,
    [`Password_${at}_`]: password, [`Proxy_${at}_`]: domain, [`Outbound_Proxy_${at}_`]: proxy, [`Use_Outbound_Proxy_${at}_`]: proxy === null ? 'No' : 'Yes',
    [`SIP_Transport_${at}_`]: 'UDP', [`Register_Expires_${at}_`]: expiry, [`Preferred_Codec_${at}_`]: preferred[0] ?? null, [`Second_Preferred_Codec_${at}_`]: preferred[1] ?? null,
    [`Third_Preferred_Codec_${at}_`]: preferred[2] ?? null,
  }));
  const domain = accounts[0]?.domain ?? '';
  const watched = keys.map(({ line, extension, label }) => ({ [`Extension_${line}_`]: 'Disabled', [`Short_Name_${line}_`]: label, [`Extended_Function_${line}_`]: `fnc=blf+sd;sub=${extension}@${domain};ext=${extension}@${domain}` }));
  const general = {
    Time_Zone: timezone === null ? null : gmtText(timezone.offsetMinutes), Language_Selection: language,
    Admin_Passwd: adminPassword, Provision_Enable: 'Yes', Profile_Rule: `${url}${fileName(device)}`,
  };
  const content = { 'flat-profile': given(Object.assign({}, ...lines, ...watched, general) as Record<string, XmlNode | null>) };
  return [{ name: fileName(device), contentType: 'application/xml', content }];
}

const fileName = (device: Configuration['device']): string => `spa${macDigits(device)}.xml`;
